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
    init(rig: MakeHumanRig, weights url: URL, kept: [String], vertexCount: Int) throws {
        let index = Dictionary(kept.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
        /// The bone itself or its nearest ancestor that is kept; the root if there is none.
        func keptIndex(_ name: String) -> Int {
            var name = name
            while let bone = rig.bones[name] {
                if let kept = index[name] { return kept }
                name = bone.parent
            }
            return 0
        }
        parents = kept.enumerated().map {
            $0 == 0 ? -1 : keptIndex(rig.bones[$1]?.parent ?? "")
        }
        guard parents.enumerated().allSatisfy({ $0 == 0 || $1 < $0 }) else {
            throw MakeHumanRig.damaged(
                rig.file, "bones in another order", "every kept bone after its parent")
        }

        let all = try MakeHumanRig.object(url)["weights"] as? [String: [[NSNumber]]]
        guard let all else {
            throw MakeHumanRig.damaged(url, "no weights", "the weights of each bone")
        }
        var sums = [[Int: Double]](repeating: [:], count: vertexCount)
        // In a fixed order, so that sums round the same way each time.
        for name in all.keys.sorted() {
            let bone = keptIndex(name)
            for pair in all[name]! {
                guard pair.count == 2, (0..<vertexCount).contains(pair[0].intValue) else {
                    throw MakeHumanRig.damaged(
                        url, "an odd entry of \(name)", "a vertex and a weight")
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

    /// The weights of vertices that are means of the base mesh's, in as many slots as the busiest
    /// needs.
    func packed(for map: VertexMap, file url: URL) throws -> SkinWeights {
        try SkinWeights(
            map: map, rows: weights,
            damaged: {
                MakeHumanRig.damaged(url, "no weight of the vertex \($0)", "one at least")
            })
    }
}

extension SkinWeights {
    /// The weights of vertices that are means of others, whose weights are given as rows.
    init(
        map: VertexMap, rows: [[(bone: Int, weight: Double)]], damaged: (Int32) -> RigError
    ) throws {
        self.init(
            rows: try map.sources.map { sources in
                if sources.count == 1, sources[0].weight == 1 {
                    let entries = rows[Int(sources[0].vertex)]
                    if entries.isEmpty { throw damaged(sources[0].vertex) }
                    return entries.map { (UInt16($0.bone), Float($0.weight)) }
                }
                var sums: [Int: Double] = [:]
                for (vertex, share) in sources {
                    for (bone, weight) in rows[Int(vertex)] {
                        sums[bone, default: 0] += Double(share) * weight
                    }
                }
                // What cancels is no influence.
                let kept = sums.filter { abs($0.value) > 1e-12 }.sorted { $0.key < $1.key }
                let total = kept.reduce(0) { $0 + $1.value }
                guard total > 1e-12 else { throw damaged(sources[0].vertex) }
                return kept.map { (UInt16($0.key), Float($0.value / total)) }
            })
    }
}
