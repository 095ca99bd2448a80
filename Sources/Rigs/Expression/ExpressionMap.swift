import Foundation
import Media
import Spatial

/// What ARKit's 52 face units do to a model of the SMPL family: coefficients of its expressions, turns
/// of its jaw, and how far its lids close. Linear in the units' weights.
///
/// The authors of FLAME and SMPL-X publish no such map; one is fitted to the file that a user has
/// (`init(fitting:to:)`, `likeness rig fit-expressions`) and kept beside it.
public struct ExpressionMap: Equatable, Sendable {
    /// The number of the model's expression coefficients, E.
    public let expressionCount: Int
    /// Coefficients [52, E].
    public let coefficients: [Float]
    /// The turns of the jaw by the units, axis-angles in radians.
    public let jaw: [Vector3]
    /// How far the units close the left and the right lid, of models that have eyelids.
    public let eyelids: [Vector2]
    /// Of each unit, the part of its movement that the model reaches: 1 − |residual| / |movement|; 0 for
    /// units that move no skin.
    public let reached: [Float]

    init(
        expressionCount: Int, coefficients: [Float], jaw: [Vector3], eyelids: [Vector2],
        reached: [Float]
    ) {
        precondition(coefficients.count == FaceUnit.count * expressionCount)
        precondition([jaw.count, eyelids.count, reached.count].allSatisfy { $0 == FaceUnit.count })
        self.expressionCount = expressionCount
        (self.coefficients, self.jaw, self.eyelids) = (coefficients, jaw, eyelids)
        self.reached = reached
    }

    /// Where the map of a model's file is kept: `MODEL.arkit.safetensors` in the same folder.
    public static func url(beside model: URL) -> URL {
        model.deletingPathExtension().appendingPathExtension("arkit.safetensors")
    }

    /// Reads a map.
    ///
    /// - Throws: `MediaError` where it cannot be read; `RigError.damaged` where it is not the map of
    ///   a model with so many expressions.
    public init(contentsOf url: URL, expressionCount: Int) throws {
        let file = try SafetensorsFile(contentsOf: url)
        func values(_ name: String, _ width: Int) throws -> [Float] {
            guard let shape = file.layout(of: name)?.shape, shape == [FaceUnit.count, width],
                case let values = try file.tensor(name).floats(),
                values.allSatisfy({ $0.isFinite && abs($0) < 1e4 })
            else {
                throw RigError.expressionMap(
                    file: url.relativePath, found: "no finite \"\(name)\" of that size",
                    expected: "[\(FaceUnit.count), \(width)]")
            }
            return values
        }
        let lids = try values("eyelids", 2)
        self.init(
            expressionCount: expressionCount,
            coefficients: try values("expression", expressionCount),
            jaw: SMPLModel.vectors(try values("jaw", 3)),
            eyelids: (0..<FaceUnit.count).map { Vector2(lids[2 * $0], lids[2 * $0 + 1]) },
            reached: try values("reached", 1))
    }

    /// Writes the map, by a temporary name.
    ///
    /// - Throws: `MediaError` where it cannot be written.
    public func write(to url: URL, overwrite: Bool) throws {
        let rows = FaceUnit.count
        try SafetensorsFile.write(
            [
                "expression": TensorData(coefficients, shape: [rows, expressionCount]),
                "jaw": TensorData(jaw.flatMap { [$0.x, $0.y, $0.z] }, shape: [rows, 3]),
                "eyelids": TensorData(eyelids.flatMap { [$0.x, $0.y] }, shape: [rows, 2]),
                "reached": TensorData(reached, shape: [rows, 1]),
            ],
            metadata: ["format": "likeness.expression-map", "units": "ARKit, Live Link's order"],
            to: url, overwrite: overwrite)
    }

    /// What each unit adds to the rest shape of a model [52 rows].
    func offsets(of model: SMPLModel) -> SparseOffsets {
        precondition(model.expressionCount == expressionCount)
        var rows: [[(vertex: Int, offset: Vector3)]] = []
        for unit in 0..<FaceUnit.count {
            var sum = [Vector3](repeating: .zero, count: model.vertexCount)
            SMPLModel.add(
                model.expressionDirections,
                Array(coefficients[unit * expressionCount..<(unit + 1) * expressionCount]),
                count: expressionCount, to: &sum)
            if !model.eyelidDirections.isEmpty {
                SMPLModel.add(
                    model.eyelidDirections, [eyelids[unit].x, eyelids[unit].y], count: 2, to: &sum)
            }
            // A micrometre is not seen, and rows of a few vertices cost less.
            rows.append(
                sum.enumerated().compactMap { $1.length > 1e-6 ? (vertex: $0, offset: $1) : nil })
        }
        return SparseOffsets(rows: rows)
    }

    /// How the units turn the jaw of a model.
    func jawTurns(of model: SMPLModel) -> [UnitTurn] {
        guard let bone = model.jointNames.firstIndex(of: "jaw") else { return [] }
        return zip(FaceUnit.allCases, jaw).compactMap {
            $1 == .zero ? nil : UnitTurn(unit: $0, bone: bone, axisAngle: $1)
        }
    }
}
