import Foundation
import Rigs
import Spatial

/// The colours that a photograph does not show: of the rig's vertices, from those it does.
///
/// A vertex takes the mean of the colours seen around it. The others are filled by the harmonic
/// interpolation over the surface (the colour that makes each the mean of its neighbours), pulled to
/// the colour of the same place on the other side of the body where that was seen; across the
/// border of two parts, hair and skin say, colour hardly flows. What photographs hardly ever show (the
/// eyeballs, teeth, tongue, the mouth) is painted from anatomy, in the photograph's light.
struct Palette {
    /// The colour of each vertex, V.
    private(set) var colours: [Vector3]
    /// Whether the photograph showed it, V.
    let isSeen: [Bool]

    /// - Parameters:
    ///   - body: the fitted person.
    ///   - sums: for each vertex, the weighted sum of the colours seen near it.
    ///   - weights: the sum of the weights.
    init(_ body: FittedBody, sums: [Vector3], weights: [Float]) {
        let mesh = body.anny.mesh
        isSeen = weights.map { $0 > 0.3 }
        colours = sums.indices.map {
            weights[$0] > 0 ? sums[$0] / weights[$0] : Vector3(repeating: 0.5)
        }
        fill(mesh, faces: body.faces)
        paintInterior(body)
    }

    private mutating func fill(_ mesh: RigMesh, faces: [SIMD3<Int32>]) {
        let neighbours = MeshNeighbours(vertexCount: colours.count, faces: faces)
        // Start from the mean of the seen vertices of the part, so that few rounds are needed.
        var sums: [BodyPart: (Vector3, Float)] = [:]
        var all = (Vector3.zero, Float(0))
        for vertex in colours.indices where isSeen[vertex] && mesh.vertexParts[vertex].isSkin {
            let part = mesh.vertexParts[vertex]
            let old = sums[part] ?? (.zero, 0)
            sums[part] = (old.0 + colours[vertex], old.1 + 1)
            all = (all.0 + colours[vertex], all.1 + 1)
        }
        let mean = all.1 > 0 ? all.0 / all.1 : Vector3(repeating: 0.5)
        let unseen = colours.indices.filter { !isSeen[$0] }
        for vertex in unseen {
            let part = mesh.vertexParts[vertex]
            let sum = sums[part] ?? sums[part.mirrored] ?? (mean, 1)
            let mirror = Int(mesh.mirror[vertex])
            colours[vertex] = isSeen[mirror] ? colours[mirror] : sum.0 / sum.1
        }
        // Gauss–Seidel, forwards and backwards in turn.
        for round in 0..<300 {
            for vertex in round % 2 == 0 ? unseen : unseen.reversed() {
                var sum = Vector3.zero
                var total: Float = 0
                for neighbour in neighbours(vertex) {
                    let other = Int(neighbour)
                    let weight: Float =
                        mesh.vertexParts[other] == mesh.vertexParts[vertex]
                        ? 1 : Self.conductance(mesh.vertexParts[vertex], mesh.vertexParts[other])
                    sum += colours[other] * weight
                    total += weight
                }
                let mirror = Int(mesh.mirror[vertex])
                if mirror != vertex, isSeen[mirror] {
                    sum += colours[mirror] * 0.5
                    total += 0.5
                }
                if total > 0 { colours[vertex] = sum / total }
            }
        }
    }

    /// How well colour flows from one part to another, relative to within one.
    private static func conductance(_ a: BodyPart, _ b: BodyPart) -> Float {
        let clothed: Set<BodyPart> = [
            .torso, .leftUpperArm, .rightUpperArm, .leftForearm, .rightForearm,
        ]
        if clothed.contains(a) && clothed.contains(b) { return 0.3 }
        return 0.02
    }

    private mutating func paintInterior(_ body: FittedBody) {
        let mesh = body.anny.mesh
        // Skin that was seen tells the light; 0.62 is the lightness of skin in fair light.
        let skin = mesh.vertices(of: [.face]).filter { isSeen[$0] }
        let brightness =
            skin.isEmpty
            ? 1 : skin.reduce(Float(0)) { $0 + colours[$1].max() } / Float(skin.count) / 0.8
        let light = min(max(brightness, 0.35), 1.1)
        for vertex in colours.indices {
            switch mesh.vertexParts[vertex] {
            case .upperTeeth, .lowerTeeth: colours[vertex] = Vector3(0.90, 0.87, 0.80) * light
            case .tongue: colours[vertex] = Vector3(0.70, 0.38, 0.36) * light
            case .mouthCavity: colours[vertex] = Vector3(0.30, 0.11, 0.10) * light
            case .leftEyeSocket, .rightEyeSocket:
                colours[vertex] = Vector3(0.55, 0.33, 0.29) * light
            case .leftEye, .rightEye: colours[vertex] = Vector3(0.88, 0.86, 0.84) * light
            default: break
            }
            colours[vertex] = colours[vertex].clamped(
                lowerBound: .zero, upperBound: Vector3(1, 1, 1))
        }
    }
}
