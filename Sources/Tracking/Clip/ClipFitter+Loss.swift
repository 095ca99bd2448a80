import Foundation
import Spatial
import Torch

/// The terms of the fit; see `ClipFitter`.
extension ClipFitter {
    /// The mean over frames of all terms, and the reprojection.
    func loss(
        _ unknowns: Unknowns, _ targets: ClipTargets, _ matches: Matches, _ weights: Weights,
        _ before: Before?, _ texture: Texture?
    ) -> (loss: Tensor, reprojection: Reprojection) {
        let frames = Double(targets.count)
        let (vertices, joints, turns) = posed(unknowns)
        let focal = unknowns.focal
        func robust(_ error: Tensor, _ scale: Double) -> Tensor {
            (error.squared().sum(-1) + scale * scale).sqrt() - scale
        }

        let faceGap = project(model.faceLandmarks(vertices), focal: focal) - targets.face
        let face = faceGap / targets.faceUnit.unsqueezed(2)
        var loss =
            10 * (robust(face, 0.003) * targets.faceWeights).sum()
            / Double(FaceMesh.pointCount)
        let irises =
            (project(model.irises(vertices), focal: focal) - targets.irises)
            / targets.faceUnit.unsqueezed(2)
        loss = loss + 2 * (robust(irises, 0.01) * targets.irisWeights).sum()

        let points = bodyPoints(joints, turns, unknowns)
        let bodyGap = project(points, focal: focal) - targets.body
        let body = bodyGap / targets.bodyUnit.unsqueezed(2)
        // A joint that the pose network got wrong does not bend the whole body.
        let bodyTotal = targets.bodyWeights.sum(1, keepDim: true).clamped(min: 1)
        loss = loss + 1.5 * (robust(body, 0.1) * targets.bodyWeights / bodyTotal).sum()
        let limbs =
            (joints.indexSelect(1, model.limbEnds) - joints.indexSelect(1, model.limbStarts))
            .normalized(-1).select(2, 2)
        loss = loss + 0.05 * ((limbs - targets.limbDepths).squared() * targets.limbWeights).sum()
        let handGap = project(model.hands(vertices, joints), focal: focal) - targets.hands
        let hands = handGap / targets.bodyUnit.unsqueezed(2)
        loss = loss + weights.hands * (robust(hands, 0.1) * targets.handWeights).sum()

        let surface = vertices.indexSelect(1, model.skinRows)
        let skin = project(surface, focal: focal)
        if let measured = targets.surfaces, let visible = matches.visible {
            loss =
                loss + weights.depth
                * distance(
                    surface, at: skin, from: measured, visible: visible, scale: weights.depthScale)
        }
        loss = loss + 20 * (outside(skin, targets) * targets.maskWeights).mean(1).sum()
        if let texture {
            loss = loss + weights.texture * difference(skin, from: texture, targets)
        }
        let places = skin.gather(1, matches.nearest.unsqueezed(2).expanded(-1, -1, 2))
        let gaps = (places - targets.outlines) / targets.bodyUnit.unsqueezed(2)
        loss = loss + weights.outline * (robust(gaps, 0.1) * targets.outlineWeights).mean(1).sum()

        // What is more likely before anything is seen.
        let posed = unknowns.turns.narrow(1, 1, model.posedBones.count)
        loss = loss + 0.01 * (posed.unsqueezed(2) * model.whitening).sum(3).squared().sum()
        loss = loss + 0.004 * unknowns.expressions.squared().sum()
        // Eyes look up and down together, and sideways about so.
        let looks = unknowns.expressions.matmul(model.eyeTurns)
        let apart = (looks.narrow(1, 0, 2) - looks.narrow(1, 2, 2)).squared()
        loss = loss + (Tensor([Float(0.01), 0.04]) * apart).sum()
        let bends = (posed.indexSelect(1, model.hinges) * model.hingeAxes).sum(2)
        loss = loss + 2 * ((-bends - 0.05).relu().squared() + (bends - 2.6).relu().squared()).sum()
        if unknowns.phenotypes.requiresGrad {
            loss = loss + 0.004 * frames * unknowns.phenotypes.squared().sum()
            loss = loss + 0.0025 * frames * unknowns.changes.squared().sum()
            loss = loss + 0.01 * frames * (unknowns.offsets / 0.03).squared().sum()
        }
        if weights.smoothness > 0 && targets.count > 2 {
            loss =
                loss
                + weights.smoothness * smoothness(unknowns, joints, targets, before)
                + 0.01 * leaps(unknowns, targets, before)
        }
        return (
            loss / frames,
            noGrad { Reprojection(face: faceGap, body: bodyGap, hands: handGap, targets) }
        )
    }

