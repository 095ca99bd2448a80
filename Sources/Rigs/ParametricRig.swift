import Foundation
import Spatial

/// A parametric human: Anny, or a model out of a file of its authors'.
///
/// A person is made of it in two steps: `shaped` fixes the identity, which gives a `ShapedRig` in
/// world space (y up, metres); that one is posed, by `pose` and an expression, again and again.
public protocol ParametricRig: Sendable {
    /// The model's name, as "SMPL-X".
    var name: String { get }
    /// The mesh of the mean person at rest, in the model's own axes, units and order of vertices.
    var restMesh: TriangleMesh { get }
    /// The joints' names, J; the first is the root.
    var jointNames: [String] { get }
    /// The joints' parents, each before its children; −1 for the root.
    var jointParents: [Int] { get }
    /// How the joints move the vertices.
    var skin: SkinWeights { get }
    /// What each of the model's own expression coefficients is called.
    var expressionNames: [String] { get }
    /// The number of parameters of each kind, for people to read.
    var parameterCounts: [String: Int] { get }
    /// The part of the body that each vertex belongs to.
    var vertexParts: [BodyPart] { get }
    /// The names of the points that the model marks; see `landmarks(of:)`.
    var landmarkNames: [String] { get }

    /// The marked points of the mesh's vertices, in the order of `landmarkNames`.
    func landmarks(of vertices: [Vector3]) -> [Vector3]
    /// The person of some shape, with the model's own expression coefficients applied.
    ///
    /// - Throws: `RigError.unknownName` for names that the model has not; `RigError.expression` for
    ///   face units where it has no map of them.
    func shaped(_ parameters: RigParameters) throws -> ShapedRig
    /// The pose of a person, from the angles that the model's own software takes by default.
    ///
    /// - Throws: `RigError.unknownName` for a joint that there is not.
    func pose(_ parameters: RigParameters, of rig: ShapedRig) throws -> Pose
    /// A position of the model's own axes and units in world space: y up, metres.
    func toWorld(_ position: Vector3) -> Vector3
    /// A position of world space in the model's own axes and units.
    func toOwn(_ position: Vector3) -> Vector3
}

extension ParametricRig {
    /// The posed mesh in the model's own order of vertices, axes and units (Anny's: z up, facing −y;
    /// ICT-FaceKit's: centimetres; those of the SMPL family are the world's), with `toWorld` to turn it
    /// to y up and metres.
    ///
    /// - Throws: What `shaped`, `pose` and `RigParameters.faceUnits` throw.
    public func mesh(_ parameters: RigParameters) throws -> TriangleMesh {
        let expression = try parameters.faceUnits()
        let rig = try shaped(parameters)
        var workspace = PoseWorkspace(for: rig)
        rig.pose(try pose(parameters, of: rig), expression: expression, into: &workspace)
        var mesh = restMesh
        mesh.positions = workspace.vertices.prefix(mesh.positions.count).map(toOwn)
        return mesh
    }

    public func toWorld(_ position: Vector3) -> Vector3 { position }
    public func toOwn(_ position: Vector3) -> Vector3 { position }
}

extension RigParameters {
    /// The face units by name.
    ///
    /// - Throws: `RigError.unknownName` for what is none of the 52.
    public func faceUnits() throws -> FaceExpression {
        var expression = FaceExpression.neutral
        for (name, weight) in namedExpression {
            guard let unit = FaceUnit(name: name) else {
                throw RigError.unknownName(
                    kind: "face unit", name: name, available: FaceUnit.names)
            }
            expression[unit] = weight
        }
        return expression
    }
}

/// The parametric humans that there are.
public enum RigCatalogue {
    /// The rig of a name or a file: "anny" (or "anny:" and an `AnnyVariant`), the path of an `.npz` or
    /// `.pkl` of the SMPL family, or that of ICT-FaceKit's folder `FaceXModel`.
    ///
    /// - Throws: `RigError` and `MediaError` where there is no such file, or it holds something else.
    public static func rig(_ name: String) throws -> any ParametricRig {
        if name == "anny" { return try Anny.load() }
        if name.hasPrefix("anny:") {
            return try Anny.load(AnnyVariant(String(name.dropFirst("anny:".count))))
        }
        let url = URL(fileURLWithPath: name)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder),
            isFolder.boolValue
        {
            return try ICTModel(folder: url)
        }
        return try SMPLModel(contentsOf: url)
    }
}
