import Spatial

/// Where a depth map tears: neighbouring pixels that belong to different surfaces.
///
/// All is decided on inverse distances. Those of a plane are linear in the pixels of a perspective
/// picture, however it is slanted, and what a step in them tears apart on the screen when the camera
/// moves is in proportion to it.
struct DepthEdges {
    /// Whether the pixel goes on at its right neighbour: one for each pixel, in the last column at the
    /// first one of a panorama.
    private(set) var joinsRight: [Bool]
    /// Whether the pixel goes on at the one below it.
    private(set) var joinsBelow: [Bool]
    /// The inverse distances, steps between surfaces made sharp: autoencoders blur them, and points
    /// between two surfaces belong to neither.
    private(set) var inverse: [Float]

    private let width: Int
    private let height: Int
    private let wraps: Bool
    /// The angle between neighbouring pixels, radians.
    let pitch: Float
    /// Steps in inverse distance below this are none, 1/m.
    private let threshold: Float

    /// A surface as steep as this against the ray is a step: the tangent of the angle between its
    /// normal and the ray (83°).
    private static let steepness: Float = 8
    /// Steps of less than this share of the range are noise.
    private static let leastStep: Float = 0.02
    /// How far around a step is looked for its plane, and a blurred one's ends, pixels.
    private static let (planeRadius, blurRadius) = (3, 2)
    /// What is nearer to one of two surfaces than this share of the way between them lies on it: the
    /// surface may be slanted.
    private static let leastBlur: Float = 0.1

    init(
        inverse: [Float], width: Int, height: Int, wraps: Bool, pitch: Float, range: Float
    ) {
        (self.inverse, self.width, self.height, self.wraps) = (inverse, width, height, wraps)
        (self.pitch, threshold) = (pitch, Self.leastStep * range)
        (joinsRight, joinsBelow) = ([], [])
        findJoins()
        sharpen()
        findJoins()
    }

    /// The index of a pixel; beyond the border the next one inside, in panoramas around it.
    func index(_ x: Int, _ y: Int) -> Int {
        let column = wraps ? (x % width + width) % width : min(max(x, 0), width - 1)
        return min(max(y, 0), height - 1) * width + column
    }

    /// The pixel so far away, or nil where there is none.
    func neighbour(_ x: Int, _ y: Int, _ dx: Int, _ dy: Int) -> Int? {
        guard 0..<height ~= y + dy, wraps || 0..<width ~= x + dx else { return nil }
        return index(x + dx, y + dy)
    }

    /// Whether a pixel goes on at its neighbour in a direction.
    func joins(_ x: Int, _ y: Int, _ dx: Int, _ dy: Int) -> Bool {
        guard neighbour(x, y, dx, dy) != nil else { return false }
        return dy == 0
            ? joinsRight[index(dx > 0 ? x : x - 1, y)] : joinsBelow[index(x, dy > 0 ? y : y - 1)]
    }

    private mutating func findJoins() {
        joinsRight = pixels { x, y in
            (wraps || x + 1 < width) && !isStep(x, y, 1, 0)
        }
        joinsBelow = pixels { x, y in y + 1 < height && !isStep(x, y, 0, 1) }
    }

    /// A value for each pixel, row by row.
    private func pixels<Value: Sendable>(_ value: (Int, Int) -> Value) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(width * height)
        for y in 0..<height { for x in 0..<width { values.append(value(x, y)) } }
        return values
    }

    /// Whether a pixel and its neighbour in a direction lie on different surfaces.
    private func isStep(_ x: Int, _ y: Int, _ dx: Int, _ dy: Int) -> Bool {
        let (a, b) = (inverse[index(x, y)], inverse[index(x + dx, y + dy)])
        let step = abs(a - b)
        guard step > threshold, step > Self.steepness * pitch * max(a, b) else { return false }
        // A steep plane goes on evenly to both sides; from a sharp step the line deviates by 3/7.
        let r = Self.planeRadius
        let first = inverse[index(x - r * dx, y - r * dy)]
        let last = inverse[index(x + (r + 1) * dx, y + (r + 1) * dy)]
        let slope = (last - first) / Float(2 * r + 1)
        var deviation: Float = 0
        for i in -r...(r + 1) {
            let expected = first + slope * Float(i + r)
            deviation = max(deviation, abs(inverse[index(x + i * dx, y + i * dy)] - expected))
        }
        return deviation > 0.25 * step
    }

    /// Gives pixels between two surfaces the inverse distance of the one that they are nearer to.
    private mutating func sharpen() {
        let r = Self.blurRadius
        inverse = pixels { x, y in
            let own = inverse[index(x, y)]
            var (low, high, isTorn) = (own, own, false)
            for dy in -r...r {
                for dx in -r...r {
                    let i = index(x + dx, y + dy)
                    low = min(low, inverse[i])
                    high = max(high, inverse[i])
                    if abs(dx) < r && abs(dy) < r && isTornAt(i) { isTorn = true }
                }
            }
            let between = min(high - own, own - low)
            guard isTorn, between > Self.leastBlur * (high - low) else { return own }
            return high - own < own - low ? high : low
        }
    }

    /// Whether the pixel does not go on at its neighbour to the right or below, where it has one.
    private func isTornAt(_ i: Int) -> Bool {
        let (y, x) = i.quotientAndRemainder(dividingBy: width)
        return (wraps || x + 1 < width) && !joinsRight[i] || y + 1 < height && !joinsBelow[i]
    }
}
