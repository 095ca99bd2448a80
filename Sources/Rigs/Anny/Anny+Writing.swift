import Foundation
import Media
import Spatial

extension Anny {
    /// The version of the compiled file; a file of another one is made anew.
    static let fileVersion = "3"

    /// Writes the compiled rig: one safetensors file, in Likeness's space.
    ///
    /// - Throws: `MediaError` where it cannot be written, or is there and `overwrite` is false.
    public func write(to url: URL, overwrite: Bool = false) throws {
        let (v, j) = (vertexCount, skeleton.count)
        let width = phenotypes.factors.map(\.count).max() ?? 1
        var tensors: [String: TensorData] = [
            "faces": Self.tensor(mesh.faces),
            "uvs": TensorData(mesh.uvs.flatMap { [$0.x, $0.y] }, shape: [mesh.uvs.count, 2]),
            "uv_faces": Self.tensor(mesh.uvFaces),
            "template_tails": Self.tensor(template.tails),
            "mirror": TensorData(mesh.mirror),
            "vertex_parts": TensorData(mesh.vertexParts.map(\.rawValue)),
            "face_parts": TensorData(mesh.faceParts.map(\.rawValue)),
            "bone_parents": TensorData(skeleton.parents.map(Int32.init)),
            "bone_references": Self.tensor(skeleton.referenceOrientations),
            "skin_bones": TensorData(skin.bones, shape: [v, skin.slots]),
            "skin_weights": TensorData(skin.weights, shape: [v, skin.slots]),
            "template_vertices": Self.tensor(template.vertices),
            "template_heads": Self.tensor(template.heads),
            "template_orientations": Self.tensor(template.orientationMatrices),
            "phenotype_factors": TensorData(
                phenotypes.factors.flatMap { factors in
                    factors.map(UInt8.init)
                        + [UInt8](repeating: .max, count: width - factors.count)
                }, shape: [phenotypes.count, width]),
            "phenotype_vertices": TensorData(
                phenotypes.vertices, shape: [phenotypes.denseCount, v, 3]),
            "keypoint_starts": TensorData(keypoints.starts.map(Int32.init)),
            "keypoint_vertices": TensorData(keypoints.vertices),
            "keypoint_weights": TensorData(keypoints.weights),
        ]
        for (name, bones) in [
            ("phenotype", phenotypes.bones), ("local", localChanges.bones),
            ("face_unit", faceUnitBones),
        ] {
            guard let bones else { continue }
            tensors["\(name)_heads"] = TensorData(
                bones.heads, shape: [bones.heads.count / (3 * j), j, 3])
            tensors["\(name)_orientations"] = TensorData(
                bones.orientations, shape: [bones.orientations.count / (9 * j), j, 3, 3])
            tensors["\(name)_tails"] = TensorData(
                bones.tails, shape: [bones.tails.count / (3 * j), j, 3])
        }
        switch frames {
        case .matrices: break
        case .tails(let rolls, _): tensors["bone_rolls"] = Self.tensor(rolls)
        case .refined(let children):
            let rows = children.children
            tensors["children_starts"] = TensorData(
                rows.reduce(into: [0]) { $0.append($0.last! + $1.count) }.map(Int32.init))
            tensors["children"] = TensorData(rows.flatMap { $0 }.map(Int32.init))
            tensors["children_offsets"] = Self.tensor(children.offsets.flatMap { $0 })
        }
        for (name, rows) in [
            ("phenotype_sparse", phenotypes.sparseVertices), ("local", localChanges.vertices),
            ("face_unit", faceUnits),
        ] {
            tensors["\(name)_starts"] = TensorData(rows.starts.map(Int32.init))
            tensors["\(name)_vertices"] = TensorData(rows.vertices)
            tensors["\(name)_offsets"] = Self.tensor(rows.offsets)
        }
        try SafetensorsFile.write(
            tensors,
            metadata: [
                "format": "likeness.anny", "version": Self.fileVersion,
                "bones": Self.list(skeleton.names), "local_changes": Self.list(localChanges.names),
                "keypoints": Self.list(keypoints.names), "face_units": Self.list(FaceUnit.names),
                "frames": frames.name, "reference": hasReferencePose ? "fixed" : "rest",
                "core_vertices": "\(coreVertexCount)", "core_faces": "\(coreFaceCount)",
            ], to: url, overwrite: overwrite)
    }

    private static func tensor(_ vectors: [Vector3]) -> TensorData {
        TensorData(vectors.flatMap { [$0.x, $0.y, $0.z] }, shape: [vectors.count, 3])
    }

    private static func tensor(_ triples: [SIMD3<Int32>]) -> TensorData {
        TensorData(triples.flatMap { [$0.x, $0.y, $0.z] }, shape: [triples.count, 3])
    }

    private static func tensor(_ matrices: [Matrix3]) -> TensorData {
        TensorData(
            matrices.flatMap { m in (0..<9).map { m[$0 / 3, $0 % 3] } },
            shape: [matrices.count, 3, 3])
    }

    /// Names, which have no line ends, one a line.
    private static func list(_ names: [String]) -> String { names.joined(separator: "\n") }
}
