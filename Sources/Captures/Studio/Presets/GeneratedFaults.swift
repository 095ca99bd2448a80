import Rigs
import Spatial

/// What a video diffusion model gets wrong, each 0…1.
public struct GeneratedFaults: Equatable, Sendable, Codable {
    /// How far the person has become somebody else.
    public var drift: Float
    /// How blurred the face is.
    public var blur: Float
    /// The colours' error: gains of red, green and blue, and the saturation's.
    public var gains: Vector3
    public var saturation: Float
    /// The brightness of this frame.
    public var flicker: Float
    /// How far hands and fingers are off.
    public var hands: Float

    /// The faults of a frame of a clip.
    init(seed: UInt64, frame: Int, of count: Int) {
        let t = Float(frame) / Float(max(count - 1, 1))
        var clip = StudioDraw(seed: seed &+ 0xfa17)
        let tint = Vector3(
            clip.normal(0, 0.05, -0.1, 0.1), clip.normal(0, 0.03, -0.1, 0.1),
            clip.normal(0, 0.05, -0.1, 0.1))
        let saturated = clip.uniform(0.1, 0.35)
        var own = StudioDraw(seed: seed &+ 0xfa18 &+ UInt64(frame) &* 7919)
        // Errors add up along a clip, and jump a little from frame to frame.
        drift = min(0.42 * t * (0.85 + 0.3 * own.uniform()), 1)
        blur = min(0.25 + 0.5 * t + 0.3 * own.uniform(), 1)
        gains = Vector3(1, 1, 1) + tint * (0.4 + 0.6 * t)
        saturation = 1 + saturated * t
        flicker = 1 + own.normal(0, 0.025, -0.07, 0.07)
        hands = 0.4 + 0.6 * own.uniform()
    }

    /// The drift in eighths: each step is somebody who has to be made.
    var driftSteps: Int { Int((drift * 8).rounded()) }

    /// The identity as the model has it after some steps of drift: on the way to another.
    static func drifted(
        _ identity: StudioIdentity, towards other: StudioIdentity, steps: Int
    ) -> StudioIdentity {
        let t = Float(steps) / 8
        var result = identity
        func between(_ a: [Float], _ b: [Float]) -> [Float] {
            a.count == b.count ? zip(a, b).map { mix($0, $1, t) } : a
        }
        result.shape.localChanges = between(
            identity.shape.localChanges, other.shape.localChanges)
        let shares: [Phenotype] = [.african, .asian, .caucasian, .weight, .muscle]
        for phenotype in shares {
            result.shape[phenotype] = mix(
                identity.shape[phenotype], other.shape[phenotype], t * 0.7)
        }
        result.skin.melanin = mix(identity.skin.melanin, other.skin.melanin, 0.5 * t)
        result.eyes.iris = mix(identity.eyes.iris, other.eyes.iris, t)
        result.hair.colour = mix(identity.hair.colour, other.hair.colour, 0.4 * t)
        return result
    }

    /// The pose with hands that jitter.
    func shaken(_ pose: Pose, _ skeleton: Skeleton, seed: UInt64) -> Pose {
        var draw = StudioDraw(seed: seed)
        var pose = pose
        for (bone, name) in skeleton.names.enumerated() {
            let isFinger = name.hasPrefix("finger") || name.hasPrefix("metacarpal")
            guard isFinger || name.hasPrefix("wrist") else { continue }
            let size: Float = hands * (isFinger ? 0.3 : 0.16)
            let turn = Vector3(
                draw.normal(0, size, -1, 1), draw.normal(0, size, -1, 1),
                draw.normal(0, size, -1, 1))
            pose.rotations[bone] = pose.rotations[bone] * Quaternion(axisAngle: turn)
        }
        return pose
    }

    /// Blurs the face and the hands, and turns the colours wrong.
    func spoil(_ frame: inout StudioFrame) {
        let soft = frame.colour.blurred(
            radius: 1 + Int(blur * 2.5 * Float(frame.colour.width) / 512))
        let plane = frame.labels.count
        let face: Set<UInt8> = [
            StudioLabel.body(.face).rawValue, StudioLabel.body(.lips).rawValue,
            StudioLabel.body(.leftEye).rawValue, StudioLabel.body(.rightEye).rawValue,
            StudioLabel.faceHair.rawValue, StudioLabel.body(.leftHand).rawValue,
            StudioLabel.body(.rightHand).rawValue,
        ]
        for i in 0..<plane {
            let amount = face.contains(frame.labels[i]) ? blur : 0.15 * blur
            var colour = Vector3(
                mix(frame.colour.samples[i], soft.samples[i], amount),
                mix(frame.colour.samples[plane + i], soft.samples[plane + i], amount),
                mix(frame.colour.samples[2 * plane + i], soft.samples[2 * plane + i], amount))
            let grey = Vector3(repeating: dot(colour, Vector3(0.299, 0.587, 0.114)))
            colour = (grey + (colour - grey) * saturation) * gains * flicker
            for c in 0..<3 { frame.colour.samples[c * plane + i] = min(max(colour[c], 0), 1) }
        }
    }
}

extension Image {
    /// The mean over a square around each pixel, twice over; at the border what there is of it.
    fileprivate func blurred(radius: Int) -> Image {
        var result = self
        for _ in 0..<2 {
            for isColumn in [false, true] {
                let before = result
                let (lines, length) = isColumn ? (width, height) : (height, width)
                for c in 0..<channels {
                    for line in 0..<lines {
                        func index(_ k: Int) -> Int {
                            c * pixelCount + (isColumn ? k * width + line : line * width + k)
                        }
                        var (sum, count): (Float, Float) = (0, 0)
                        for k in 0..<min(radius, length) {
                            sum += before.samples[index(k)]
                            count += 1
                        }
                        for k in 0..<length {
                            if k + radius < length {
                                sum += before.samples[index(k + radius)]
                                count += 1
                            }
                            if k - radius - 1 >= 0 {
                                sum -= before.samples[index(k - radius - 1)]
                                count -= 1
                            }
                            result.samples[index(k)] = sum / count
                        }
                    }
                }
            }
        }
        return result
    }
}
