import Foundation
import Rigs
import Spatial
import Torch

/// Fits the rig to a run of frames at once, by gradient descent: one shape and lens for all, pose,
/// hands, expression, gaze and place for each.
///
/// Terms, of each frame in units of the person's size: landmarks of face, pupils, body and hands; the
/// limbs' directions in depth; skin outside the mask, and the mask's outline away from the skin; the
/// measured surface; priors on angles, bends, shape and expression; feet that rest; and, across
/// frames, the accelerations of joints and face units: as small as they can be while landmarks are met
/// as well as by each frame alone. Cost: O(T) for each of some 200 steps.
final class ClipFitter {
    /// How strongly each kind of term counts.
    struct Weights {
        /// Of accelerations, to begin with; 0 fits each frame by itself.
        var smoothness: Double = 0.2
        var hands: Double = 0.03
        var outline: Double = 1
        /// Of measured depth, and how far off a surface may be to count, metres.
        var depth: Double = 1
        var depthScale: Double = 0.03
        /// Of the skin's and the clothes' colours, which stay.
        var texture: Double = 0.5
    }

    let model: ClipModel
    let camera: Camera
    var weights = Weights()
    /// The focal length if it is known, pixels.
    let knownFocal: Float?
    let identityPrior: ClipIdentity

    init(model: ClipModel, width: Int, height: Int, knownFocal: Float? = nil) {
        self.model = model
        self.knownFocal = knownFocal
        identityPrior = ClipIdentity(model: model, width: width, height: height)
        let focal = knownFocal ?? identityPrior.focal
        camera = Self.camera(focal: focal, width: width, height: height)
    }

    /// A camera at the origin that looks along −z, y up.
    static func camera(focal: Float, width: Int, height: Int) -> Camera {
        Camera(
            intrinsics: Intrinsics(
                fx: focal, fy: focal, cx: Float(width) / 2, cy: Float(height) / 2),
            width: width, height: height,
            viewMatrix: AffineTransform(linear: Matrix3(diagonal: Vector3(1, -1, -1))))
    }

    /// What is optimised.
    final class Unknowns {
        var turns: Tensor
        var translations: Tensor
        var expressions: Tensor
        var phenotypes: Tensor
        var changes: Tensor
        var offsets: Tensor
        var logFocal: Tensor
        /// The focal length that is likeliest before anything is seen.
        let likelyFocal: Float
        /// The body at rest, where the shape does not change.
        var rest: DifferentiableAnny.Rest?

        init(motion: ClipMotion, identity: ClipIdentity, bones: Int, wantsShape: Bool) {
            let frames = motion.count
            turns = Tensor(motion.turns, shape: [frames, bones, 3]).requiringGrad()
            translations = Tensor(motion.translations, shape: [frames, 3]).requiringGrad()
            expressions = Tensor(motion.expressions, shape: [frames, FaceUnit.count])
                .requiringGrad()
            phenotypes = Tensor(identity.phenotypes).requiringGrad(wantsShape)
            changes = Tensor(identity.changes).requiringGrad(wantsShape)
            offsets = Tensor(identity.offsets, shape: [identity.offsets.count / 3, 3])
                .requiringGrad(wantsShape)
            logFocal = Tensor(log(identity.focal)).requiringGrad(wantsShape)
            likelyFocal = identity.focal
        }

        var motion: ClipMotion {
            ClipMotion(
                turns: turns.array(), translations: translations.array(),
                expressions: expressions.array())
        }

        var identity: ClipIdentity {
            ClipIdentity(
                phenotypes: phenotypes.array(), changes: changes.array(), offsets: offsets.array(),
                focal: exp(logFocal.item()))
        }
    }

    /// What is found anew every few steps, and passes no gradient.
    struct Matches {
        /// The skin's vertex nearest to each point of the masks' outlines [T, K].
        var nearest: Tensor
        /// Which of the skin's vertices each frame shows [T, N]; only where depth is known.
        var visible: Tensor?
    }

    /// The frames before a window, which are not changed any more: what it has to join on to.
    struct Before {
        /// The moving joints of two frames [2, M, 3].
        var joints: Tensor
        var expressions: Tensor
    }

    // MARK: - Fits

