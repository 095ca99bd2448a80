import Spatial
import Testing

@testable import Rigs

@Suite struct SkinningVolumeTests {
    /// Two rods side by side, one bone each, and a third bone at the tips of both.
    static let vertices: [Vector3] = (0..<2).flatMap { rod in
        (0...10).map { Vector3(rod == 0 ? -0.2 : 0.2, Float($0) * 0.1, 0.01 * Float($0 % 3)) }
    }
    static let skin = SkinWeights(
        rows: vertices.indices.map { vertex -> [(bone: UInt16, weight: Float)] in
            let rod = UInt16(vertex / 11)
            let tip = Float(max(0, vertex % 11 - 7)) / 6
            if tip == 0 { return [(bone: rod, weight: Float(1))] }
            return [(bone: rod, weight: 1 - tip), (bone: UInt16(2), weight: tip)]
        })

    /// Every voxel and bone at once, without the boxes, in the plainest way.
    static func reference(_ volume: SkinningVolume, _ settings: SkinningVolume.Settings)
        -> [[Float]]
    {
        let d = volume.resolution
        let step = (volume.high - volume.low) / Float(d - 1)
        func place(_ x: Int, _ y: Int, _ z: Int) -> Int { (x * d + y) * d + z }
        var nearest = [Int](repeating: -1, count: d * d * d)
        for x in 0..<d {
            for y in 0..<d {
                for z in 0..<d {
                    let p = volume.low + step * Vector3(Float(x), Float(y), Float(z))
                    let best = vertices.indices.min {
                        (vertices[$0] - p).length < (vertices[$1] - p).length
                    }!
                    if (vertices[best] - p).length < settings.shell {
                        nearest[place(x, y, z)] = best
                    }
                }
            }
        }
        return (0..<3).map { bone in
            var u = nearest.map { $0 < 0 ? 0 : skin.weight(of: bone, on: $0) }
            for _ in 0..<settings.iterations where !settings.undiffused.contains(bone) {
                var next = u
                for x in 0..<d {
                    for y in 0..<d {
                        for z in 0..<d where nearest[place(x, y, z)] < 0 {
                            var sum: Float = 0
                            for (dx, dy, dz) in [
                                (-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1),
                            ] {
                                sum +=
                                    u[
                                        place(
                                            min(d - 1, max(0, x + dx)), min(d - 1, max(0, y + dy)),
                                            min(d - 1, max(0, z + dz)))]
                            }
                            let own = u[place(x, y, z)]
                            next[place(x, y, z)] = own + settings.step * (sum - 6 * own)
                        }
                    }
                }
                u = next
            }
            return u
        }
    }

    @Test func equalsPlainDiffusion() {
        var settings = SkinningVolume.Settings()
        settings.resolution = 20
        settings.iterations = 12
        settings.shell = 0.06
        settings.undiffused = [2]
        let volume = SkinningVolume(
            vertices: Self.vertices, skin: Self.skin, boneCount: 3, settings: settings)
        let expected = Self.reference(volume, settings)
        var filled = 0
        for voxel in 0..<20 * 20 * 20 {
            let total = expected.reduce(0) { $0 + $1[voxel] }
            for bone in 0..<3 {
                var found: Float = 0
                for slot in voxel * 8..<voxel * 8 + 8
                where Int(volume.bones[slot]) == bone { found += volume.weights[slot] }
                #expect(abs(found - (total > 0 ? expected[bone][voxel] / total : 0)) < 1e-4)
            }
            filled += total > 0 ? 1 : 0
        }
        #expect(filled > 1000)
    }

    @Test func weightsAreSmoothBetweenTheRods() {
        var settings = SkinningVolume.Settings()
        settings.resolution = 32
        let volume = SkinningVolume(
            vertices: Self.vertices, skin: Self.skin, boneCount: 3, settings: settings)
        func weight(_ x: Float, deviation: Float? = nil) -> Float {
            let point = Vector3(x, 0.3, 0)
            let weights =
                deviation.map {
                    volume.weights(at: point, deviation: Vector3(repeating: $0))
                } ?? volume.weights(at: point)
            #expect(abs(weights.reduce(0) { $0 + $1.weight } - 1) < 1e-5)
            return weights.first { $0.bone == 0 }?.weight ?? 0
        }
        #expect(weight(-0.2) > 0.99)
        #expect(weight(0.2) < 0.01)
        #expect(abs(weight(0) - 0.5) < 0.05)
        let along = (0...20).map { weight(-0.2 + 0.02 * Float($0)) }
        #expect(zip(along, along.dropFirst()).allSatisfy { $0 >= $1 - 1e-4 && $0 - $1 < 0.25 })
        // A large Gaussian on one rod reaches for the other.
        #expect(weight(-0.2, deviation: 0.2) < weight(-0.2, deviation: 0.01))
        #expect(volume.weights(at: Vector3(.nan, 0, 0)).isEmpty)
    }

    @Test func subdividedWeightsAreMeansOfBothEnds() throws {
        let cut = MidpointSubdivision(faces: [SIMD3(0, 8, 11), SIMD3(8, 19, 11)], vertexCount: 22)
        let fine = Self.skin.subdivided(cut)
        #expect(fine.count == 22 + 5)
        for (index, edge) in cut.edges.enumerated() {
            for bone in 0..<3 {
                let mean =
                    (Self.skin.weight(of: bone, on: Int(edge.x))
                        + Self.skin.weight(of: bone, on: Int(edge.y))) / 2
                #expect(abs(fine.weight(of: bone, on: 22 + index) - mean) < 1e-6)
            }
        }
    }
}
