import Rigs
import Spatial

extension StudioIdentity {
    /// The person of a seed.
    ///
    /// Phenotypes lie where adults are; about fifty local changes of face and build are drawn from
    /// normal distributions, the same on both sides but for a little; looks follow ancestry and age
    /// loosely.
    public init(seed: UInt64, of anny: Anny) {
        var draw = StudioDraw(seed: seed &* 0x51ab_31d7 &+ 17)
        let isFemale = draw.chance(0.5)
        var shape = AnnyShape()
        shape[.gender] = isFemale ? draw.uniform(0.86, 1) : draw.uniform(0, 0.12)
        // Two thirds are young.
        let age = draw.chance(0.68) ? draw.uniform(0.62, 0.74) : draw.uniform(0.74, 0.94)
        shape[.age] = age
        shape[.muscle] = draw.normal(isFemale ? 0.46 : 0.56, 0.1, 0.3, 0.8)
        shape[.weight] = draw.normal(0.48, 0.11, 0.28, 0.78)
        shape[.height] = draw.normal(0.5, 0.1, 0.28, 0.75)
        shape[.proportions] = draw.uniform(0, 0.45)
        shape[.cupsize] = draw.normal(0.45, 0.12, 0.2, 0.75)
        shape[.firmness] = draw.normal(0.55, 0.1, 0.3, 0.8)
        let ancestry = draw.integer(below: 4)
        var shares: [Float] = [0.06, 0.06, 0.06]
        if ancestry < 3 {
            shares[ancestry] = 1
        } else {
            shares = (0..<3).map { _ in draw.uniform(0.15, 1) }
        }
        let total = shares.reduce(0, +)
        (shape[.african], shape[.asian], shape[.caucasian]) = (shares[0], shares[1], shares[2])
        shape.localChanges = Self.localChanges(anny.localChangeNames, &draw)

        let melanin = min(
            max(
                (shares[0] * 0.78 + shares[1] * 0.3 + shares[2] * 0.12) / total
                    + draw.normal(0, 0.09, -0.2, 0.2), 0), 1)
        let skin = SkinLook(
            melanin: melanin, undertone: draw.normal(shares[1] / total - 0.2, 0.3, -1, 1),
            flush: draw.uniform(0.25, 0.9),
            freckles: draw.chance(melanin < 0.3 ? 0.4 : 0.1) ? draw.uniform(0.3, 1) : 0.05,
            mottling: draw.uniform(0.3, 0.8),
            stubble: !isFemale && draw.chance(0.6) ? draw.uniform(0.2, 0.9) : 0,
            lipstick: isFemale && draw.chance(0.55) ? draw.uniform(0.3, 0.8) : 0,
            lipstickColour: draw.pick([
                Vector3(0.66, 0.16, 0.2), Vector3(0.7, 0.3, 0.33), Vector3(0.55, 0.12, 0.25),
                Vector3(0.72, 0.36, 0.32),
            ]),
            oil: draw.uniform(0.25, 0.75), wrinkles: min(max((age - 0.68) * 3.6, 0.06), 1))
        let hair = Self.hair(isFemale: isFemale, age: age, melanin: melanin, &draw)
        self.init(
            seed: seed, shape: shape, skin: skin, eyes: Self.eyes(melanin: melanin, &draw),
            hair: hair, outfit: Outfit(isFemale: isFemale, &draw))
    }

    private static let changed = [
        "nose-", "mouth-", "chin-", "forehead-", "eyebrows-", "cheek-", "eye-", "head-fat",
        "head-scale", "ear-scale", "neck-scale-horiz", "torso-scale", "hip-scale-horiz",
        "stomach-tone", "shoulder-dist",
    ]

    private static func localChanges(_ names: [String], _ draw: inout StudioDraw) -> [Float] {
        var values = [Float](repeating: 0, count: names.count)
        for (index, name) in names.enumerated() {
            // The right side follows the left.
            if name.hasPrefix("r-"), let left = names.firstIndex(of: "l-" + name.dropFirst(2)) {
                if values[left] != 0 { values[index] = values[left] + draw.normal(0, 0.03, -1, 1) }
                continue
            }
            let isChanged = changed.contains { name.contains($0) }
            guard isChanged, !name.contains("trans-forward"), !name.contains("trans-out") else {
                continue
            }
            let isCalm = name.contains("eye-") || name.contains("mouth-") || name.contains("head-")
            values[index] = draw.normal(0, isCalm ? 0.13 : 0.2, -0.45, 0.45)
        }
        return values
    }

    private static func eyes(melanin: Float, _ draw: inout StudioDraw) -> EyeLook {
        let colours: [(Vector3, Vector3)] = [
            (Vector3(0.23, 0.13, 0.07), Vector3(0.34, 0.19, 0.09)),
            (Vector3(0.36, 0.22, 0.1), Vector3(0.48, 0.31, 0.13)),
            (Vector3(0.34, 0.45, 0.58), Vector3(0.55, 0.6, 0.6)),
            (Vector3(0.3, 0.4, 0.3), Vector3(0.5, 0.44, 0.22)),
            (Vector3(0.42, 0.48, 0.5), Vector3(0.52, 0.54, 0.5)),
        ]
        let index = draw.chance(melanin > 0.3 ? 0.92 : 0.35) ? 0 : 1 + draw.integer(below: 4)
        let tint = draw.uniform(0.85, 1.15)
        return EyeLook(
            iris: colours[index].0 * tint, inner: colours[index].1 * tint,
            pupil: draw.uniform(0.3, 0.44), veins: draw.uniform(0.1, 0.6))
    }

