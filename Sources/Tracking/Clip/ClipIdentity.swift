import Media
import Rigs
import Spatial

/// What stays the same through a clip: the person's shape and the lens.
struct ClipIdentity: Equatable {
    /// The six phenotypes of `Phenotype.standard`, as logits.
    var phenotypes: [Float]
    /// Local changes by group, before the hyperbolic tangent.
    var changes: [Float]
    /// Where the tracker sees the joints, from the bones' heads in the bones' own turned axes [18 × 3],
    /// metres.
    var offsets: [Float]
    /// The focal length in pixels.
    var focal: Float
    /// The focal lengths between which the pictures do not choose; nil where it was not estimated.
    var focalRange: ClosedRange<Float>?

    /// The average person before a lens as phones have.
    init(model: ClipModel, width: Int, height: Int) {
        let start = RigFitter.shapeStart
        phenotypes = [Float](repeating: start.phenotype, count: Phenotype.standard.count)
        changes = [Float](repeating: start.change, count: model.changeGroupCount)
        offsets = [Float](repeating: 0, count: 3 * RigFitter.joints.count)
        focal = Float(max(width, height)) / 2 / LensCurve.likely
    }

    init(phenotypes: [Float], changes: [Float], offsets: [Float], focal: Float) {
        (self.phenotypes, self.changes) = (phenotypes, changes)
        (self.offsets, self.focal) = (offsets, focal)
    }

    /// Whether an estimated lens is more than a likely one: the pictures tell it to within about half
    /// to each side.
    var isLensTold: Bool {
        focalRange.map { $0.upperBound < 2.2 * $0.lowerBound } ?? false
    }

    var tensors: [String: TensorData] {
        [
            "phenotypes": TensorData(phenotypes), "changes": TensorData(changes),
            "offsets": TensorData(offsets),
            "focal": TensorData(
                [focal] + (focalRange.map { [$0.lowerBound, $0.upperBound] } ?? [])),
        ]
    }

    /// Reads what `tensors` gave; nil where it is of another rig.
    init?(_ file: SafetensorsFile, model: ClipModel) throws {
        phenotypes = try file.tensor("phenotypes").floats()
        changes = try file.tensor("changes").floats()
        offsets = try file.tensor("offsets").floats()
        let lens = try file.tensor("focal").floats()
        focal = lens.first ?? 0
        if lens.count == 3, lens[1] <= lens[2] { focalRange = lens[1]...lens[2] }
        guard phenotypes.count == Phenotype.standard.count,
            changes.count == model.changeGroupCount,
            offsets.count == 3 * RigFitter.joints.count, focal > 0, focal.isFinite
        else { return nil }
    }
}

/// What the person does, frame by frame: arrays over T frames.
struct ClipMotion: Equatable {
    /// The root's rotation and those of the posed bones, axis-angle [T, 1 + P, 3].
    var turns: [Float] = []
    /// The root's position [T, 3], metres, before the camera at the origin that looks along −z.
    var translations: [Float] = []
    /// The face units [T, 52].
    var expressions: [Float] = []

    var count: Int { translations.count / 3 }

    static func + (a: ClipMotion, b: ClipMotion) -> ClipMotion {
        ClipMotion(
            turns: a.turns + b.turns, translations: a.translations + b.translations,
            expressions: a.expressions + b.expressions)
    }

    /// The frames of a range.
    func frames(_ range: Range<Int>) -> ClipMotion {
        func part(_ values: [Float]) -> [Float] {
            let size = count > 0 ? values.count / count : 0
            return Array(values[range.lowerBound * size..<range.upperBound * size])
        }
        return ClipMotion(
            turns: part(turns), translations: part(translations), expressions: part(expressions))
    }

    /// With the frames in which nobody was seen between what was before and what comes after.
    func bridged(_ flags: [FrameFlags]) -> ClipMotion {
        var result = self
        let seen = flags.indices.filter { !flags[$0].contains(.nobody) }
        guard !seen.isEmpty else { return self }
        func bridge(_ values: inout [Float]) {
            let size = values.count / count
            for t in flags.indices where flags[t].contains(.nobody) {
                let before = seen.last { $0 < t }
                let after = seen.first { $0 > t }
                let (a, b) = (before ?? after!, after ?? before!)
                let part = a == b ? 0 : Float(t - a) / Float(b - a)
                for k in 0..<size {
                    let (x, y) = (values[a * size + k], values[b * size + k])
                    values[t * size + k] = x + part * (y - x)
                }
            }
        }
        bridge(&result.turns)
        bridge(&result.translations)
        bridge(&result.expressions)
        return result
    }

    var tensors: [String: TensorData] {
        [
            "turns": TensorData(turns), "translations": TensorData(translations),
            "expressions": TensorData(expressions),
        ]
    }

    init(turns: [Float] = [], translations: [Float] = [], expressions: [Float] = []) {
        (self.turns, self.translations, self.expressions) = (turns, translations, expressions)
    }

    /// Reads what `tensors` gave; nil where it is of another rig.
    init?(_ file: SafetensorsFile, model: ClipModel) throws {
        turns = try file.tensor("turns").floats()
        translations = try file.tensor("translations").floats()
        expressions = try file.tensor("expressions").floats()
        guard turns.count == 3 * (1 + model.posedBones.count) * count,
            expressions.count == FaceUnit.count * count
        else { return nil }
    }

    /// The pose of a frame.
    func pose(_ t: Int, model: ClipModel) -> Pose {
        var pose = Pose(boneCount: model.anny.skeleton.count)
        let first = 3 * t * (1 + model.posedBones.count)
        for (k, bone) in ([0] + model.posedBones.map(\.bone)).enumerated() {
            let i = first + 3 * k
            pose.rotations[bone] = Quaternion(
                axisAngle: Vector3(turns[i], turns[i + 1], turns[i + 2]))
        }
        pose.rootTranslation = Vector3(
            translations[3 * t], translations[3 * t + 1], translations[3 * t + 2])
        return pose
    }

    func expression(_ t: Int) -> FaceExpression {
        FaceExpression(
            weights: Array(expressions[t * FaceUnit.count..<(t + 1) * FaceUnit.count]))
    }
}
