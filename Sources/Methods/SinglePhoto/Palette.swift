import Foundation
import Rigs
import Spatial

/// The colours that a photograph does not show: of the rig's vertices, from those it does.
///
/// A vertex takes the mean of the colours seen around it. The others are filled by harmonic
/// interpolation over the surface (the colour that makes each the mean of its neighbours), pulled
/// gently to what the mirrored places look like; across the border of two parts, hair and skin say,
/// colour hardly flows. What photographs hardly ever show (the
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
        isSeen = weights.map { $0 > 0.3 }
        colours = sums.indices.map {
            weights[$0] > 0 ? sums[$0] / weights[$0] : Vector3(repeating: 0.5)
        }
        fill(body)
        paintInterior(body)
    }

    private mutating func fill(_ body: FittedBody) {
        let mesh = body.anny.mesh
        let neighbours = MeshNeighbours(vertexCount: colours.count, faces: body.faces)
        let guesses = self.guesses(body, neighbours)
        let unseen = colours.indices.filter { !isSeen[$0] }
        for vertex in unseen { colours[vertex] = guesses[vertex] }
        // Gauss–Seidel, forwards and backwards in turn.
        for round in 0..<200 {
            for vertex in round % 2 == 0 ? unseen : unseen.reversed() {
                let part = mesh.vertexParts[vertex]
                var sum = guesses[vertex] * Self.guessWeight
                var total = Self.guessWeight
                for neighbour in neighbours(vertex) {
                    let other = Int(neighbour)
                    let weight =
                        mesh.vertexParts[other] == part
                        ? 1 : Self.conductance(part, mesh.vertexParts[other])
                    sum += colours[other] * weight
                    total += weight
                }
                colours[vertex] = sum / total
            }
        }
    }

    /// How much a guess weighs against one neighbour: it decides where nothing seen is within some
    /// five vertices.
    private static let guessWeight: Float = 0.05

    /// What an unseen vertex is likely to look like: the seen vertex of the same part (of either
    /// side) that is nearest to its mirror image from left to right or from back to front, without
    /// that one's fine texture. Where nothing of the part was seen, the mean of what was.
    private func guesses(_ body: FittedBody, _ neighbours: MeshNeighbours) -> [Vector3] {
        let mesh = body.anny.mesh
        let places = body.rig.vertices
        let smooth = smoothedSeen(neighbours)
        var seen: [BodyPart: [Int]] = [:]
        var mean = (Vector3.zero, Float(0))
        for vertex in colours.indices where isSeen[vertex] && mesh.vertexParts[vertex].isSkin {
            let part = mesh.vertexParts[vertex]
            seen[part, default: []].append(vertex)
            if part != part.mirrored { seen[part.mirrored, default: []].append(vertex) }
            mean = (mean.0 + colours[vertex], mean.1 + 1)
        }
        // A thousand of a part are as good as all: it bounds the search to O(V).
        for (part, candidates) in seen {
            let step = max(1, candidates.count / 1000)
            seen[part] = stride(from: 0, to: candidates.count, by: step).map { candidates[$0] }
        }
        let fallback = mean.1 > 0 ? mean.0 / mean.1 : Vector3(repeating: 0.5)
        return colours.indices.map { vertex in
            if isSeen[vertex] { return colours[vertex] }
            let candidates = seen[mesh.vertexParts[vertex]] ?? []
            guard !candidates.isEmpty else { return fallback }
            let place = places[vertex]
            var best = (Float.infinity, 0)
            for other in candidates {
                // Height matters most: clothes change from top to bottom, hardly around the body.
                let p = places[other]
                let across = abs(abs(p.x) - abs(place.x))
                let distance = abs(p.y - place.y) * 2 + across + 0.2 * abs(p.z - place.z)
                if distance < best.0 { best = (distance, other) }
            }
            return smooth[best.1]
        }
    }

    /// The colours averaged over some rounds of neighbours, seen ones only.
    private func smoothedSeen(_ neighbours: MeshNeighbours) -> [Vector3] {
        var current = colours
        for _ in 0..<12 {
            var next = current
            for vertex in current.indices where isSeen[vertex] {
                var (sum, count) = (current[vertex], Float(1))
                for other in neighbours(vertex) where isSeen[Int(other)] {
                    sum += current[Int(other)]
                    count += 1
                }
                next[vertex] = sum / count
            }
            current = next
        }
        return current
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
