import Foundation
import Rigs
import Spatial
import Torch

/// The evidence of T frames as tensors.
struct ClipTargets {
    /// How many points of a mask's outline are held to the rig's skin.
    static let outlineCount = 72

    /// The unit of a face's errors, pixels, from which on irises are seen well.
    private static let clearFace: Float = 80

    let count: Int
    /// The size of a person in each frame, pixels: the longer side of the box.
    let sides: [Float]
    /// Pixels [T, 468, 2], their weights [T, 468], and the unit of their errors [T, 1].
    let face: Tensor
    let faceWeights: Tensor
    let faceUnit: Tensor
    /// Pixels of the right and the left pupil [T, 2, 2], with weights [T, 2].
    let irises: Tensor
    let irisWeights: Tensor
    /// Pixels [T, 18, 2], weights [T, 18], unit [T, 1].
    let body: Tensor
    let bodyWeights: Tensor
    let bodyUnit: Tensor
    /// The z (towards the viewer) of the limbs' unit directions [T, 8] and weights.
    let limbDepths: Tensor
    let limbWeights: Tensor
    /// Pixels [T, 42, 2] and weights [T, 42].
    let hands: Tensor
    let handWeights: Tensor
    /// The distance from the mask in shares of the person's size [T, 1, h, w], and whether there is a
    /// mask [T, 1].
    let outside: Tensor
    let maskWeights: Tensor
    /// The small pictures, 0…1 [T, 3, h, w].
    let pictures: Tensor
    /// Points of the masks' outlines in pixels [T, K, 2] and weights [T, K].
    let outlines: Tensor
    let outlineWeights: Tensor
    /// Whether a frame and the next show the same foot (left, right) at rest on the ground [T − 1, 2].
    let contacts: Tensor
    /// Whether three frames in a row belong together [T − 2, 1]; of pairs [T − 1, 1].
    let triples: Tensor
    /// Measured depth in metres and whether it is known [T, 2, h, w]; nil where no frame has any.
    let surfaces: Tensor?
    /// Which points of face, body and hands count in the reprojection [T, 468], [T, 18], [T, 42], and
    /// the unit that it is told in, pixels [T, 1].
    let seen: (face: Tensor, body: Tensor, hands: Tensor)
    let side: Tensor

