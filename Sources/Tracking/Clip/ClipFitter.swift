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

    /// Takes steps of Adam.
    ///
    /// - Returns: The mean loss of the last steps.
    @discardableResult
    func optimise(
        _ unknowns: Unknowns, _ rates: [(Tensor, Double)], steps: Int, _ targets: ClipTargets,
        _ weights: Weights, _ before: Before?, _ texture: Texture? = nil,
        adapt: (Int, Reprojection, inout Weights) -> Void = { _, _, _ in },
        _ didStep: () throws -> Void
    ) throws -> Float {
        let optimiser = Adam(
            rates.enumerated().map {
                ParameterGroup([$1.0], name: "unknowns \($0)", learningRate: $1.1)
            })
        var weights = weights
        var matches: Matches?
        let last = 10
        var sum: Float = 0
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
            if step >= steps - last { sum += loss.detached().item() }
            try loss.backward()
            optimiser.step()
            noGrad { unknowns.expressions.clampInPlace(min: 0, max: 1) }
            adapt(step, reprojection, &weights)
            try didStep()
        }
        return sum / Float(last)
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
    func project(_ points: Tensor, focal: Float) -> Tensor {
        let scale = focal / (-points.select(2, 2)).clamped(min: 0.05)
        return Tensor.stack(
            [
                points.select(2, 0) * scale + camera.intrinsics.cx,
                -points.select(2, 1) * scale + camera.intrinsics.cy,
            ], 2)
    }

    /// The skin's vertex nearest to each point of the masks' outlines [T, K].
    func nearestSkin(_ unknowns: Unknowns, _ targets: ClipTargets) -> Tensor {
        let skin = project(
            posed(unknowns).vertices.indexSelect(1, model.skinRows), focal: unknowns.focal)
        return targets.outlines.distances(to: skin).argmin(2)
    }

    /// The body's joints as the tracker sees them [T, 18, 3].
    func bodyPoints(_ joints: Tensor, _ turns: Tensor, _ unknowns: Unknowns) -> Tensor {
        joints.indexSelect(1, model.bodyBones)
            + (turns.indexSelect(1, model.bodyBones) * unknowns.offsets.unsqueezed(-2)).sum(-1)
    }
}
