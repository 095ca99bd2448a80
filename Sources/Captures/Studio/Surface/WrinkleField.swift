import Rigs
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How clothes wrinkle and hang: a known function of the joint angles, written down in
/// `docs/studio.md`.
///
/// A vertex i at rest xᵢ with the normal nᵢ goes to
/// Tᵢ(θ)·(xᵢ + nᵢ·(sᵢ + Σⱼ wᵢⱼ·Gⱼ(θ))) − ŷ·hᵢ·Hₖ(θ)·max(0, −(Tᵢnᵢ)·ŷ),
/// with Tᵢ the skinning's map; Gⱼ = min(1 − cos aⱼ, 1) of the angle aⱼ by which joint j is bent away
/// from rest; and Hₖ = 1 − |eₖ·ŷ| of the direction eₖ of limb k. What depends on the vertex (sᵢ, wᵢⱼ,
/// hᵢ) is fixed once a garment.
public enum WrinkleField {
    /// What of a vertex the function depends on.
    struct Vertex: Equatable {
        /// The displacement at rest, metres.
        var rest: Float = 0
        /// wᵢⱼ: the displacement where a joint is fully bent, metres.
        var weights = SIMD16<Float>()
        /// The limb that it sags from, and how far at most, metres.
        var limb = 0
        var sag: Float = 0
    }

    /// A joint at which cloth gathers.
    struct Site {
        /// The bones on both sides of it.
        var above: String
        var below: String
        /// The direction across which folds lie, and the side on which they are deepest.
        var axis: Vector3
        var inside: Vector3
        /// The distance of folds, how far from the joint they reach, how high they are, metres.
        var wavelength: Float
        var reach: Float
        var height: Float
    }

    /// The joints, in the order of wᵢⱼ: elbows, shoulders, hips, knees (left, right), waist.
    static let sites: [Site] = {
        var sites: [Site] = []
        func pair(
            _ above: String, _ below: String, _ axis: Vector3, _ inside: Vector3,
            _ wavelength: Float, _ reach: Float, _ height: Float
        ) {
            for (side, sign) in [("L", Float(1)), ("R", -1)] {
                let mirror = Vector3(sign, 1, 1)
                sites.append(
                    Site(
                        above: above.contains("#") ? above.replacing("#", with: side) : above,
                        below: below.replacing("#", with: side), axis: (axis * mirror).normalized,
                        inside: (inside * mirror).normalized, wavelength: wavelength,
                        reach: reach, height: height))
            }
        }
        pair(
            "upperarm02.#", "lowerarm01.#", Vector3(0.6, -0.7, 0.35), Vector3(0.2, 0.3, 1), 0.03,
            0.075, 0.0095)
        pair(
            "spine01", "upperarm01.#", Vector3(0.75, -0.65, 0), Vector3(-0.3, -0.6, 0.5), 0.04, 0.1,
            0.006)
        pair(
            "root", "upperleg01.#", Vector3(-0.25, 1, 0), Vector3(-0.5, 0, 1), 0.038, 0.09, 0.0085)
        pair(
            "upperleg02.#", "lowerleg01.#", Vector3(0.05, 1, 0), Vector3(0, 0, -1), 0.034, 0.085,
            0.0095)
        sites.append(
            Site(
                above: "root", below: "spine02", axis: Vector3(0, 1, 0), inside: Vector3(0, 0, 1),
                wavelength: 0.045, reach: 0.11, height: 0.006))
        return sites
    }()

    /// The limbs that cloth sags from: upper arms, forearms, thighs (left, right).
    static let limbs = [
        "upperarm01.L", "upperarm01.R", "lowerarm01.L", "lowerarm01.R", "upperleg01.L",
        "upperleg01.R",
    ]

    /// Where each joint is on the canonical body.
    static func centres(_ body: CanonicalBody) -> [Vector3] {
        sites.map { body.joint($0.below == "spine02" ? "spine04" : $0.below) }
    }

