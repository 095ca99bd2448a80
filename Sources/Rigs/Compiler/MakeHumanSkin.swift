import Foundation
import Spatial

/// MakeHuman's skeleton and skinning weights, reduced to some of its bones.
struct MakeHumanSkin {
    /// The index of each kept bone's nearest kept ancestor; −1 for the root.
    var parents: [Int]
    /// The bones of each vertex of the base mesh and their weights, summing to 1.
    var weights: [[(bone: Int, weight: Double)]]

    /// Reads the hierarchy and the weights, giving the weight of a bone that is not kept to its
    /// nearest kept ancestor.
    ///
    /// - Parameter kept: the names of the bones to keep, the root first.
    init(rig: URL, weights url: URL, kept: [String], vertexCount: Int) throws {
        let index = Dictionary(kept.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
        let bones = try Self.object(rig)
        var parentOf: [String: String] = [:]
        for (name, bone) in bones.compactMapValues({ $0 as? [String: Any] }) {
            parentOf[name] = bone["parent"] as? String ?? ""
        }
        /// The bone itself or its nearest ancestor that is kept; the root if there is none.
        func keptIndex(_ name: String) -> Int {
            var name = name
            for _ in 0...parentOf.count {
                if let bone = index[name] { return bone }
                name = parentOf[name] ?? ""
            }
            return 0
        }
        parents = kept.enumerated().map { $0 == 0 ? -1 : keptIndex(parentOf[$1] ?? "") }
        guard parents.enumerated().allSatisfy({ $0 == 0 || $1 < $0 }) else {
            throw Self.damaged(rig, "bones in another order", "every kept bone after its parent")
        }

        let all = try Self.object(url)["weights"] as? [String: [[NSNumber]]]
        guard let all else { throw Self.damaged(url, "no weights", "the weights of each bone") }
        var sums = [[Int: Double]](repeating: [:], count: vertexCount)
        // In a fixed order, so that sums round the same way each time.
        for name in all.keys.sorted() {
            let bone = keptIndex(name)
            for pair in all[name]! {
                guard pair.count == 2, (0..<vertexCount).contains(pair[0].intValue) else {
                    throw Self.damaged(url, "an odd entry of \(name)", "a vertex and a weight")
                }
                sums[pair[0].intValue][bone, default: 0] += pair[1].doubleValue
            }
        }
        weights = sums.map { sums in
            let total = sums.values.sorted().reduce(0, +)
            return sums.map { ($0.key, $0.value / total) }.filter { $0.1 > 0 }
                .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        }
    }

    /// The weights of some vertices in as many slots as the busiest needs.
    func packed(for vertices: [Int32], file url: URL) throws -> SkinWeights {
        let slots = vertices.map { weights[Int($0)].count }.max() ?? 1
        var bones: [UInt16] = []
        var packed: [Float] = []
        for vertex in vertices {
            let entries = weights[Int(vertex)]
            guard !entries.isEmpty else {
                throw Self.damaged(url, "no weight of the vertex \(vertex)", "one at least")
            }
            let padding = slots - entries.count
            bones += entries.map { UInt16($0.bone) } + [UInt16](repeating: 0, count: padding)
            packed += entries.map { Float($0.weight) } + [Float](repeating: 0, count: padding)
        }
        return SkinWeights(slots: slots, bones: bones, weights: packed)
    }

    private static func object(_ url: URL) throws -> [String: Any] {
        let data = Data(try readFile(url))
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw damaged(url, "no JSON object", "one")
        }
        return object
    }

    private static func damaged(_ url: URL, _ found: String, _ expected: String) -> RigError {
        RigError.damaged(file: url.relativePath, found: found, expected: expected)
    }
}