    /// Accelerations of joints and face units, and feet that slide where they rest.
    private func smoothness(
        _ unknowns: Unknowns, _ joints: Tensor, _ targets: ClipTargets, _ before: Before?
    ) -> Tensor {
        var moving = joints.indexSelect(1, model.movingBones)
        if let before { moving = Tensor.cat([before.joints, moving]) }
        let (faces, triples) = joined(unknowns, targets, before)
        // Quadratic at rest, linear where the person is fast. Depth, which pictures hardly tell, has
        // to be the steadier.
        let accelerations = second(moving)
        func rough(_ values: Tensor) -> Tensor { (values.squared().sum(2) + 1).sqrt() - 1 }
        let across = rough(200 * accelerations.narrow(2, 0, 2))
        let along = rough(500 * accelerations.narrow(2, 2, 1))
        var loss = 0.1 * ((across + along) * triples).mean(1).sum()
        loss = loss + 0.5 * (second(faces).squared() * model.restingUnits * triples).sum()
        let feet = joints.indexSelect(1, model.footBones).reshaped(-1, 2, 2, 3)
        let n = feet.size(0) - 1
        let slides = ((feet.narrow(0, 1, n) - feet.narrow(0, 0, n)) / 0.01).squared().sum(3).mean(2)
        return loss + 0.05 * (slides * targets.contacts).sum()
    }

    /// How the eyes change their motion: they rest, follow or leap, so that much of it at once costs
    /// little more than some.
    private func leaps(_ unknowns: Unknowns, _ targets: ClipTargets, _ before: Before?) -> Tensor {
        let (faces, triples) = joined(unknowns, targets, before)
        let changes = second(faces.matmul(model.eyeTurns))
        return (((changes.squared() + 0.05 * 0.05).sqrt() - 0.05) * triples).sum()
    }

    /// The expressions, and which three frames follow one another, from the frames on that the window
    /// has to join on to.
    private func joined(
        _ unknowns: Unknowns, _ targets: ClipTargets, _ before: Before?
    ) -> (faces: Tensor, triples: Tensor) {
        guard let before else { return (unknowns.expressions, targets.triples) }
        return (
            Tensor.cat([before.expressions, unknowns.expressions]),
            Tensor.cat([Tensor.ones([2, 1]), targets.triples])
        )
    }

    /// Second differences along the first axis.
    private func second(_ x: Tensor) -> Tensor {
        let n = x.size(0) - 2
        return x.narrow(0, 0, n) - 2 * x.narrow(0, 1, n) + x.narrow(0, 2, n)
    }

    /// How far pixels [T, N, 2] are outside the masks [T, N], in shares of the person's size; 0 for
    /// those outside the picture, of which nothing is known.
    private func outside(_ pixels: Tensor, _ targets: ClipTargets) -> Tensor {
        let size = Tensor([Float(camera.width), Float(camera.height)])
        let grid = pixels / size * 2 - 1
        let sampled = targets.outside.gridSampled(grid.unsqueezed(1), border: .border)
            .reshaped(targets.count, -1)
        let inside = (grid.detached().abs().max(2) .< 1).converted(to: .float32)
        return sampled * inside
    }
}