    /// The fixed part of the function at a place of the canonical body.
    static func vertex(
        at q: Vector3, normal: Vector3, garment: Garment, centres: [Vector3]
    ) -> Vertex {
        var result = Vertex()
        let seed = garment.seed
        let loose = 0.35 + 0.65 * garment.looseness
        let wobble = StudioNoise.fractal(q * 14, octaves: 2, seed: seed)
        for (index, site) in sites.enumerated() {
            // Each side for itself.
            if index < 8, (index % 2 == 0) != (q.x >= 0) { continue }
            let offset = q - centres[index]
            let along = dot(offset, site.axis)
            let out = offset - site.axis * along
            let near = bell(along / site.reach) * bell(out.length / 0.16)
            if near < 0.004 { continue }
            let inner = max(dot(normal, site.inside), 0)
            let phase = (along + 0.4 * site.wavelength * wobble * 2.4) / site.wavelength
            let wave = 0.5 + 0.5 * cosf(2 * .pi * phase)
            result.weights[index] =
                site.height * loose * near * (0.3 + 0.7 * inner) * (wave * wave * 1.5 - 0.35)
        }
        // At rest: broad swells, and folds where cloth hangs down.
        let swell = StudioNoise.fractal(q * Vector3(13, 6, 13), octaves: 2, seed: seed &+ 1)
        let folds = StudioNoise.fractal(
            (q + Vector3(0, 0.25 * q.x, 0)) * Vector3(26, 11, 26), octaves: 2, seed: seed &+ 2)
        result.rest = loose * (0.0035 * swell + 0.0022 * (1 - 4 * abs(folds)))
        switch garment.cut {
        case .trousers, .jeans:
            // Cloth stacks up above the shoes.
            let ankle = smoothStep(-0.56, -0.69, q.y)
            let wave = cosf(2 * .pi * (q.y + 0.006 * wobble * 3) / 0.036)
            result.rest += loose * ankle * 0.0045 * wave
        case .longSleeve, .sweater:
            if abs(q.x) > 0.4 {
                let wave = cosf(2 * .pi * (abs(q.x) + 0.008 * wobble * 2) / 0.028)
                result.rest += loose * 0.0028 * wave * smoothStep(0.4, 0.44, abs(q.x))
            }
        case .skirt:
            // Pleats that open downwards.
            let angle = atan2f(q.x, q.z)
            result.rest =
                smoothStep(0.2, -0.25, q.y) * 0.011 * loose * cosf(angle * 13 + 2 * wobble)
        case .shoes: return Vertex()
        default: break
        }
        // What is tucked under something else lies flat.
        if garment.isTucked { result.rest *= smoothStep(0.25, 0.33, q.y) }
        if garment.isLower { result.rest *= mix(0.2, 1, smoothStep(0.12, 0.0, q.y)) }
        let isLeft = q.x >= 0
        if abs(q.x) > 0.2, q.y > 0.2 {
            result.limb = (abs(q.x) < 0.38 ? 0 : 2) + (isLeft ? 0 : 1)
            result.sag = 0.022 * garment.looseness * smoothStep(0.2, 0.26, abs(q.x))
        } else if q.y < 0.1 {
            result.limb = 4 + (isLeft ? 0 : 1)
            result.sag = 0.014 * garment.looseness
        }
        return result
    }

    /// What of a pose the function depends on.
    public struct State: Equatable, Sendable {
        /// The bones' maps from rest to posed space.
        let transforms: [AffineTransform]
        /// Gⱼ.
        public internal(set) var bends = SIMD16<Float>()
        /// Hₖ.
        public internal(set) var levels: [Float] = []

        init(rig: ShapedRig, bones: PoseWorkspace) {
            transforms = bones.boneTransforms
            for (index, site) in sites.enumerated() {
                guard let above = rig.skeleton.index(of: site.above),
                    let below = rig.skeleton.index(of: site.below)
                else { continue }
                let turn = transforms[above].linear.transposed * transforms[below].linear
                let cosine = (turn[0, 0] + turn[1, 1] + turn[2, 2] - 1) / 2
                bends[index] = min(max(1 - cosine, 0), 1)
            }
            levels = limbs.map { name in
                guard let bone = rig.skeleton.index(of: name) else { return 0 }
                // A bone points along its own −z.
                let direction = -bones.bonePoses[bone].linear.columns.z
                return 1 - abs(direction.normalized.y)
            }
        }

        /// The displacement along the normal at rest, metres.
        @inline(__always)
        func displacement(_ vertex: Vertex) -> Float {
            vertex.rest + (vertex.weights * bends).sum()
        }
    }
}
