import Spatial

/// How the strands of a style grow.
struct HairRecipe {
    /// The number of strands.
    var count = 7000
    /// The number of points of a strand.
    var points = 9
    /// The length at the crown and at the sides and the nape, metres.
    var topLength: Float = 0.05
    var sideLength: Float = 0.02
    /// How much the hair stands up at the root, and how quickly gravity takes over.
    var lift: Float = 0.5
    var gravity: Float = 0.2
    /// The thickness of the layer that lies on the head, metres.
    var volume: Float = 0.008
    /// The radius of curls, metres, and their turns a metre of hair.
    var curl: Float = 0
    var turns: Float = 0
    /// How far strands stray, and how much they gather in locks, 0…1.
    var stray: Float = 0.15
    var clump: Float = 0.4
    /// The width of a ribbon at its root, metres.
    var width: Float = 0.0011
    /// How hair is combed: away from the parting, forward, back.
    var comb: Comb = .away

    enum Comb { case away, forward, back, none }

    /// The recipe of a style; nil for none at all.
    init?(_ style: HairStyle) {
        switch style {
        case .bald: return nil
        case .buzz:
            (count, points, topLength, sideLength) = (15000, 2, 0.006, 0.004)
            (lift, gravity, volume, stray, clump, comb) = (0.8, 0.1, 0.003, 0.3, 0, .forward)
            width = 0.0006
        case .crop:
            (count, points, topLength, sideLength) = (11000, 6, 0.042, 0.013)
            (lift, gravity, volume, stray, clump) = (0.6, 0.16, 0.011, 0.13, 0.6)
            comb = .forward
        case .sidePart:
            (count, points, topLength, sideLength) = (11000, 9, 0.09, 0.022)
            (lift, gravity, volume, stray, clump) = (0.7, 0.25, 0.015, 0.1, 0.5)
        case .curls:
            (count, points, topLength, sideLength) = (4400, 22, 0.105, 0.075)
            (lift, gravity, volume, stray, clump) = (1.0, 0.16, 0.034, 0.12, 0.5)
            (curl, turns, comb, width) = (0.0085, 28, .none, 0.0016)
        case .bob:
            (count, points, topLength, sideLength) = (8500, 14, 0.27, 0.17)
            (lift, gravity, volume, stray, clump) = (0.35, 0.55, 0.02, 0.07, 0.45)
        case .long:
            (count, points, topLength, sideLength) = (8500, 18, 0.47, 0.37)
            (lift, gravity, volume, stray, clump) = (0.5, 0.5, 0.022, 0.06, 0.5)
        case .wavy:
            (count, points, topLength, sideLength) = (8000, 20, 0.44, 0.34)
            (lift, gravity, volume, stray, clump) = (0.45, 0.42, 0.028, 0.09, 0.55)
            (curl, turns) = (0.013, 6.5)
        case .bun:
            (count, points, topLength, sideLength) = (9500, 14, 0.26, 0.26)
            (lift, gravity, volume, stray, clump) = (0.15, 0.0, 0.012, 0.03, 0.3)
            comb = .back
        }
    }
}
