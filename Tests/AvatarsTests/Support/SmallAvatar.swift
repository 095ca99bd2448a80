import Foundation
import Media
import Rigs
import Spatial

@testable import Avatars

/// An avatar of a bent tube: three bones, some dozen vertices, a few hundred Gaussians.
enum SmallAvatar {
    static let rings = 7
    static let sides = 6

    static func make(gaussians count: Int = 300, seed: UInt64 = 1) -> Avatar {
        var random = SplitMix(seed: seed)
        func number(_ range: ClosedRange<Float>) -> Float { .random(in: range, using: &random) }
        func rotation() -> Quaternion {
            Quaternion(axisAngle: Vector3(number(-2...2), number(-2...2), number(-2...2)))
        }
        var vertices: [Vector3] = []
        for ring in 0..<rings {
            for side in 0..<sides {
                let angle = Float(side) / Float(sides) * 2 * .pi
                vertices.append(
                    Vector3(0.1 * cos(angle), 0.1 * Float(ring) - 0.3, 0.1 * sin(angle)))
            }
        }
        var faces: [SIMD3<Int32>] = []
        for ring in 0..<rings - 1 {
            for side in 0..<sides {
                let (a, b) = (ring * sides + side, ring * sides + (side + 1) % sides)
                faces.append(SIMD3(Int32(a), Int32(a + sides), Int32(b)))
                faces.append(SIMD3(Int32(b), Int32(a + sides), Int32(b + sides)))
            }
        }
        // Weights slide from bone to bone along the tube.
        var bones: [UInt16] = []
        var weights: [Float] = []
        for vertex in vertices.indices {
            let place = Float(vertex / sides) / Float(rings - 1) * 2
            let bone = min(1, Int(place))
            let share = place - Float(bone)
            if share > 0.5 {
                bones += [UInt16(bone + 1), UInt16(bone)]
                weights += [share, 1 - share]
            } else {
                bones += [UInt16(bone), UInt16(bone + 1)]
                weights += [1 - share, share]
            }
        }
        let orientations = (0..<3).map { _ in rotation().matrix }
        let units = FaceUnit.allCases.map { unit -> [(vertex: Int, offset: Vector3)] in
            unit == .jawOpen
                ? (0..<sides).map { ($0, Vector3(0, -0.08, 0)) }
                : [(unit.rawValue % vertices.count, Vector3(0, 0, 0.01))]
        }
        let rig = ShapedRig(
            skeleton: Skeleton(
                names: ["root", "spine", "head"], parents: [-1, 0, 1],
                referenceOrientations: orientations),
            vertices: vertices, skin: SkinWeights(slots: 2, bones: bones, weights: weights),
            faceUnits: SparseOffsets(rows: units),
            boneHeads: [Vector3(0, -0.3, 0), Vector3(0, 0, 0), Vector3(0, 0.2, 0)],
            boneOrientations: [orientations[0], orientations[1], rotation().matrix],
            poseCorrectives: PoseCorrectives(
                directions: (0..<18 * 3 * vertices.count).map { _ in number(-0.01...0.01) }),
            unitTurns: [UnitTurn(unit: .jawLeft, bone: 2, axisAngle: Vector3(0, 0.2, 0))])

        var bound = BoundGaussians(
            faces: [], barycentrics: [], offsets: [], rotations: [], logScales: [],
            opacityLogits: [], colours: [])
        for _ in 0..<count {
            bound.faces.append(Int32.random(in: 0..<Int32(faces.count), using: &random))
            let (u, v) = (number(0...0.5), number(0...0.5))
            bound.barycentrics += [u, v, 1 - u - v]
            bound.offsets += (0..<3).map { _ in number(-0.02...0.02) }
            let q = rotation()
            bound.rotations += [q.w, q.x, q.y, q.z]
            bound.logScales += (0..<3).map { _ in number(-5 ... -3) }
            bound.opacityLogits.append(number(-2...4))
            bound.colours += (0..<3).map { _ in number(0...1) }
        }
        var pose = Pose(boneCount: 3)
        pose.rotations[1] = Quaternion(axisAngle: Vector3(0.2, 0.1, 0.3))
        pose.rootTranslation = Vector3(0.1, 0.2, -0.1)
        let camera = Camera(
            eye: Vector3(0, 0, 2), target: .zero, verticalFOV: 0.5, width: 64, height: 48)
        return Avatar(
            manifest: AvatarManifest(
                method: "test", rig: "tube", licences: ["none"], provenance: ["seed": "1"]),
            rig: rig, faces: faces,
            faceParts: faces.indices.map { $0 >= faces.count / 2 ? .face : .torso },
            gaussians: bound,
            portrait: AvatarView(
                camera: camera, pose: pose, expression: FaceExpression([.jawOpen: 0.5])),
            preview: Image(width: 3, height: 2, channels: 3, filledWith: 0.2))
    }

    /// The file with some entries changed.
    static func file(
        of avatar: Avatar, _ change: (_ entry: String, _ bytes: inout [UInt8]) throws -> Void
    ) throws -> [UInt8] {
        let archive = try ZipArchive(bytes: try avatar.encoded(), name: "small")
        var result: [UInt8] = []
        try withoutActuallyEscaping({ (part: [UInt8]) in result += part }) { sink in
            var writer = ZipWriter(sink: sink)
            for entry in archive.entries {
                var bytes = try archive.read(entry.name)
                try change(entry.name, &bytes)
                try writer.add(entry.name, bytes)
            }
            try writer.finish()
        }
        return result
    }

    /// The file with a tensor replaced.
    static func file(
        of avatar: Avatar, entry: String, key: String, _ tensor: TensorData
    ) throws -> [UInt8] {
        try file(of: avatar) { name, bytes in
            guard name == entry else { return }
            let file = try SafetensorsFile(bytes: bytes, name: name)
            var tensors = try file.tensors()
            tensors[key] = tensor
            bytes = SafetensorsFile.encode(tensors, metadata: file.metadata)
        }
    }
}
