import Foundation
import Spatial

/// A parametric human of any kind that is understood: Anny, or a model out of a file of its authors'.
public enum RigModel: Sendable {
    case anny(Anny)
    case smpl(SMPLModel)
    case ict(ICTModel)

    /// The rig of a name or a file: "anny" (or "anny:" and an `AnnyVariant`), the path of an `.npz` or `.pkl` of the SMPL family, or that
    /// of ICT-FaceKit's folder `FaceXModel`.
    ///
    /// - Throws: `RigError` and `MediaError` where there is no such file, or it holds something else.
    public init(_ name: String) throws {
        let url = URL(fileURLWithPath: name)
        var isFolder: ObjCBool = false
        if name == "anny" || name.hasPrefix("anny:") {
            let variant = try name == "anny" ? .standard : AnnyVariant(String(name.dropFirst(5)))
            self = .anny(try Anny.load(variant))
        } else if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder),
            isFolder.boolValue
        {
            self = .ict(try ICTModel(folder: url))
        } else {
            self = .smpl(try SMPLModel(contentsOf: url))
        }
    }

    public var name: String {
        switch self {
        case .anny: "Anny"
        case .smpl(let model): model.kind.rawValue
        case .ict: "ICT-FaceKit"
        }
    }

    /// The joints' names.
    public var jointNames: [String] {
        switch self {
        case .anny(let anny): anny.boneNames
        case .smpl(let model): model.jointNames
        case .ict: []
        }
    }

    /// The number of vertices and of triangles of the rig's own mesh.
    public var meshSize: (vertices: Int, faces: Int) {
        switch self {
        case .anny(let anny): (anny.coreVertexCount, anny.coreFaceCount)
        case .smpl(let model): (model.vertexCount, model.faces.count)
        case .ict(let head): (head.neutral.positions.count, head.neutral.faces.count)
        }
    }

    /// The posed mesh in the rig's own order of vertices and its own axes (Anny's: z up, facing −y;
    /// the SMPL family's and ICT-FaceKit's: y up, facing +z), with `toWorld` to turn it to y up and
    /// metres.
    ///
    /// - Throws: `RigError.unknownName` for a name that the rig has not; `RigError.expression` for
    ///   face units by name where the rig has no map of them.
    public func mesh(_ parameters: RigParameters) throws -> TriangleMesh {
        switch self {
        case .anny(let anny): try Self.mesh(anny, parameters)
        case .smpl(let model): try Self.mesh(model, parameters)
        case .ict(let head): try Self.mesh(head, parameters)
        }
    }

    /// A position of the rig's own axes with y up, in metres.
    public func toWorld(_ position: Vector3) -> Vector3 {
        switch self {
        case .anny: AnnyAxes.fromAnny(position)
        case .smpl: position
        // Centimetres in the files.
        case .ict: position * 0.01
        }
    }

    private static func mesh(_ anny: Anny, _ parameters: RigParameters) throws -> TriangleMesh {
        var expression = try expression(parameters)
        for (index, weight) in parameters.expression.prefix(FaceUnit.count).enumerated() {
            expression.weights[index] += weight
        }
        let rig = anny.shaped(
            try anny.shape(
                phenotypes: parameters.phenotype, localChanges: parameters.localChanges),
            expression: expression)
        let pose = try Pose(
            rig.skeleton,
            rotations: parameters.pose.mapValues {
                AnnyAxes.fromAnny(Quaternion(axisAngle: $0))
            }, rootTranslation: AnnyAxes.fromAnny(parameters.translation))
        var workspace = PoseWorkspace(for: rig)
        rig.pose(pose, expression: expression, into: &workspace)
        return TriangleMesh(
            positions: workspace.vertices.prefix(anny.coreVertexCount).map(AnnyAxes.toAnny),
            faces: Array(anny.mesh.faces.prefix(anny.coreFaceCount)), uvs: anny.mesh.uvs,
            uvFaces: Array(anny.mesh.uvFaces.prefix(anny.coreFaceCount)))
    }

    private static func expression(_ parameters: RigParameters) throws -> FaceExpression {
        var expression = FaceExpression.neutral
        for (name, weight) in parameters.namedExpression {
            guard let unit = FaceUnit(name: name) else {
                throw RigError.unknownName(
                    kind: "face unit", name: name, available: FaceUnit.names)
            }
            expression[unit] = weight
        }
        return expression
    }

    private static func mesh(_ head: ICTModel, _ parameters: RigParameters) throws -> TriangleMesh {
        if let joint = parameters.pose.keys.sorted().first {
            throw RigError.unknownName(kind: "joint", name: joint, available: ["none"])
        }
        var mesh = head.neutral
        mesh.positions = head.vertices(
            identity: parameters.betas, expression: try expression(parameters),
            coefficients: parameters.expression
        ).map { $0 + parameters.translation }
        return mesh
    }

    private static func mesh(_ model: SMPLModel, _ parameters: RigParameters) throws
        -> TriangleMesh
    {
        if let name = parameters.namedExpression.keys.sorted().first {
            throw RigError.expression(rig: model.kind.rawValue, name: name)
        }
        var values = SMPLParameters()
        values.betas = parameters.betas
        values.expression = parameters.expression
        (values.leftHand, values.rightHand) = (parameters.leftHand, parameters.rightHand)
        values.hasFlatHands = parameters.hasFlatHands
        values.translation = parameters.translation
        let names = model.jointNames
        for (name, angle) in parameters.pose {
            guard let joint = names.firstIndex(of: name) else {
                throw RigError.unknownName(kind: "joint", name: name, available: names)
            }
            values.pose[joint] = angle
        }
        return TriangleMesh(
            positions: model.posed(values).vertices, faces: model.faces, uvs: model.uvs,
            uvFaces: model.uvFaces)
    }
}
