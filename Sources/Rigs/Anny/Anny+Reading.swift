import Foundation
import Media
import Spatial

extension Anny {
    /// Reads a compiled rig.
    ///
    /// - Throws: `RigError.outdated` for a file of another version of Likeness; `RigError.damaged` or
    ///   `MediaError` for anything else that is not a compiled rig.
    public init(contentsOf url: URL) throws {
        let file = try RigFile(contentsOf: url)
        guard try file.text("format") == "likeness.anny" else {
            throw file.damaged("another format", "a compiled Anny")
        }
        let version = try file.text("version")
        guard version == Self.fileVersion else {
            throw RigError.outdated(file: file.name, found: version, expected: Self.fileVersion)
        }
        guard try file.names("face_units") == FaceUnit.names else {
            throw file.damaged("other face units", "the 52 of ARKit")
        }

        let v = try file.shape("template_vertices", rank: 2)[0]
        let skeleton = try Self.skeleton(file)
        let j = skeleton.count
        let slots = try file.shape("skin_weights", rank: 2)[1]
        guard slots > 0 else { throw file.damaged("no skinning weights", "one at least") }
        let mesh = try Self.mesh(file, vertexCount: v)
        let frames = try Self.frames(file, skeleton)
        var bent = 9
        var pointed = 0
        if case .tails = frames { (bent, pointed) = (0, 3) }
        let bones = BoneReader(
            file: file, count: j, matrixWidth: bent, tailWidth: pointed)
        self.init(
            mesh: mesh, skeleton: skeleton,
            hasReferencePose: try file.text("reference") == "fixed", frames: frames,
            skin: SkinWeights(
                slots: slots,
                bones: try file.integers("skin_bones", [v, slots], UInt16.self, in: 0..<j),
                weights: try file.floats("skin_weights", shape: [v, slots])),
            template: AnnyRest(
                vertices: try file.vectors("template_vertices", count: v),
                heads: try file.vectors("template_heads", count: j),
                orientationMatrices: try file.matrices(
                    "template_orientations", count: bent > 0 ? j : 0),
                tails: try file.vectors("template_tails", count: pointed > 0 ? j : 0)),
            phenotypes: try Self.phenotypes(file, vertexCount: v, bones: bones),
            localChanges: try Self.localChanges(file, vertexCount: v, bones: bones),
            faceUnits: try file.sparse("face_unit", rows: FaceUnit.count, vertexCount: v),
            faceUnitBones: file.has("face_unit_heads")
                ? try bones.rows("face_unit", count: FaceUnit.count) : nil,
            keypoints: try Self.keypoints(file, vertexCount: v),
            coreVertexCount: try file.count("core_vertices", in: 0...v),
            coreFaceCount: try file.count("core_faces", in: 0...mesh.faces.count))
    }

    private static func skeleton(_ file: RigFile) throws -> Skeleton {
        let names = try file.names("bones")
        let parents = try file.values("bone_parents", [names.count], Int32.self).map(Int.init)
        guard parents.enumerated().allSatisfy({ $0 == 0 ? $1 == -1 : (0..<$0).contains($1) }) else {
            throw file.damaged("bones in another order", "parents before children")
        }
        return Skeleton(
            names: names, parents: parents,
            referenceOrientations: try file.matrices("bone_references", count: names.count))
    }

    /// Reads how blend shapes move bones.
    private struct BoneReader {
        let file: RigFile
        let count: Int
        /// The numbers a bone of the orientation matrices and of the tails; 0 where there are none.
        let matrixWidth: Int
        let tailWidth: Int

        func rows(_ name: String, count rows: Int) throws -> BoneRows {
            BoneRows(
                heads: try file.floats("\(name)_heads", shape: [rows, count, 3]),
                orientations: try file.floats(
                    "\(name)_orientations", shape: [matrixWidth > 0 ? rows : 0, count, 3, 3]),
                tails: try file.floats(
                    "\(name)_tails", shape: [tailWidth > 0 ? rows : 0, count, 3]))
        }
    }

