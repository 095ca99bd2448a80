import Spatial

/// The four samples of a pixel.
struct Quad {
    /// Their indices in the drawn picture.
    let indices: SIMD4<Int>
    /// Their triangles; −1 where there is none.
    let faces: SIMD4<Int32>
    let covered: Int

    /// The share of the pixel that is covered.
    var share: Float { Float(covered) * 0.25 }

    @inline(__always)
    init(_ samples: Shader.Pixels, x: Int, y: Int, width: Int) {
        let first = 4 * y * width + 2 * x
        indices = SIMD4(first, first + 1, first + 2 * width, first + 2 * width + 1)
        var faces = SIMD4<Int32>(repeating: -1)
        var covered = 0
        for k in 0..<4 {
            faces[k] = samples.triangles[indices[k]]
            if faces[k] >= 0 { covered += 1 }
        }
        (self.faces, self.covered) = (faces, covered)
    }
}

extension Shader {
    /// What the covered samples of a pixel show: their light, as a display shows it, times the share
    /// that they cover, and the mean of what they reflect.
    @inline(__always)
    func shade(_ quad: Quad, _ samples: Pixels) -> (light: Vector3, albedo: Vector3) {
        var (light, albedo) = (Vector3.zero, Vector3.zero)
        if isSmooth(quad, samples) {
            // Two samples of one smooth surface, on the diagonal, say as much as four.
            for k in [0, 3] {
                let (shaded, reflected) = shade(
                    samples.point(quad.indices[k])!, sample: UInt32(quad.indices[k]))
                light += Self.exposed(shaded)
                albedo += reflected
            }
            return (light * 0.5, albedo * 0.5)
        }
        guard quad.covered > 0 else { return (light, albedo) }
        for k in 0..<4 {
            guard let point = samples.point(quad.indices[k]) else { continue }
            let (shaded, reflected) = shade(point, sample: UInt32(quad.indices[k]))
            light += Self.exposed(shaded)
            albedo += reflected
        }
        return (light * 0.25, albedo / Float(quad.covered))
    }

    /// Whether a pixel shows one piece of skin or cloth without steps, or one strand.
    @inline(__always)
    private func isSmooth(_ quad: Quad, _ samples: Pixels) -> Bool {
        guard quad.covered == 4 else { return false }
        if let strand = strandRank(quad.faces.x) {
            return (1..<4).allSatisfy { strandRank(quad.faces[$0]) == strand }
        }
        let material = self.material(Int(quad.faces.x))
        guard material.isPlain else { return false }
        var depths = SIMD4<Float>(repeating: samples.depth[quad.indices.x])
        for k in 1..<4 {
            guard self.material(Int(quad.faces[k])) == material else { return false }
            depths[k] = samples.depth[quad.indices[k]]
        }
        // No steeper than about 60°.
        return depths.max() - depths.min() < 3.5 * depths.x / focal
    }

    /// Which strand of the head's hair a triangle is of, from front to back.
    @inline(__always)
    private func strandRank(_ face: Int32) -> Int? {
        let local = Int(face) - person.labels.count
        guard local >= 0, local < ribbons.faceHairFace else { return nil }
        return Int(UInt32(truncatingIfNeeded: local) / UInt32(2 * (headPointCount - 1)))
    }

    @inline(__always)
    private func material(_ face: Int) -> StudioMaterial {
        face < person.labels.count ? person.materials[face] : .hair
    }

    /// What is at a pixel's centre, which lies between its samples: the nearest of their triangles
    /// that contains it; nil where nobody is.
    ///
    /// Triangles smaller than a sample may leave the centre to one that no sample shows: where at
    /// least three samples are covered it is on the plane of the one that misses it the least.
    ///
    /// - Parameter ray: through the centre, as long as its depth is 1.
    @inline(__always)
    func centre(of quad: Quad, _ samples: Pixels, along ray: Vector3) -> Point? {
        var best: (point: Point, inside: Float)?
        for k in 0..<4 {
            let face = quad.faces[k]
            if face < 0 || (k > 0 && face == quad.faces[k - 1]) { continue }
            guard let (point, inside) = meet(Int(face), samples, ray) else { continue }
            guard let other = best else {
                best = (point, inside)
                continue
            }
            let isNearer =
                inside >= Self.edge && other.inside >= Self.edge
                ? point.depth < other.point.depth : inside > other.inside
            if isNearer { best = (point, inside) }
        }
        guard let best else {
            guard quad.covered >= 3, let k = (0..<4).first(where: { quad.faces[$0] >= 0 })
            else { return nil }
            return samples.point(quad.indices[k])
        }
        var point = best.point
        if best.inside < Self.edge {
            guard quad.covered >= 3 else { return nil }
            // Not far along a plane that is seen edge-on.
            let depths = quad.indices.depths(samples)
            point.depth = min(max(point.depth, depths.low), depths.high)
        }
        let weights = pointwiseMax(point.weights, .zero)
        point.weights = weights / weights.sum()
        return point
    }

    /// Rounding: so little outside a triangle is inside.
    private static let edge: Float = -1e-3

    /// Where a ray meets a triangle's plane (Möller and Trumbore 1997), and the smallest weight, which
    /// is negative outside; nil where the plane is seen edge-on.
    @inline(__always)
    private func meet(_ face: Int, _ samples: Pixels, _ ray: Vector3) -> (Point, Float)? {
        let corners = samples.faces[face]
        let a = samples.vertices[Int(corners.x)]
        let (ab, ac) = (samples.vertices[Int(corners.y)] - a, samples.vertices[Int(corners.z)] - a)
        let p = cross(ray, ac)
        let determinant = dot(ab, p)
        guard determinant != 0 else { return nil }
        let inverse = 1 / determinant
        let offset = eye - a
        let u = dot(offset, p) * inverse
        let q = cross(offset, ab)
        let v = dot(ray, q) * inverse
        let depth = dot(ac, q) * inverse
        guard depth.isFinite, depth > 0 else { return nil }
        let weights = Vector3(1 - u - v, u, v)
        return (
            Point(face: face, corners: corners, weights: weights, depth: depth), weights.min()
        )
    }
}

extension SIMD4<Int> {
    /// The range of the depths of the covered ones of these samples.
    @inline(__always)
    fileprivate func depths(_ samples: Shader.Pixels) -> (low: Float, high: Float) {
        var (low, high) = (Float.infinity, Float(0))
        for k in 0..<4 where samples.triangles[self[k]] >= 0 {
            low = Swift.min(low, samples.depth[self[k]])
            high = Swift.max(high, samples.depth[self[k]])
        }
        return (low, high)
    }
}
