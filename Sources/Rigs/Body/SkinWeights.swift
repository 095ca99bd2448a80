import Spatial

/// Which bones move each vertex, and how much (linear blend skinning).
public struct SkinWeights: Equatable, Sendable {
    /// The number of slots a vertex has, K.
    public let slots: Int
    /// Bone indices, V×K row-major; the heaviest first, 0 in unused slots.
    public let bones: [UInt16]
    /// Weights, V×K row-major: descending, 0 in unused slots, summing to 1 a vertex.
    public let weights: [Float]

    public init(slots: Int, bones: [UInt16], weights: [Float]) {
        precondition(slots > 0 && bones.count == weights.count && bones.count % slots == 0)
        (self.slots, self.bones, self.weights) = (slots, bones, weights)
    }

    /// The number of vertices, V.
    public var count: Int { bones.count / slots }

    /// The weight of `bone` on `vertex`.
    public func weight(of bone: Int, on vertex: Int) -> Float {
        var sum: Float = 0
        for slot in vertex * slots..<(vertex + 1) * slots where Int(bones[slot]) == bone {
            sum += weights[slot]
        }
        return sum
    }

    /// Σ weight · transform of the bones of `vertex`: the affine map that skinning applies to it.
    ///
    /// - Parameter transforms: one a bone, from rest to posed space.
    @inlinable
    public func blend(_ transforms: [AffineTransform], at vertex: Int) -> AffineTransform {
        var linear = Matrix3(diagonal: .zero)
        var translation = Vector3.zero
        for slot in vertex * slots..<(vertex + 1) * slots {
            let weight = weights[slot]
            if weight == 0 { break }
            let transform = transforms[Int(bones[slot])]
            linear = linear + transform.linear * weight
            translation += transform.translation * weight
        }
        return AffineTransform(linear: linear, translation: translation)
    }
}