    private static func hair(
        isFemale: Bool, age: Float, melanin: Float, _ draw: inout StudioDraw
    ) -> HairLook {
        let styles: [HairStyle] =
            isFemale
            ? [.bob, .long, .long, .wavy, .wavy, .bun, .curls, .sidePart]
            : [.crop, .crop, .sidePart, .sidePart, .curls, .buzz, .bald]
        var style = draw.pick(styles)
        if melanin > 0.62, draw.chance(0.6) { style = draw.pick([.curls, .buzz, .bun]) }
        let colours: [Vector3] = [
            Vector3(0.055, 0.045, 0.04), Vector3(0.13, 0.085, 0.06), Vector3(0.24, 0.15, 0.09),
            Vector3(0.4, 0.22, 0.11), Vector3(0.42, 0.17, 0.08), Vector3(0.64, 0.47, 0.28),
            Vector3(0.74, 0.6, 0.4),
        ]
        let darkest = melanin > 0.3
        let colour = colours[darkest ? draw.integer(below: 2) : 1 + draw.integer(below: 6)]
        return HairLook(
            style: style, colour: colour * draw.uniform(0.85, 1.15),
            grey: age > 0.8 ? draw.uniform(0.25, 0.95) : age > 0.72 ? draw.uniform(0, 0.3) : 0,
            length: draw.uniform(0.85, 1.2), parting: draw.uniform(-1, 1),
            brows: draw.uniform(0.65, 1),
            beard: !isFemale && draw.chance(0.3) ? draw.uniform(0.006, 0.02) : 0)
    }
}

extension Outfit {
    /// Clothes drawn at random.
    init(isFemale: Bool, _ draw: inout StudioDraw) {
        let cut = draw.pick(
            isFemale
                ? [Garment.Cut.shirt, .shirt, .longSleeve, .sweater, .tank]
                : [.shirt, .shirt, .longSleeve, .sweater])
        var top = Garment(cut: cut, &draw)
        let lower = draw.pick(
            isFemale
                ? [Garment.Cut.jeans, .trousers, .skirt, .shorts]
                : [.jeans, .jeans, .trousers, .shorts])
        let bottom = Garment(cut: lower, &draw)
        // Two loud patterns are too many.
        if bottom.pattern != .plain, bottom.pattern != .denim, top.pattern == .checks {
            top.pattern = .plain
        }
        top.isTucked = lower == .skirt
        self.init(top: top, bottom: bottom, shoes: Garment(cut: .shoes, &draw))
    }
}

extension Garment {
    private static let colours: [Vector3] = [
        Vector3(0.93, 0.92, 0.89), Vector3(0.16, 0.17, 0.19), Vector3(0.13, 0.2, 0.36),
        Vector3(0.55, 0.13, 0.14), Vector3(0.2, 0.36, 0.28), Vector3(0.78, 0.62, 0.3),
        Vector3(0.46, 0.56, 0.68), Vector3(0.72, 0.5, 0.48), Vector3(0.42, 0.42, 0.44),
        Vector3(0.5, 0.36, 0.26), Vector3(0.84, 0.78, 0.68), Vector3(0.33, 0.24, 0.42),
        Vector3(0.16, 0.44, 0.5), Vector3(0.86, 0.44, 0.26),
    ]

    /// A garment of some cut, drawn at random.
    init(cut: Cut, _ draw: inout StudioDraw) {
        let colour = draw.pick(Self.colours)
        let (second, third) = (draw.pick(Self.colours), draw.pick(Self.colours))
        let pattern: Pattern
        switch cut {
        case .jeans: pattern = .denim
        case .sweater: pattern = draw.chance(0.6) ? .knit : .stripes
        case .shoes: pattern = .plain
        case .trousers: pattern = draw.chance(0.75) ? .plain : .checks
        case .tank, .shirt, .longSleeve:
            pattern = draw.pick([.plain, .stripes, .checks, .dots, .print, .print])
        default: pattern = draw.pick([.plain, .plain, .checks, .dots, .stripes])
        }
        let denim = draw.pick([
            Vector3(0.16, 0.22, 0.36), Vector3(0.29, 0.38, 0.52), Vector3(0.1, 0.11, 0.15),
        ])
        let lengths: [Cut: ClosedRange<Float>] = [
            .tank: 0.02...0.04, .shirt: 0.3...0.42, .longSleeve: 0.9...0.96,
            .sweater: 0.93...0.97, .trousers: 0.96...1, .jeans: 0.95...1, .shorts: 0.38...0.5,
            .skirt: 0.42...0.66,
        ]
        let length = lengths[cut] ?? 1...1
        self.init(
            cut: cut, pattern: pattern,
            colour: cut == .jeans
                ? denim
                : cut == .trousers
                    ? draw.pick([
                        Self.colours[1], Self.colours[2], Self.colours[8], Self.colours[9],
                        Self.colours[10],
                    ]) : colour,
            second: second, third: third,
            scale: draw.uniform(0.018, 0.06), looseness: draw.uniform(0.2, 0.9),
            length: draw.uniform(length.lowerBound, length.upperBound),
            neckline: draw.uniform(0.0, 0.05), seed: UInt32(draw.integer(below: 1 << 30)))
    }
}
