import Spatial

/// Blend shapes that follow the pose: what each element of a joint's rotation adds to the rest shape
/// before skinning (Loper et al. 2015, eq. 9).
public struct PoseCorrectives: Equatable, Sendable {
    /// The directions [9·(J − 1), V, 3] of the elements, row by row, of R − 1 of the joints 1…J − 1.
    public let directions: [Float]

    public init(directions: [Float]) { self.directions = directions }

    /// Adds the correctives of some rotations to positions. Joints at rest cost nothing; the others
    /// O(9·V).
    ///
    /// - Parameter rotations: one a joint, relative to the parent at rest.
    func add(_ rotations: [Quaternion], to positions: UnsafeMutableBufferPointer<Vector3>) {
        let width = 3 * positions.count
        precondition(directions.count == 9 * (rotations.count - 1) * width)
        directions.withUnsafeBufferPointer { directions in
            for (joint, rotation) in rotations.enumerated().dropFirst()
            where rotation != .identity {
                let matrix = rotation.matrix
                for element in 0..<9 {
                    let (row, column) = (element / 3, element % 3)
                    let weight = matrix[row, column] - (row == column ? 1 : 0)
                    guard weight != 0 else { continue }
                    let direction = directions.baseAddress! + (9 * (joint - 1) + element) * width
                    for vertex in positions.indices {
                        let i = 3 * vertex
                        positions[vertex] +=
                            Vector3(direction[i], direction[i + 1], direction[i + 2]) * weight
                    }
                }
            }
        }
    }
}

/// A bone that a face unit turns: the jaw of one model, the eyeballs of another.
public struct UnitTurn: Equatable, Sendable {
    public let unit: FaceUnit
    public let bone: Int
    /// The turn at weight 1, radians about the axes that poses are given in.
    public let axisAngle: Vector3

    public init(unit: FaceUnit, bone: Int, axisAngle: Vector3) {
        (self.unit, self.bone, self.axisAngle) = (unit, bone, axisAngle)
    }

    /// The turns of two eyeballs by the `eyeLook…` units, in the angles of `Gaze`; of bones whose axes
    /// are the world's, the person facing +z.
    static func eyes(left: Int, right: Int) -> [UnitTurn] {
        let (side, height) = (Gaze.fullTurn.x, Gaze.fullTurn.y)
        return [
            UnitTurn(unit: .eyeLookOutLeft, bone: left, axisAngle: Vector3(0, side, 0)),
            UnitTurn(unit: .eyeLookInLeft, bone: left, axisAngle: Vector3(0, -side, 0)),
            UnitTurn(unit: .eyeLookDownLeft, bone: left, axisAngle: Vector3(height, 0, 0)),
            UnitTurn(unit: .eyeLookUpLeft, bone: left, axisAngle: Vector3(-height, 0, 0)),
            UnitTurn(unit: .eyeLookInRight, bone: right, axisAngle: Vector3(0, side, 0)),
            UnitTurn(unit: .eyeLookOutRight, bone: right, axisAngle: Vector3(0, -side, 0)),
            UnitTurn(unit: .eyeLookDownRight, bone: right, axisAngle: Vector3(height, 0, 0)),
            UnitTurn(unit: .eyeLookUpRight, bone: right, axisAngle: Vector3(-height, 0, 0)),
        ]
    }
}

extension Pose {
    /// The pose with the bones turned that an expression turns; turns of one bone add up as vectors.
    func turned(by turns: [UnitTurn], _ expression: FaceExpression) -> Pose {
        var sums: [Int: Vector3] = [:]
        for turn in turns where expression[turn.unit] != 0 {
            sums[turn.bone, default: .zero] += turn.axisAngle * expression[turn.unit]
        }
        guard !sums.isEmpty else { return self }
        var pose = self
        for (bone, turn) in sums {
            pose.rotations[bone] = pose.rotations[bone] * Quaternion(axisAngle: turn)
        }
        return pose
    }
}
