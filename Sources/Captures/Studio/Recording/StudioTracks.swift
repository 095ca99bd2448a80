import Foundation
import Media
import Rigs
import Spatial

/// Collects what is true of each frame, for `tracks.safetensors`.
///
/// Beside what every capture has: `joints` T×J×3 (world, metres), `light.sh` T×9×3, `light.key_direction`,
/// `light.key_colour` T×3, `light.key_radius` T, `wrinkles.bends` T×9 and `wrinkles.levels` T×6 (Gⱼ and
/// Hₖ of `WrinkleField`), `person` T; where there are several people, `person.phenotypes` T×11 and
/// `person.local_changes` T×L take the place of `shape.*`.
struct StudioTracks {
    private let plan: StudioPlan
    private let body: CanonicalBody
    private var floats: [String: (width: [Int], values: [Float])] = [:]
    private var people: [Int32] = []

    init(_ plan: StudioPlan, body: CanonicalBody) {
        (self.plan, self.body) = (plan, body)
    }

    private mutating func add(_ name: String, _ width: [Int], _ values: [Float]) {
        floats[name, default: (width, [])].values += values
    }

    /// Adds a frame.
    mutating func append(_ moment: StudioStage.Moment, _ shot: StudioPlan.Shot) {
        let bones = body.anny.skeleton.count
        func parts(_ v: Vector3) -> [Float] { [v.x, v.y, v.z] }
        add("pose", [bones, 4], moment.pose.rotations.flatMap { [$0.w, $0.x, $0.y, $0.z] })
        add("translation", [3], parts(moment.pose.rootTranslation))
        add("expression", [FaceUnit.count], moment.expression.weights)
        add("joints", [bones, 3], moment.bones.bonePoses.flatMap { parts($0.translation) })
        add("light.sh", [9, 3], shot.light.harmonics.flatMap(parts))
        add("light.key_direction", [3], parts(shot.light.keyDirection))
        add("light.key_colour", [3], parts(shot.light.keyColour))
        add("light.key_radius", [1], [shot.light.keyRadius])
        add("wrinkles.bends", [9], (0..<9).map { moment.wrinkles.bends[$0] })
        add("wrinkles.levels", [6], moment.wrinkles.levels)
        add(
            "cameras.view_matrices", [moment.cameras.count, 4, 4],
            moment.cameras.flatMap { $0.viewMatrix.rowMajor })
        people.append(Int32(shot.person))
        if isCrowd {
            let shape = plan.identities[shot.person].shape
            add("person.phenotypes", [shape.phenotypes.count], shape.phenotypes)
            add("person.local_changes", [shape.localChanges.count], shape.localChanges)
        }
    }

    private var isCrowd: Bool { plan.shots.contains { $0.person != 0 } }

    /// Writes the file.
    ///
    /// - Throws: As `AtomicFile.write`.
    func write(to url: URL) throws {
        func bytes<Element>(_ values: [Element]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
        let count = people.count
        var tensors = floats.mapValues { width, values in
            TensorData(elementType: .float32, shape: [count] + width, bytes: bytes(values))
        }
        tensors["person"] = TensorData(elementType: .int32, shape: [count], bytes: bytes(people))
        let times = (0..<count).map { plan.frameRate > 0 ? Double($0) / plan.frameRate : 0 }
        tensors["times"] = TensorData(elementType: .float64, shape: [count], bytes: bytes(times))
        if !isCrowd {
            let shape = plan.identities[0].shape
            tensors["shape.phenotypes"] = TensorData(
                elementType: .float32, shape: [shape.phenotypes.count],
                bytes: bytes(shape.phenotypes))
            tensors["shape.local_changes"] = TensorData(
                elementType: .float32, shape: [shape.localChanges.count],
                bytes: bytes(shape.localChanges))
        }
        try SafetensorsFile.write(
            tensors, metadata: ["format": "likeness-tracks", "version": "1", "rig": "anny"],
            to: url, overwrite: true)
    }
}