    private static func frames(_ file: RigFile, _ skeleton: Skeleton) throws -> BoneFrames {
        let j = skeleton.count
        switch try file.text("frames") {
        case "matrices": return .matrices
        case "tails", "tails below identity":
            return .tails(
                rolls: try file.matrices("bone_rolls", count: j),
                rootIsIdentity: try file.text("frames") != "tails")
        case "refined":
            let count = try file.shape("children", rank: 1)[0]
            let starts = try file.starts("children_starts", rows: j, end: count)
            let children = try file.integers("children", [count], Int32.self, in: 0..<j)
            let offsets = try file.vectors("children_offsets", count: count)
            let rows = (0..<j).map { starts[$0]..<starts[$0 + 1] }
            return .refined(
                ChildOffsets(
                    children: rows.map { children[$0].map(Int.init) },
                    offsets: rows.map { Array(offsets[$0]) }, parents: skeleton.parents))
        default: throw file.damaged("other frames of bones", "matrices or tails")
        }
    }

    private static func mesh(_ file: RigFile, vertexCount v: Int) throws -> RigMesh {
        let faceCount = try file.shape("faces", rank: 2)[0]
        let uvCount = try file.shape("uvs", rank: 2)[0]
        let uvs = try file.floats("uvs", shape: [uvCount, 2])
        return RigMesh(
            faces: try file.triples("faces", count: faceCount, below: v),
            uvs: (0..<uvCount).map { Vector2(uvs[2 * $0], uvs[2 * $0 + 1]) },
            // Meshes that are laid over Anny's have no texture coordinates.
            uvFaces: try file.triples(
                "uv_faces", count: uvCount == 0 ? 0 : faceCount, below: uvCount),
            mirror: try file.integers("mirror", [v], Int32.self, in: 0..<v),
            vertexParts: try file.parts("vertex_parts", count: v),
            faceParts: try file.parts("face_parts", count: faceCount))
    }

    private static func phenotypes(
        _ file: RigFile, vertexCount v: Int, bones: BoneReader
    ) throws -> PhenotypeBasis {
        let shape = try file.shape("phenotype_factors", rank: 2)
        let dense = try file.shape("phenotype_vertices", rank: 3)[0]
        let (rows, width) = (shape[0], shape[1])
        guard dense <= rows, width > 0 else {
            throw file.damaged("\(rows) rows of \(width) factors", "at least \(dense) rows")
        }
        let packed = try file.values("phenotype_factors", shape, UInt8.self)
        let factors = (0..<rows).map { row in
            packed[row * width..<(row + 1) * width].filter { $0 != .max }.map(Int.init)
        }
        let count = PhenotypeWeights.variations.count
        guard factors.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 < count } }) else {
            throw file.damaged("other factors of phenotypes", "one at least, each below \(count)")
        }
        return PhenotypeBasis(
            factors: factors,
            vertices: try file.floats("phenotype_vertices", shape: [dense, v, 3]),
            sparseVertices: try file.sparse(
                "phenotype_sparse", rows: rows - dense, vertexCount: v),
            bones: try bones.rows("phenotype", count: rows))
    }

    private static func localChanges(
        _ file: RigFile, vertexCount v: Int, bones: BoneReader
    ) throws -> LocalChanges {
        let names = try file.names("local_changes")
        let rows = 2 * names.count
        return LocalChanges(
            names: names, vertices: try file.sparse("local", rows: rows, vertexCount: v),
            bones: try bones.rows("local", count: rows))
    }

    private static func keypoints(_ file: RigFile, vertexCount v: Int) throws -> VertexRegressor {
        let names = try file.names("keypoints")
        let count = try file.shape("keypoint_vertices", rank: 1)[0]
        return VertexRegressor(
            names: names,
            starts: try file.starts("keypoint_starts", rows: names.count, end: count),
            vertices: try file.integers("keypoint_vertices", [count], Int32.self, in: 0..<v),
            weights: try file.floats("keypoint_weights", shape: [count]))
    }
}
