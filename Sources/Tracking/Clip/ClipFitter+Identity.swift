import Rigs
import Spatial
import Torch

extension ClipFitter {
    /// The steps of a fit: places and turns; phenotypes; all of the shape.
    private static let identitySteps = [50, 80, 120]
    private static let lensSteps = [30, 50, 70]
    /// How many frames tell the lens.
    private static let lensFrames = 6

    /// Finds shape and lens from a few frames far apart, which need not follow one another.
    ///
    /// - Parameter progress: Called with the steps done and the steps in all.
    func identify(
        _ evidence: ClipEvidence, progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws -> ClipIdentity {
        var total = Self.identitySteps.reduce(0, +)
        let targets = ClipTargets(evidence)
        var identity = identityPrior
        var done = 0
        func didStep() throws {
            done += 1
            try progress(done, total)
        }
        if let knownFocal {
            identity.focal = knownFocal
        } else if targets.surfaces == nil {
            total += LensCurve.tries.joined().count * Self.lensSteps.reduce(0, +)
            let lens = try self.lens(evidence, didStep)
            identity.focal = halfSide / lens.strength
            identity.focalRange =
                halfSide / lens.range.upperBound...halfSide / lens.range.lowerBound
            done = total - Self.identitySteps.reduce(0, +)
        }
        var result = try fit(identity, evidence, targets, Self.identitySteps, didStep).unknowns
            .identity
        result.focalRange = identity.focalRange
        return result
    }

    /// Half the picture's longer side, pixels: the focal length of a lens of strength 1.
    private var halfSide: Float { Float(max(camera.width, camera.height)) / 2 }

    /// The lens through which a person of human shape explains some of the frames best.
    private func lens(
        _ evidence: ClipEvidence, _ didStep: () throws -> Void
    ) throws -> LensCurve.Estimate {
        let count = min(evidence.count, Self.lensFrames)
        let few = evidence.frames((0..<count).map { $0 * evidence.count / count })
        let targets = ClipTargets(few)
        var curve = LensCurve()
        var identity = identityPrior
        for tries in LensCurve.tries {
            for strength in tries {
                identity.focal = halfSide / strength
                // Each from the beginning: what was found through another lens would hold on to it.
                let loss = try fit(identity, few, targets, Self.lensSteps, didStep).loss
                curve.add(strength, loss: loss)
                if curve.isHopeless(loss) { break }
            }
        }
        return curve.estimate
    }

    /// Fits the shape, and the pose of each frame, through a lens; where that is not known, and depth
    /// was measured, through the one that depth tells.
    private func fit(
        _ identity: ClipIdentity, _ evidence: ClipEvidence, _ targets: ClipTargets, _ steps: [Int],
        _ didStep: () throws -> Void
    ) throws -> (unknowns: Unknowns, loss: Float) {
        var unknowns = Unknowns(
            motion: initialMotion(evidence, identity: identity), identity: identity,
            bones: 1 + model.posedBones.count, wantsShape: true)
        var weights = weights
        weights.smoothness = 0
        func optimise(
            _ stage: Int, _ turn: Double, _ place: Double, _ face: Double,
            _ shape: [(Tensor, Double)]
        ) throws -> Float {
            let rates = [
                (unknowns.turns, turn), (unknowns.translations, place),
                (unknowns.expressions, face),
            ]
            return try self.optimise(
                unknowns, rates + shape, steps: steps[stage], targets, weights, nil
            ) { try didStep() }
        }
        _ = try optimise(0, 0.02, 0.02, 0.02, [])
        if knownFocal == nil, let ratio = distanceRatio(unknowns, targets) {
            // A person of about the usual size, as far away as was measured: that is the lens.
            var (motion, identity) = (unknowns.motion, identity)
            for t in 0..<motion.count { motion.translations[3 * t + 2] *= ratio }
            identity.focal *= ratio
            unknowns = Unknowns(
                motion: motion, identity: identity, bones: 1 + model.posedBones.count,
                wantsShape: true)
        }
        _ = try optimise(
            1, 0.01, 0.01, 0.03, [(unknowns.phenotypes, 0.05), (unknowns.offsets, 0.001)])
        let loss = try optimise(
            2, 0.006, 0.004, 0.02,
            [(unknowns.phenotypes, 0.02), (unknowns.changes, 0.04), (unknowns.offsets, 0.001)])
        return (unknowns, loss)
    }
}