    /// Each frame's pose as a beginning.
    func initialMotion(_ evidence: ClipEvidence, identity: ClipIdentity) -> ClipMotion {
        let initial = InitialPose(model: model)
        var motion = ClipMotion()
        for t in 0..<evidence.count {
            motion.turns += initial.turns(evidence, t)
            motion.translations += [0, 0, 0]
            motion.expressions += [Float](repeating: 0, count: FaceUnit.count)
        }
        let unknowns = Unknowns(
            motion: motion, identity: identity, bones: 1 + model.posedBones.count,
            wantsShape: false)
        let (face, joints) = noGrad { () -> ([Float], [Float]) in
            let (vertices, joints, _) = posed(unknowns)
            return (
                model.faceLandmarks(vertices).array(),
                joints.indexSelect(1, model.bodyBones).array()
            )
        }
        let centre = Vector2(Float(evidence.width), Float(evidence.height)) / 2
        let count = RigFitter.joints.count
        var last: Vector3?
        for t in 0..<evidence.count {
            var (points, pixels, weights): ([Vector3], [Vector2], [Float]) = ([], [], [])
            for (k, joint) in RigFitter.joints.enumerated() {
                let i = 3 * (t * count + k)
                points.append(Vector3(joints[i], joints[i + 1], joints[i + 2]))
                let p = evidence.bodyPoint(t, joint.point)
                pixels.append(Vector2(p.x, p.y))
                weights.append(joint.weight * evidence.visibility(t, joint.point))
            }
            let seen = evidence.facePoints(t) ?? []
            for k in stride(from: 0, to: min(seen.count, FaceMesh.pointCount), by: 12) {
                let i = 3 * (t * FaceMesh.pointCount + k)
                points.append(Vector3(face[i], face[i + 1], face[i + 2]))
                pixels.append(seen[k])
                weights.append(0.1)
            }
            var place = last ?? Vector3(0, 0, -2)
            if weights.reduce(0, +) > 1 {
                place = InitialPose.translation(
                    points: points, pixels: pixels, weights: weights, focal: identity.focal,
                    centre: centre)
                last = place
            }
            for k in 0..<3 { motion.translations[3 * t + k] = place[k] }
        }
        return motion
    }

    /// Finds shape and lens from a few frames far apart, which need not follow one another.
    func identify(
        _ evidence: ClipEvidence, progress: (Int) throws -> Void = { _ in }
    ) throws -> ClipIdentity {
        let targets = ClipTargets(evidence)
        var identity = identityPrior
        if let knownFocal { identity.focal = knownFocal }
        var unknowns = Unknowns(
            motion: initialMotion(evidence, identity: identity), identity: identity,
            bones: 1 + model.posedBones.count, wantsShape: true)
        var weights = weights
        weights.smoothness = 0
        var done = 0
        func optimise(
            _ stage: Int, _ turn: Double, _ place: Double, _ face: Double,
            _ shape: [(Tensor, Double)], focal: Double
        ) throws {
            var rates = [
                (unknowns.turns, turn), (unknowns.translations, place),
                (unknowns.expressions, face),
            ]
            rates += shape
            if knownFocal == nil && focal > 0 { rates.append((unknowns.logFocal, focal)) }
            try self.optimise(
                unknowns, rates, steps: Self.identitySteps[stage], targets, weights, nil
            ) {
                done += 1
                try progress(done)
            }
        }
        try optimise(0, 0.02, 0.02, 0.02, [], focal: 0)
        if knownFocal == nil, let ratio = distanceRatio(unknowns, targets) {
            // A person of about the usual size, as far away as was measured: that is the lens.
            var motion = unknowns.motion
            for t in 0..<motion.count { motion.translations[3 * t + 2] *= ratio }
            identity.focal *= ratio
            unknowns = Unknowns(
                motion: motion, identity: identity, bones: 1 + model.posedBones.count,
                wantsShape: true)
        }
        try optimise(
            1, 0.01, 0.01, 0.03, [(unknowns.phenotypes, 0.05), (unknowns.offsets, 0.001)],
            focal: 0.005)
        try optimise(
            2, 0.006, 0.004, 0.02,
            [(unknowns.phenotypes, 0.02), (unknowns.changes, 0.04), (unknowns.offsets, 0.001)],
            focal: 0.002)
        return unknowns.identity
    }

    static let identitySteps = [50, 80, 120]
    static let motionSteps = [50, 70, 80]

    /// Finds what the person does in frames that follow one another.
    ///
    /// - Parameter before: What the first frame has to join on to.
    func follow(
        _ evidence: ClipEvidence, identity: ClipIdentity, before: Before? = nil,
        progress: (Int) throws -> Void = { _ in }
    ) throws -> (alone: ClipMotion, joined: ClipMotion) {
        let targets = ClipTargets(evidence)
        let unknowns = Unknowns(
            motion: initialMotion(evidence, identity: identity), identity: identity,
            bones: 1 + model.posedBones.count, wantsShape: false)
        unknowns.rest = rest(unknowns)
        var done = 0
        func optimise(
            _ unknowns: Unknowns, _ stage: Int, _ rates: [Double], _ weights: Weights,
            _ before: Before?, _ texture: Texture?,
            adapt: (Int, Reprojection, inout Weights) -> Void = { _, _, _ in }
        ) throws {
            let pairs = [
                (unknowns.turns, rates[0]), (unknowns.translations, rates[1]),
                (unknowns.expressions, rates[2]),
            ]
            try self.optimise(
                unknowns, pairs, steps: Self.motionSteps[stage], targets, weights, before, texture,
                adapt: adapt
            ) {
                done += 1
                try progress(done)
            }
        }
        var weights = weights
        weights.smoothness = 0
        weights.depthScale *= 5
        try optimise(unknowns, 0, [0.02, 0.015, 0.04], weights, nil, nil)
        weights.depthScale = self.weights.depthScale
        // Colours mean something once the rig is about where the person is.
        let texture =
            targets.count > 2 && weights.texture > 0
            ? texture(unknowns.motion, identity: identity, targets) : nil
        var last: Reprojection?
        try optimise(unknowns, 1, [0.008, 0.005, 0.02], weights, nil, texture) { _, here, _ in
            last = here
        }
        let alone = unknowns.motion
        guard self.weights.smoothness > 0, targets.count > 2, let last else {
            return (alone, alone)
        }

        // Where nobody was seen there is nothing but the frames around.
        let start = alone.bridged(evidence.flags).steadied(evidence.flags, radius: 3)
        let joined = Unknowns(
            motion: start, identity: identity, bones: 1 + model.posedBones.count,
            wantsShape: false)
        joined.rest = unknowns.rest
        weights.smoothness = self.weights.smoothness
        // From the steady side: once the landmarks are about met again, accelerations give way as far
        // as they have to.
        try optimise(joined, 2, [0.01, 0.005, 0.01], weights, before, texture) {
            step, here, weights in
            guard step > Self.motionSteps[2] / 8 else { return }
            weights.smoothness *= here.ratio(to: last) > 1.005 ? 0.8 : 1.05
        }
        return (alone, joined.motion)
    }

