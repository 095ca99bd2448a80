import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is printed on the chest of a shirt: a sun, a number, diamonds, or a word.
struct FabricPrint {
    let seed: UInt32

    /// The ink at a place in −1…1: how much of it, and which of two colours.
    ///
    /// - Parameter blur: the width of a sample in the same units.
    func ink(_ p: Vector2, blur: Float) -> (amount: Float, which: Float) {
        guard max(abs(p.x), abs(p.y)) < 1.05 else { return (0, 0) }
        let edge = max(blur * 0.7, 0.008)
        func inside(_ distance: Float) -> Float { smoothStep(edge, -edge, distance) }
        switch seed % 4 {
        case 0:
            let sun = inside(p.length - 0.78)
            let bar = p.y * 6 - 0.4
            let gap = p.y < 0.15 ? inside(abs(bar - bar.rounded()) / 6 - 0.03 * (1 - p.y)) : 0
            let hill = inside(p.y + 0.42 - 0.22 * sinf(p.x * 4 + Float(seed % 7)))
            return (sun * max(1 - gap, hill), hill)
        case 1:
            let text = String(seed / 4 % 90 + 10)
            let body = lettering(text, p / Vector2(0.9, 0.95), aspect: 1.3, edge: edge)
            return (body, 0)
        case 2:
            let distance = abs(p.x) * 0.9 + abs(p.y)
            let ring = distance * 4
            let band = inside(abs(ring - ring.rounded()) / 4 - 0.065)
            return (
                band * inside(distance - 0.95), ring.rounded().truncatingRemainder(dividingBy: 2)
            )
        default:
            let words = ["OSLO", "WAVE", "NORD", "LIMA", "ECHO", "MOON", "RIVER", "SOLAR"]
            let word = words[Int(seed / 4) % words.count]
            let text = lettering(word, p / Vector2(1, 0.42), aspect: 2.4, edge: edge * 1.5)
            let rule = inside(abs(abs(p.y) - 0.56) - 0.025) * inside(abs(p.x) - 0.95)
            return (max(text, rule), rule > text ? 1 : 0)
        }
    }

    /// Letters of five by seven squares that fill −1…1.
    private func lettering(_ text: String, _ p: Vector2, aspect: Float, edge: Float) -> Float {
        let letters = Array(text)
        let columns = Float(letters.count * 6 - 1)
        let x = (p.x + 1) / 2 * columns
        let y = (1 - p.y) / 2 * 7
        guard x >= 0, x < columns, y >= 0, y < 7 else { return 0 }
        let index = Int(x) / 6
        let column = Int(x) % 6
        guard column < 5, index < letters.count, let rows = Self.glyphs[letters[index]] else {
            return 0
        }
        return rows[Int(y)] >> UInt8(4 - column) & 1 == 1 ? 1 : 0
    }

    private static let glyphs: [Character: [UInt8]] = [
        "0": [14, 17, 19, 21, 25, 17, 14], "1": [4, 12, 4, 4, 4, 4, 14],
        "2": [14, 17, 1, 6, 8, 16, 31], "3": [30, 1, 1, 14, 1, 1, 30],
        "4": [2, 6, 10, 18, 31, 2, 2], "5": [31, 16, 30, 1, 1, 17, 14],
        "6": [6, 8, 16, 30, 17, 17, 14], "7": [31, 1, 2, 4, 8, 8, 8],
        "8": [14, 17, 17, 14, 17, 17, 14], "9": [14, 17, 17, 15, 1, 2, 12],
        "A": [14, 17, 17, 31, 17, 17, 17], "C": [14, 17, 16, 16, 16, 17, 14],
        "D": [30, 17, 17, 17, 17, 17, 30], "E": [31, 16, 16, 30, 16, 16, 31],
        "H": [17, 17, 17, 31, 17, 17, 17], "I": [14, 4, 4, 4, 4, 4, 14],
        "L": [16, 16, 16, 16, 16, 16, 31], "M": [17, 27, 21, 21, 17, 17, 17],
        "N": [17, 25, 21, 19, 17, 17, 17], "O": [14, 17, 17, 17, 17, 17, 14],
        "R": [30, 17, 17, 30, 20, 18, 17], "S": [15, 16, 16, 14, 1, 1, 30],
        "V": [17, 17, 17, 17, 17, 10, 4], "W": [17, 17, 17, 21, 21, 27, 17],
    ]
}
