import Spatial

/// Skinning weights in the space around a body: those of the surface, diffused outwards.
///
/// Hair and loose clothes stand off the skin; where they belong is not what the nearest vertex says,
/// which jumps from one leg to the other, but a mean that grows smoother with the distance. A grid
/// over the bounding box is filled near the surface with the weights of the nearest vertices, and the
/// rest by diffusion, bone by bone (PERSONA, offline stage; after Lin et al. 2022, "FITE").
public struct SkinningVolume: Equatable, Sendable {
    /// How a volume is made.
    public struct Settings: Equatable, Sendable {
        /// Voxels along each axis, D.
        public var resolution = 128
        /// How far the grid goes beyond the body on each side, as a part of the body's extent.
        public var margin: Float = 0.3
        /// Voxels nearer to a vertex than this keep its weights, metres.
        public var shell: Float = 0.02
        /// Steps of the diffusion, and the size of one.
        public var iterations = 100
        public var step: Float = 0.1
        /// Bones that are not diffused: those of fingers, which would reach for other fingers.
        public var undiffused: Set<Int> = []

        public init() {}
    }

    /// The number of bones that a voxel keeps, the heaviest.
    public static let slots = 8

    /// Voxels along each axis, D.
    public let resolution: Int
    /// The centres of the first and the last voxel, in the space of the rest shape.
    public let low: Vector3
    public let high: Vector3
    /// Bones [D, D, D, slots], x slowest; 0 in unused slots.
    public let bones: [UInt16]
    /// Their weights; they add up to 1, or to 0 where no bone reaches.
    public let weights: [Float]

    /// Diffuses the weights of a skinned surface.
    ///
    /// Cost O(V) + O(iterations · voxels reached by each bone), on all threads; a volume takes 48
    /// bytes a voxel.
    public init(
        vertices: [Vector3], skin: SkinWeights, boneCount: Int, settings: Settings = Settings()
    ) {
        precondition(vertices.count == skin.count && !vertices.isEmpty && settings.resolution > 1)
        let bounds = (
            vertices.reduce(vertices[0], pointwiseMin), vertices.reduce(vertices[0], pointwiseMax)
        )
        let extent = bounds.1 - bounds.0
        low = bounds.0 - extent * settings.margin
        high = bounds.1 + extent * settings.margin
        resolution = settings.resolution
        let grid = VoxelGrid(resolution: resolution, low: low, high: high)
        let nearest = grid.nearestVertices(vertices, within: settings.shell)
        let shell = nearest.indices.filter { nearest[$0] >= 0 }

        // Bone by bone, then joined in the order of the bones.
        var fields = [BoneField?](repeating: nil, count: boneCount)
        fields.withUnsafeMutableBufferPointer { fields in
            // Each item writes its own.
            nonisolated(unsafe) let fields = fields
            parallelFor(boneCount) { bone, _ in
                fields[bone] = BoneField(
                    bone: bone, grid: grid, shell: shell, nearest: nearest, skin: skin,
                    iterations: settings.undiffused.contains(bone) ? 0 : settings.iterations,
                    step: settings.step)
            }
        }
        var heaviest = HeaviestBones(count: nearest.count, slots: Self.slots)
        for (bone, field) in fields.enumerated() { field?.add(UInt16(bone), to: &heaviest) }
        heaviest.normalise()
        (bones, weights) = (heaviest.bones, heaviest.weights)
    }

    /// The weights at a point, trilinear between the centres of voxels, those beyond the grid as at
    /// its border; they add up to 1, or there are none where no bone reaches or the point is not finite. A
    /// bone comes once.
    public func weights(at point: Vector3) -> [(bone: Int, weight: Float)] {
        var sums: [(bone: Int, weight: Float)] = []
        add(at: point, scale: 1, to: &sums)
        return Self.normalised(sums)
    }

    /// The weights of a Gaussian: the mean of 13 points, the centre (1) and one (½) and two (0.3)
    /// standard deviations away along each axis (PERSONA, skinning of a Gaussian).
    public func weights(at mean: Vector3, deviation: Vector3) -> [(bone: Int, weight: Float)] {
        var sums: [(bone: Int, weight: Float)] = []
        add(at: mean, scale: 1, to: &sums)
        for (factor, scale) in [(Float(1), Float(0.5)), (2, 0.3)] {
            for axis in 0..<3 {
                var offset = Vector3.zero
                offset[axis] = factor * deviation[axis]
                add(at: mean + offset, scale: scale, to: &sums)
                add(at: mean - offset, scale: scale, to: &sums)
            }
        }
        return Self.normalised(sums)
    }

    private static func normalised(_ sums: [(bone: Int, weight: Float)]) -> [(
        bone: Int, weight: Float
    )] {
        let total = sums.reduce(0) { $0 + $1.weight }
        return total > 0 ? sums.map { ($0.bone, $0.weight / total) } : []
    }

    private func add(at point: Vector3, scale: Float, to sums: inout [(bone: Int, weight: Float)]) {
        guard point.sum().isFinite else { return }
        let last = Float(resolution - 1)
        let size = pointwiseMax(high - low, Vector3(repeating: 1e-12))
        let place = pointwiseMin(
            pointwiseMax((point - low) / size * last, .zero), Vector3(repeating: last))
        let floor = place.rounded(.down)
        let (x, y, z) = (Int(floor.x), Int(floor.y), Int(floor.z))
        let t = place - floor
        for corner in 0..<8 {
            let (dx, dy, dz) = (corner >> 2, corner >> 1 & 1, corner & 1)
            let factor =
                (dx == 1 ? t.x : 1 - t.x) * (dy == 1 ? t.y : 1 - t.y) * (dz == 1 ? t.z : 1 - t.z)
            if factor == 0 { continue }
            let voxel = ((x + dx) * resolution + y + dy) * resolution + z + dz
            for slot in voxel * Self.slots..<(voxel + 1) * Self.slots {
                if weights[slot] == 0 { break }
                let (bone, weight) = (Int(bones[slot]), weights[slot] * factor * scale)
                if let known = sums.firstIndex(where: { $0.bone == bone }) {
                    sums[known].weight += weight
                } else {
                    sums.append((bone, weight))
                }
            }
        }
    }
}
