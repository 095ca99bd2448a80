import Spatial

/// The clothes of a person of the studio.
public struct Outfit: Equatable, Sendable, Codable {
    public var top: Garment
    public var bottom: Garment
    public var shoes: Garment

    public init(top: Garment, bottom: Garment, shoes: Garment) {
        (self.top, self.bottom, self.shoes) = (top, bottom, shoes)
    }
}

/// One piece of clothing: its cut, its cloth and what is on it.
public struct Garment: Equatable, Sendable, Codable {
    /// What it covers.
    public enum Cut: String, CaseIterable, Sendable, Codable {
        case tank, shirt, longSleeve, sweater
        case trousers, jeans, shorts, skirt
        case shoes
    }

    /// Whether it is worn below the waist.
    var isLower: Bool {
        switch cut {
        case .trousers, .jeans, .shorts, .skirt: true
        default: false
        }
    }

    /// What the cloth shows.
    public enum Pattern: String, CaseIterable, Sendable, Codable {
        case plain, stripes, checks, dots, print, denim, knit
    }

    public var cut: Cut
    public var pattern: Pattern
    /// Display colours: the ground, and two of the pattern.
    public var colour: Vector3
    public var second: Vector3
    public var third: Vector3
    /// The period of the pattern, metres.
    public var scale: Float
    /// How loosely it hangs, 0 tight … 1.
    public var looseness: Float
    /// Where sleeves or legs end: 0 at the shoulder or hip … 1 at the wrist or ankle.
    public var length: Float
    /// How deep the neck is cut, metres.
    public var neckline: Float
    /// Draws what is printed on it, and phases of its wrinkles.
    public var seed: UInt32
    /// Whether it ends under what is worn below.
    public var isTucked = false
}
