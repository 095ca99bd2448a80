import Rigs
import Spatial
import Torch

extension ClipFitter {
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
}