    /// What a window after the frames of `motion` has to join on to.
    func before(_ motion: ClipMotion, identity: ClipIdentity) -> Before? {
        guard motion.count >= 2 else { return nil }
        let last = motion.frames(motion.count - 2..<motion.count)
        let unknowns = Unknowns(
            motion: last, identity: identity, bones: 1 + model.posedBones.count, wantsShape: false)
        return noGrad {
            Before(
                joints: posed(unknowns).joints.indexSelect(1, model.movingBones),
                expressions: unknowns.expressions.detached())
        }
    }

    private func optimise(
        _ unknowns: Unknowns, _ rates: [(Tensor, Double)], steps: Int, _ targets: ClipTargets,
        _ weights: Weights, _ before: Before?, _ texture: Texture? = nil,
        adapt: (Int, Reprojection, inout Weights) -> Void = { _, _, _ in },
        _ didStep: () throws -> Void
    ) throws {
        let optimiser = Adam(
            rates.enumerated().map {
                ParameterGroup([$1.0], name: "unknowns \($0)", learningRate: $1.1)
            })
        var weights = weights
        var matches: Matches?
        for step in 0..<steps {
            // Slower towards the end: the last steps do not jitter.
            optimiser.setLearningRates(.cosine(steps: steps, end: 0.05), step: step)
            optimiser.zeroGrad()
            if step % 10 == 0 {
                var visible = matches?.visible
                if targets.surfaces != nil && step % 20 == 0 {
                    visible = visibility(unknowns, targets)
                }
                matches = Matches(
                    nearest: noGrad { nearestSkin(unknowns, targets) }, visible: visible)
            }
            let (loss, reprojection) = self.loss(
                unknowns, targets, matches!, weights, before, texture)
            try loss.backward()
            optimiser.step()
            noGrad { unknowns.expressions.clampInPlace(min: 0, max: 1) }
            adapt(step, reprojection, &weights)
            try didStep()
        }
    }

    // MARK: - The model

    func rest(_ unknowns: Unknowns) -> DifferentiableAnny.Rest {
        unknowns.rest
            ?? model.model.rest(
                phenotypes: unknowns.phenotypes.sigmoid(),
                localChanges: unknowns.changes.tanh().indexSelect(0, model.changeGroups))
    }

    func posed(_ unknowns: Unknowns) -> (vertices: Tensor, joints: Tensor, turns: Tensor) {
        let frames = unknowns.turns.size(0)
        let rotations = Tensor.eye(3).reshaped(1, 1, 3, 3)
            .tiled(frames, model.anny.skeleton.count, 1, 1)
            .indexCopy(1, model.posedIndex, unknowns.turns.rotationMatrices())
        return model.model.pose(
            rest(unknowns), expression: unknowns.expressions, rotations: rotations,
            translation: unknowns.translations)
    }

    /// Pixels [T, N, 2] of world points [T, N, 3].
    func project(_ points: Tensor, focal: Tensor) -> Tensor {
        let scale = focal / (-points.select(2, 2)).clamped(min: 0.05)
        return Tensor.stack(
            [
                points.select(2, 0) * scale + camera.intrinsics.cx,
                -points.select(2, 1) * scale + camera.intrinsics.cy,
            ], 2)
    }

    /// The skin's vertex nearest to each point of the masks' outlines [T, K].
    private func nearestSkin(_ unknowns: Unknowns, _ targets: ClipTargets) -> Tensor {
        let skin = project(
            posed(unknowns).vertices.indexSelect(1, model.skinRows), focal: unknowns.logFocal.exp())
        return targets.outlines.distances(to: skin).argmin(2)
    }

    /// The body's joints as the tracker sees them [T, 18, 3].
    func bodyPoints(_ joints: Tensor, _ turns: Tensor, _ unknowns: Unknowns) -> Tensor {
        joints.indexSelect(1, model.bodyBones)
            + (turns.indexSelect(1, model.bodyBones) * unknowns.offsets.unsqueezed(-2)).sum(-1)
    }
}
