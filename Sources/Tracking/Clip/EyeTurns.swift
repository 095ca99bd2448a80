import Rigs
import Torch

/// The face units that turn the eyes, as four angles: of the left eye towards the person's left and up,
/// and the same of the right eye.
enum EyeTurns {
    /// The unit that turns an eye so, and the one that turns it back.
    static let units: [(towards: FaceUnit, back: FaceUnit)] = [
        (.eyeLookOutLeft, .eyeLookInLeft), (.eyeLookUpLeft, .eyeLookDownLeft),
        (.eyeLookInRight, .eyeLookOutRight), (.eyeLookUpRight, .eyeLookDownRight),
    ]

    /// All of them.
    static let all = units.flatMap { [$0.towards, $0.back] }

    /// What makes the angles, in shares of the greatest, of all units' weights [52, 4].
    static var matrix: Tensor {
        var values = [Float](repeating: 0, count: 4 * FaceUnit.count)
        for (k, pair) in units.enumerated() {
            values[4 * pair.towards.rawValue + k] = 1
            values[4 * pair.back.rawValue + k] = -1
        }
        return Tensor(values, shape: [FaceUnit.count, 4])
    }
}
