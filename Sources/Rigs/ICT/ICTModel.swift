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
    /// The vertices of the left and of the right eyeball.
    let eyes: (left: [Int], right: [Int])

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
        func eye(_ side: String) -> [Int] {
            let parts = ["M_Sclera" + side, "M_Iris" + side]
            var vertices: Set<Int> = []
            for (face, material) in zip(base.faces, base.faceMaterials)
            where material >= 0 && parts.contains(base.materials[Int(material)]) {
                for corner in 0..<3 { vertices.insert(Int(face[corner])) }
            }
            return vertices.sorted()
        }
        eyes = (eye("Left"), eye("Right"))
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

    /// How far an eye turns at a weight of 1, to the side and up or down, radians. The files' own
    /// shapes of looking move the lids alone; these are round angles that a person reaches.
    static let largestGaze = (side: Float(0.52), height: Float(0.4))

    /// The vertices of a head, V.
    ///
    /// - Parameters:
    ///   - identity: coefficients of the identities; those that are left out are 0.
    ///   - expression: face units; those whose files are not there do nothing, but the eyes always
    ///     turn.
    ///   - coefficients: of `expressionNames` in their order, added to the units'.
    public func vertices(
        identity: [Float] = [], expression: FaceExpression = .neutral, coefficients: [Float] = []
    ) -> [Vector3] {
        var positions = neutral.positions
        for (offsets, weight) in zip(identities, identity) where weight != 0 {
            for vertex in positions.indices { positions[vertex] += offsets[vertex] * weight }
        }
        var weights = [Float](repeating: 0, count: expressionNames.count)
        for (index, weight) in coefficients.prefix(weights.count).enumerated() {
            weights[index] = weight
        }
        for unit in FaceUnit.allCases where expression[unit] != 0 {
            for name in Self.names(of: unit) {
                if let row = expressionNames.firstIndex(of: name) {
                    weights[row] += expression[unit]
                }
            }
        }
        let centres = [eyes.left, eyes.right].map { eye in
            eye.isEmpty ? .zero : eye.reduce(Vector3.zero) { $0 + positions[$1] } / Float(eye.count)
        }
        expressions.add(weights: weights, to: &positions)
        let e = expression
        let turns = [
            (e[.eyeLookOutLeft] - e[.eyeLookInLeft], e[.eyeLookDownLeft] - e[.eyeLookUpLeft]),
            (e[.eyeLookInRight] - e[.eyeLookOutRight], e[.eyeLookDownRight] - e[.eyeLookUpRight]),
        ]
        for ((eye, centre), (side, height)) in zip(zip([eyes.left, eyes.right], centres), turns)
        where side != 0 || height != 0 {
            let turn =
                Quaternion(angle: side * Self.largestGaze.side, axis: Vector3(0, 1, 0))
                * Quaternion(angle: height * Self.largestGaze.height, axis: Vector3(1, 0, 0))
            for vertex in eye {
                positions[vertex] = centre + turn.matrix * (positions[vertex] - centre)
            }
        }
        return positions
    }
}
