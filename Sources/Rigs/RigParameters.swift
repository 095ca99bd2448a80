import Foundation
import Spatial

/// Shape, expression and pose of a person in the words of a rig, out of a JSON file:
///
///     {"phenotype": {"gender": 0.9, "age": 0.6}, "localChanges": {"nose-width1-incr": 0.5},
///      "betas": [0.3, -1], "expression": {"jawOpen": 0.7}, "pose": {"left_elbow": [0, -1.2, 0]},
///      "leftHand": [1, 0.2], "rightHand": [], "flatHands": false, "translation": [0, 1, 0]}
///
/// Every key may be left out. Angles are axis-angles in radians, in the axes and the parameterisation
/// that the rig's own software takes by default.
public struct RigParameters: Equatable, Sendable {
    /// Anny's phenotypes and local changes by name.
    public var phenotype: [String: Float] = [:]
    public var localChanges: [String: Float] = [:]
    /// Shape coefficients.
    public var betas: [Float] = []
    /// Expression coefficients in the rig's order.
    public var expression: [Float] = []
    /// Face units by their ARKit names.
    public var namedExpression: [String: Float] = [:]
    /// Axis-angles by joint.
    public var pose: [String: Vector3] = [:]
    /// Coefficients of the principal components of the hands.
    public var leftHand: [Float]?
    public var rightHand: [Float]?
    /// Whether a hand's pose of zeros is flat, not the mean one.
    public var hasFlatHands = false
    /// How far the left and the right lid are closed, of FLAME with eyelids.
    public var eyelids = Vector2.zero
    /// Where the root goes, metres.
    public var translation = Vector3.zero

    public init() {}

    private static let keys = [
        "phenotype", "localChanges", "betas", "expression", "pose", "leftHand", "rightHand",
        "flatHands", "eyelids", "translation",
    ]

    /// Reads a file.
    ///
    /// - Throws: `RigError.parameters` where it is no JSON, or a value is of another kind than its
    ///   key asks for; `RigError.unknownName` for a key that there is not.
    public init(contentsOf url: URL) throws {
        let file = url.relativePath
        guard let data = try? Data(contentsOf: url) else {
            throw RigError.parameters(
                file: file, found: "nothing that can be read", expected: "a JSON object")
        }
        guard let root = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw RigError.parameters(file: file, found: "no JSON object", expected: "one")
        }
        func wrong(_ key: String, _ expected: String) -> RigError {
            .parameters(file: file, found: "another value of \"\(key)\"", expected: expected)
        }
        func number(_ value: Any) -> Float? {
            (value as? NSNumber).map(\.floatValue).flatMap { $0.isFinite ? $0 : nil }
        }
        func numbers(_ key: String) throws -> [Float]? {
            guard let value = root[key] else { return nil }
            guard let values = value as? [Any] else { throw wrong(key, "a list of numbers") }
            return try values.map {
                guard let number = number($0) else { throw wrong(key, "a list of finite numbers") }
                return number
            }
        }
        func named(_ key: String) throws -> [String: Float] {
            guard let value = root[key] else { return [:] }
            guard let values = value as? [String: Any] else { throw wrong(key, "numbers by name") }
            return try values.mapValues {
                guard let number = number($0) else { throw wrong(key, "finite numbers by name") }
                return number
            }
        }
        func vector(_ value: Any, _ key: String) throws -> Vector3 {
            guard let parts = (value as? [Any])?.compactMap(number), parts.count == 3,
                (value as? [Any])?.count == 3
            else { throw wrong(key, "three finite numbers") }
            return Vector3(parts[0], parts[1], parts[2])
        }
        if let unknown = root.keys.sorted().first(where: { !Self.keys.contains($0) }) {
            throw RigError.unknownName(
                kind: "parameter of a rig", name: unknown, available: Self.keys)
        }
        phenotype = try named("phenotype")
        localChanges = try named("localChanges")
        betas = try numbers("betas") ?? []
        if root["expression"] is [Any] {
            expression = try numbers("expression") ?? []
        } else {
            namedExpression = try named("expression")
        }
        leftHand = try numbers("leftHand")
        rightHand = try numbers("rightHand")
        if let flat = root["flatHands"] {
            guard let flat = flat as? Bool else { throw wrong("flatHands", "true or false") }
            hasFlatHands = flat
        }
        if let lids = try numbers("eyelids") {
            guard lids.count == 2 else { throw wrong("eyelids", "two numbers, left and right") }
            eyelids = Vector2(lids[0], lids[1])
        }
        if let value = root["translation"] { translation = try vector(value, "translation") }
        if let value = root["pose"] {
            guard let joints = value as? [String: Any] else {
                throw wrong("pose", "axis-angles by joint")
            }
            pose = try joints.reduce(into: [:]) { $0[$1.key] = try vector($1.value, $1.key) }
        }
    }
}
