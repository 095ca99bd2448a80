import Foundation
import Spatial

/// What is known of a mask, and what the unknown part leans towards.
struct Band {
    /// The picture at the mask's pixels.
    let colours: Image
    /// 0 or 1 where known, the guess elsewhere.
    private(set) var start: [Float]
    /// Which pixels are to be solved.
    private(set) var isUnknown: [Bool]
    /// What they lean towards, 0…1.
    private(set) var guess: [Float]
    /// How much, for `MattingSolver`.
    private(set) var trust: [Float]

    /// - Parameters:
    ///   - share: The graphs' opinion at each pixel, 0…1.
    ///   - colours: The picture at the same pixels.
    ///   - cell: The side of a graph's cell in pixels.
    ///   - hair: Where edges are fuzzy and the band is wider; nil for nowhere.
    init(share: [Float], colours: Image, cell: Float, hair: Box?) {
        self.colours = colours
        let (width, height) = (colours.width, colours.height)
        func radius(_ cells: Float) -> Int { max(2, Int((cells * cell).rounded())) }
        let isPerson = share.map { $0 > 0.5 }
        let isElse = isPerson.map { !$0 }
        func erode(_ side: [Bool], _ cells: Float) -> [Bool] {
            BoxFilter.erode(side, width: width, height: height, radius: radius(cells))
        }
        var inside = erode(isPerson, 2)
        var outside = erode(isElse, 2)
        if let hair {
            let far = erode(isElse, 5)
            for y in 0..<height {
                for x in 0..<width
                where hair.contains(Vector2(Float(x) + 0.5, Float(y) + 0.5)) {
                    outside[y * width + x] = far[y * width + x]
                }
            }
        }
        for i in share.indices {
            inside[i] = inside[i] && share[i] > 0.85
            outside[i] = outside[i] && share[i] < 0.15
        }
        isUnknown = zip(inside, outside).map { !$0 && !$1 }
        start = inside.map { $0 ? 1 : 0 }
        guess = share
        trust = [Float](repeating: 0, count: share.count)
        // The models learn from well inside each side: along the edge the opinion is often wrong.
        let local = LocalColours(
            image: colours, isFront: Self.core(inside, radius(2), width, height),
            isBack: Self.core(outside, radius(1), width, height), isNeeded: isUnknown,
            spacing: max(24, radius(8)))
        var odds = [Float](repeating: 0, count: share.count)
        var separation = odds
        let isUnknown = isUnknown
        odds.withUnsafeMutableBufferPointer { odds in
            separation.withUnsafeMutableBufferPointer { separation in
                nonisolated(unsafe) let (odds, separation) = (odds, separation)
                parallelFor(height) { y, _ in
                    for x in 0..<width where isUnknown[y * width + x] {
                        (odds[y * width + x], separation[y * width + x]) = local.odds(x: x, y: y)
                    }
                }
            }
        }
        // Over 3×3 pixels: the seams of sharpening and compression are narrower than a person.
        let smooth = BoxFilter.mean(odds, width: width, height: height, radius: 1)
        for i in share.indices where isUnknown[i] {
            // The opinion counts as odds too, short of certainty: it is out by a cell or two.
            let prior = min(max(share[i], 0.02), 0.98)
            let value = sigmoid(
                1.6 * log(prior / (1 - prior)) + separation[i] * separation[i] * smooth[i])
            guess[i] = value
            start[i] = value
            trust[i] = 0.01 + 0.04 * separation[i]
        }
    }

    /// The part of `side` that lies `radius` from its edge, and all of it where it is thinner.
    private static func core(_ side: [Bool], _ radius: Int, _ width: Int, _ height: Int) -> [Bool] {
        let eroded = BoxFilter.erode(side, width: width, height: height, radius: radius)
        let near = BoxFilter.dilate(eroded, width: width, height: height, radius: 3 * radius)
        return side.indices.map { eroded[$0] || (side[$0] && !near[$0]) }
    }

    /// The opacity of all pixels.
    func solve() -> [Float] {
        MattingSolver(image: colours, isUnknown: isUnknown)
            .solve(start: start, guess: guess, trust: trust, iterations: 60)
    }
}
