import Foundation
import Media
import Rigs
import Spatial

extension ShapedRig {
    /// The rig as named tensors, and its bones' names as JSON in the metadata.
    func tensors() -> (tensors: [String: TensorData], metadata: [String: String]) {
        let bones = skeleton.count
        let names =
            (try? JSONEncoder().encode(skeleton.names)).map { String(decoding: $0, as: UTF8.self) }
        var optional: [String: TensorData] = [:]
        if let poseCorrectives {
            optional["pose_correctives"] = TensorData(
                poseCorrectives.directions, shape: [9 * (bones - 1), vertices.count, 3])
        }
        if !unitTurns.isEmpty {
            optional["unit_turns.units"] = TensorData(unitTurns.map { Int32($0.unit.rawValue) })
            optional["unit_turns.bones"] = TensorData(unitTurns.map { Int32($0.bone) })
            optional["unit_turns.axis_angles"] = TensorData(
                flatten(unitTurns.map(\.axisAngle)), shape: [unitTurns.count, 3])
        }
        let always: [String: TensorData] = [
            "vertices": TensorData(flatten(vertices), shape: [vertices.count, 3]),
            "skin.bones": TensorData(skin.bones, shape: [skin.count, skin.slots]),
            "skin.weights": TensorData(skin.weights, shape: [skin.count, skin.slots]),
            "face_units.starts": TensorData(faceUnits.starts.map(Int32.init)),
            "face_units.vertices": TensorData(faceUnits.vertices),
            "face_units.offsets": TensorData(
                flatten(faceUnits.offsets), shape: [faceUnits.vertices.count, 3]),
            "bones.parents": TensorData(skeleton.parents.map(Int32.init)),
            "bones.heads": TensorData(flatten(boneHeads), shape: [bones, 3]),
            "bones.orientations": TensorData(
                flatten(boneOrientations), shape: [bones, 3, 3]),
            "bones.reference_orientations": TensorData(
                flatten(skeleton.referenceOrientations), shape: [bones, 3, 3]),
        ]
        return (
            always.merging(optional) { first, _ in first }, ["bones.names": names ?? "[]"]
        )
    }

    /// The rig of `tensors`.
    ///
    /// - Throws: `AvatarError.invalid` where a tensor is missing or an index points nowhere.
    init(_ file: SafetensorsFile, name: String) throws {
        let reader = TensorReader(file: file, name: name)
        let parents = try reader.integers("bones.parents", shape: [nil])
        let names =
            (try? JSONDecoder().decode(
                [String].self, from: Data((file.metadata["bones.names"] ?? "").utf8))) ?? []
        let bones = parents.count
        try reader.require(
            names.count == bones && bones > 0 && bones <= Int(UInt16.max)
                && parents.enumerated().allSatisfy { $0 == 0 ? $1 == -1 : (0..<$0).contains($1) },
            found: "\(names.count) names and \(bones) parents of bones",
            expected: "a skeleton whose parents come before their children")

        let vertices = vectors(try reader.floats("vertices", shape: [nil, 3], within: -100...100))
        let skinBones = try reader.integers("skin.bones", shape: [vertices.count, nil])
        let weights = try reader.floats(
            "skin.weights", shape: [vertices.count, nil], within: 0...1.001)
        try reader.require(
            !vertices.isEmpty && !weights.isEmpty && skinBones.count == weights.count
                && skinBones.allSatisfy((0..<bones).contains),
            found: "skinning weights of other bones", expected: "weights of \(bones) bones")
        let slots = weights.count / vertices.count
        try reader.require(
            vertices.indices.allSatisfy { vertex in
                abs(weights[vertex * slots..<(vertex + 1) * slots].reduce(0, +) - 1) < 0.01
            }, found: "skinning weights of another sum", expected: "a sum of 1 at each vertex")

        let starts = try reader.integers("face_units.starts", shape: [FaceUnit.count + 1])
        let moved = try reader.integers("face_units.vertices", shape: [nil])
        let offsets = vectors(
            try reader.floats("face_units.offsets", shape: [moved.count, 3], within: -10...10))
        try reader.require(
            starts.first == 0 && starts.last == moved.count
                && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }
                && moved.allSatisfy((0..<vertices.count).contains),
            found: "face units of other vertices", expected: "face units of \(vertices.count)")

        self.init(
            skeleton: Skeleton(
                names: names, parents: parents,
                referenceOrientations: try reader.rotations(
                    "bones.reference_orientations", count: bones)),
            vertices: vertices,
            skin: SkinWeights(
                slots: slots, bones: skinBones.map(UInt16.init),
                weights: weights),
            faceUnits: SparseOffsets(
                starts: starts, vertices: moved.map(Int32.init), offsets: offsets),
            boneHeads: vectors(
                try reader.floats("bones.heads", shape: [bones, 3], within: -100...100)),
            boneOrientations: try reader.rotations("bones.orientations", count: bones),
            poseCorrectives: try Self.poseCorrectives(
                file, reader, shape: [9 * (bones - 1), vertices.count, 3]),
            unitTurns: try Self.unitTurns(file, reader, boneCount: bones))
    }

    private static func poseCorrectives(
        _ file: SafetensorsFile, _ reader: TensorReader, shape: [Int?]
    ) throws -> PoseCorrectives? {
        guard file.names.contains("pose_correctives") else { return nil }
        return PoseCorrectives(
            directions: try reader.floats("pose_correctives", shape: shape, within: -10...10))
    }

    private static func unitTurns(
        _ file: SafetensorsFile, _ reader: TensorReader, boneCount: Int
    ) throws -> [UnitTurn] {
        guard file.names.contains("unit_turns.units") else { return [] }
        let units = try reader.integers("unit_turns.units", shape: [nil])
        let bones = try reader.integers("unit_turns.bones", shape: [units.count])
        let turns = vectors(
            try reader.floats("unit_turns.axis_angles", shape: [units.count, 3], within: -10...10))
        try reader.require(
            units.allSatisfy { FaceUnit(rawValue: $0) != nil }
                && bones.allSatisfy((0..<boneCount).contains),
            found: "face units that turn other bones", expected: "turns of \(boneCount) bones")
        return zip(zip(units, bones), turns).compactMap { entry, turn in
            FaceUnit(rawValue: entry.0).map { UnitTurn(unit: $0, bone: entry.1, axisAngle: turn) }
        }
    }
}

func flatten(_ vectors: [Vector3]) -> [Float] {
    vectors.flatMap { [$0.x, $0.y, $0.z] }
}

func flatten(_ matrices: [Matrix3]) -> [Float] {
    matrices.flatMap { m in (0..<3).flatMap { row in (0..<3).map { m[row, $0] } } }
}

func vectors(_ values: [Float]) -> [Vector3] {
    (0..<values.count / 3).map {
        Vector3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2])
    }
}
