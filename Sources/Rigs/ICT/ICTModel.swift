import Foundation
import Media
import Spatial

/// A head of ICT-FaceKit (Li et al. 2020, "Learning Formation of Physically-Based Face Attributes")
/// out of its `FaceXModel` folder, with whatever part of its identities and expressions is there.
///
/// Space: as in the files, about centimetres, y up, facing +z, the left eye at +x.
public struct ICTModel: Equatable, Sendable {
    /// The neutral mean head.
    public let neutral: TriangleMesh
    /// Identity directions, "identity000" first, as full offsets [V] each.
    public let identities: [[Vector3]]
    /// The names of the expressions that are there, in alphabetical order, as the files have them.
    public let expressionNames: [String]
    /// Their offsets.
    public let expressions: SparseOffsets
    /// The part of each vertex, by the material of the faces around it.
    public let vertexParts: [BodyPart]
    /// The vertices of the 68 landmarks of iBUG; empty where `vertex_indices.json` is not there.
    public let landmarkVertices: [Int]

    public static func == (a: ICTModel, b: ICTModel) -> Bool {
        a.neutral == b.neutral && a.identities == b.identities
            && a.expressionNames == b.expressionNames && a.expressions == b.expressions
    }

    static let neutralName = "generic_neutral_mesh"

    /// Reads a folder of .obj files: `generic_neutral_mesh`, `identityNNN` and expressions, each a
    /// whole head.
    ///
    /// - Throws: `MediaError` where a file cannot be read; `RigError.model` where the neutral head is
    ///   missing or a head has other vertices.
    public init(folder: URL) throws {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let names = files.filter { $0.hasSuffix(".obj") }.map { String($0.dropLast(4)) }.sorted()
        guard names.contains(Self.neutralName) else {
            throw RigError.model(
                file: folder.relativePath, found: "no \(Self.neutralName).obj",
                expected: "the folder FaceXModel of ICT-FaceKit")
        }
        let base = try OBJFile(contentsOf: folder.appending(path: Self.neutralName + ".obj"))
        let count = base.positions.count
        func offsets(_ name: String) throws -> [Vector3] {
            let url = folder.appending(path: name + ".obj")
            let positions = try OBJFile(contentsOf: url).positions
            guard positions.count == count else {
                throw RigError.model(
                    file: url.relativePath, found: "\(positions.count) vertices",
                    expected: "\(count), as many as the neutral head has,")
            }
            return zip(positions, base.positions).map { $0 - $1 }
        }
        neutral = base.mesh
        let isIdentity = { (name: String) in
            name.hasPrefix("identity") && Int(name.dropFirst(8)) != nil
        }
        identities = try names.filter(isIdentity).map(offsets)
        expressionNames = names.filter { !isIdentity($0) && $0 != Self.neutralName }
        expressions = SparseOffsets(
            rows: try expressionNames.map { name in
                try offsets(name).enumerated().compactMap {
                    $1 == .zero ? nil : (vertex: $0, offset: $1)
                }
            })
        var parts = [BodyPart](repeating: .face, count: count)
        for (face, material) in zip(base.faces, base.faceMaterials) where material >= 0 {
            let part = Self.part(base.materials[Int(material)])
            for corner in 0..<3 where part != .face { parts[Int(face[corner])] = part }
        }
        vertexParts = parts
        landmarkVertices = try Self.landmarks(
            folder.appending(path: "vertex_indices.json"), vertexCount: count)
    }

    /// The names that an ARKit unit has here: left and right are "_L" and "_R", and two units that
    /// ARKit has once are cut in halves.
    static func names(of unit: FaceUnit) -> [String] {
        switch unit {
        case .browInnerUp, .cheekPuff: return [unit.name + "_L", unit.name + "_R"]
        default:
            // "jawLeft" and its like move all of the mouth: only those with a partner per side change.
            if unit.name == "jawLeft" || unit.name == "jawRight" || unit.name == "mouthLeft"
                || unit.name == "mouthRight"
            {
                return [unit.name]
            }
            if unit.name.hasSuffix("Left") { return [unit.name.dropLast(4) + "_L"] }
            if unit.name.hasSuffix("Right") { return [unit.name.dropLast(5) + "_R"] }
            return [unit.name]
        }
    }

    /// The part that faces of a material belong to. The lids' inner rims and lashes are one material
    /// for both sides; they count as the face.
    private static func part(_ material: String) -> BodyPart {
        switch material {
        case "M_BackHead": .scalp
        case "M_GumsTongue": .mouthCavity
        case "M_Teeth": .upperTeeth
        case "M_ScleraLeft", "M_IrisLeft": .leftEye
        case "M_ScleraRight", "M_IrisRight": .rightEye
        default: .face
        }
    }

    /// The landmarks' vertices that the model's own table of indices names.
    private static func landmarks(_ url: URL, vertexCount: Int) throws -> [Int] {
        guard FileManager.default.fileExists(atPath: url.path) else { return [] }
        let root = try? JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
        guard let indices = root?["idx_to_landmark_verts"] as? [Int], indices.count == 68,
            indices.allSatisfy((0..<vertexCount).contains)
        else {
            throw RigError.model(
                file: url.relativePath, found: "another \"idx_to_landmark_verts\"",
                expected: "a list of 68 vertices")
        }
        return indices
    }
}