    init(_ evidence: ClipEvidence) {
        let frames = evidence.count
        count = frames
        let boxes = (0..<frames).map { evidence.box($0) }
        let whole = Float(max(evidence.width, evidence.height))
        let sides = boxes.map { $0.map { max($0.size.x, $0.size.y, 16) } ?? whole }
        self.sides = sides
        let (w, h) = evidence.maskSize

        let points = FaceMesh.pointCount
        var (face, faceWeights, faceUnit): ([Float], [Float], [Float]) = ([], [], [])
        var (irises, irisWeights): ([Float], [Float]) = ([], [])
        let perPoint = (0..<points).map { i -> Float in
            if FaceLandmarkEmbedding.outline.contains(i) { return 0.3 }
            return FaceLandmarkEmbedding.innerLips.contains(i) ? 2 : 1
        }
        for t in 0..<frames {
            guard let found = evidence.facePoints(t), let box = Box(around: found.prefix(points))
            else {
                face += [Float](repeating: 0, count: 2 * points)
                faceWeights += [Float](repeating: 0, count: points)
                faceUnit.append(1)
                irises += [0, 0, 0, 0]
                irisWeights += [0, 0]
                continue
            }
            for point in found.prefix(points) { face += [point.x, point.y] }
            faceWeights += perPoint
            faceUnit.append(max(4, 0.45 * max(box.size.x, box.size.y)))
            guard found.count > points else {
                irises += [0, 0, 0, 0]
                irisWeights += [0, 0]
                continue
            }
            for eye in 0..<2 {
                let pupil = found[points + 5 * eye]
                irises += [pupil.x, pupil.y]
                irisWeights.append(min(1, faceUnit[t] / Self.clearFace))
            }
        }
        self.face = Tensor(face, shape: [frames, points, 2])
        self.faceWeights = Tensor(faceWeights, shape: [frames, points])
        self.faceUnit = Tensor(faceUnit, shape: [frames, 1])
        self.irises = Tensor(irises, shape: [frames, 2, 2])
        self.irisWeights = Tensor(irisWeights, shape: [frames, 2])

        let joints = RigFitter.joints
        let limbs = RigFitter.limbs
        var (body, bodyWeights, bodySeen): ([Float], [Float], [Float]) = ([], [], [])
        var (limbDepths, limbWeights): ([Float], [Float]) = ([], [])
        for t in 0..<frames {
            for joint in joints {
                let p = evidence.bodyPoint(t, joint.point)
                body += [p.x, p.y]
                let visibility = evidence.visibility(t, joint.point)
                bodyWeights.append(joint.weight * visibility)
                bodySeen.append(visibility > 0.5 ? 1 : 0)
            }
            for limb in limbs {
                let along = evidence.world(t, limb.1) - evidence.world(t, limb.0)
                limbDepths.append(along.length > 1e-4 ? along.normalized.z : 0)
                limbWeights.append(
                    min(evidence.visibility(t, limb.0), evidence.visibility(t, limb.1)))
            }
        }
        self.body = Tensor(body, shape: [frames, joints.count, 2])
        self.bodyWeights = Tensor(bodyWeights, shape: [frames, joints.count])
        bodyUnit = Tensor(sides.map { $0 / 18 }, shape: [frames, 1])
        self.limbDepths = Tensor(limbDepths, shape: [frames, limbs.count])
        self.limbWeights = Tensor(limbWeights, shape: [frames, limbs.count])

        var handWeights: [Float] = []
        for t in 0..<frames {
            for side in 0..<2 {
                // A hand that the graph is not sure of is often no hand, or another one.
                let weight = max(0, 2 * evidence.scores[4 * t + 2 + side] - 1)
                let isMine = evidence.agrees(t, hand: side)
                handWeights += [Float](
                    repeating: isMine ? weight : 0, count: ClipEvidence.handPoints)
            }
        }
        hands = Tensor(evidence.hands, shape: [frames, 2 * ClipEvidence.handPoints, 2])
        self.handWeights = Tensor(handWeights, shape: [frames, 2 * ClipEvidence.handPoints])
        seen = (
            face: Tensor(faceWeights.map { $0 > 0 ? 1 : 0 }, shape: [frames, points]),
            body: Tensor(bodySeen, shape: [frames, joints.count]),
            hands: Tensor(
                handWeights.map { $0 > 0 ? 1 : 0 }, shape: [frames, 2 * ClipEvidence.handPoints])
        )
        side = Tensor(sides, shape: [frames, 1])
        surfaces = Self.surfaces(evidence)

        var (outside, maskWeights): ([Float], [Float]) = ([], [])
        var (outlines, outlineWeights): ([Float], [Float]) = ([], [])
        let scale = Vector2(Float(evidence.width) / Float(w), Float(evidence.height) / Float(h))
        for t in 0..<frames {
            let mask = evidence.mask(t)
            let rim = Self.outline(of: mask)
            guard rim.count > 8 else {
                outside += [Float](repeating: 0, count: w * h)
                maskWeights.append(0)
                outlines += [Float](repeating: 0, count: 2 * Self.outlineCount)
                outlineWeights += [Float](repeating: 0, count: Self.outlineCount)
                continue
            }
            let unit = sides[t] / scale.x
            outside += DistanceField.outside(mask).samples.map { $0 / unit }
            maskWeights.append(1)
            for k in 0..<Self.outlineCount {
                let point = rim[k * rim.count / Self.outlineCount] * scale
                outlines += [point.x, point.y]
                outlineWeights.append(1)
            }
        }
        pictures = Tensor(
            evidence.pictures.map { Float($0) / 255 }, shape: [frames, 3, h, w])
        self.outside = Tensor(outside, shape: [frames, 1, h, w])
        self.maskWeights = Tensor(maskWeights, shape: [frames, 1])
        self.outlines = Tensor(outlines, shape: [frames, Self.outlineCount, 2])
        self.outlineWeights = Tensor(outlineWeights, shape: [frames, Self.outlineCount])

        let starts = evidence.flags.map { $0.contains(.cut) }
        var contacts: [Float] = []
        for t in 0..<max(0, frames - 1) {
            for points in [
                [PosePoint.leftAnkle, .leftHeel, .leftFootIndex],
                [.rightAnkle, .rightHeel, .rightFootIndex],
            ] {
                let isSeen = points.allSatisfy {
                    evidence.visibility(t, $0) > 0.6 && evidence.visibility(t + 1, $0) > 0.6
                }
                let moved = points.map { point -> Float in
                    let step = evidence.bodyPoint(t + 1, point) - evidence.bodyPoint(t, point)
                    return Vector2(step.x, step.y).length / sides[t]
                }
                let isAtRest = (moved.max() ?? 1) < 0.005
                contacts.append(isSeen && isAtRest && !starts[t + 1] ? 1 : 0)
            }
        }
        self.contacts = Tensor(contacts, shape: [max(0, frames - 1), 2])
        let triples: [Float] = (0..<max(0, frames - 2)).map {
            starts[$0 + 1] || starts[$0 + 2] ? 0 : 1
        }
        self.triples = Tensor(triples, shape: [triples.count, 1])
    }

    /// Depth and whether it is known; nil where it is nowhere.
    private static func surfaces(_ evidence: ClipEvidence) -> Tensor? {
        guard evidence.surfaces.contains(where: { $0 > 0 }) else { return nil }
        let (w, h) = evidence.maskSize
        let depths = Tensor(
            evidence.surfaces.map { Float($0) / 1000 }, shape: [evidence.count, 1, h, w])
        return Tensor.cat([depths, (depths .> 0).converted(to: .float32)], 1)
    }

    /// The pixels of a mask that have some outside it beside them, and are not at the picture's
    /// border, in scan order.
    private static func outline(of mask: Image) -> [Vector2] {
        var points: [Vector2] = []
        let (w, h) = (mask.width, mask.height)
        guard w > 4, h > 4 else { return [] }
        for y in 2..<h - 2 {
            for x in 2..<w - 2 where mask.samples[y * w + x] > 0.5 {
                let i = y * w + x
                let isRim = [i - 1, i + 1, i - w, i + w].contains { mask.samples[$0] <= 0.5 }
                if isRim { points.append(Vector2(Float(x) + 0.5, Float(y) + 0.5)) }
            }
        }
        return points
    }
}

extension ClipEvidence {
    /// Whether a hand is where the body has its wrist, and of a size that goes with the person.
    func agrees(_ t: Int, hand side: Int) -> Bool {
        guard scores[4 * t + 2 + side] > 0.5 else { return false }
        let wrist: PosePoint = side == 0 ? .leftWrist : .rightWrist
        let i = 2 * Self.handPoints * (2 * t + side)
        let found = Vector2(hands[i], hands[i + 1])
        guard visibility(t, wrist) > 0.3, let box = box(t) else { return false }
        let p = bodyPoint(t, wrist)
        return (found - Vector2(p.x, p.y)).length < 0.06 * max(box.size.x, box.size.y)
    }
}
