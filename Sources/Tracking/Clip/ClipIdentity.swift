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

    /// The average person before a lens as phones have: 45° across the longer side.
    init(model: ClipModel, width: Int, height: Int) {
        // Not at zero: there the shape has a kink, and with it no gradient.
        phenotypes = [Float](repeating: 0.05, count: Phenotype.standard.count)
        changes = [Float](repeating: 0.002, count: model.changeGroupCount)
        offsets = [Float](repeating: 0, count: 3 * RigFitter.joints.count)
        focal = 1.2 * Float(max(width, height))
    }

    var tensors: [String: TensorData] {
        [
            "phenotypes": TensorData(phenotypes), "changes": TensorData(changes),
            "offsets": TensorData(offsets), "focal": TensorData([focal]),
        ]
    }

    /// Reads what `tensors` gave; nil where it is of another rig.
    init?(_ file: SafetensorsFile, model: ClipModel) throws {
        phenotypes = try file.tensor("phenotypes").floats()
        changes = try file.tensor("changes").floats()
        offsets = try file.tensor("offsets").floats()
        focal = try file.tensor("focal").floats().first ?? 0
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
