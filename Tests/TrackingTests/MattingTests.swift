import Foundation
import Spatial
import Testing

@testable import Tracking

@Suite struct MattingTests {
    /// A disc with a soft, scalloped rim, over another gradient of colours: the opacity, the picture.
    private func composite(size: Int) -> (alpha: [Float], picture: Image) {
        var picture = Image(width: size, height: size, channels: 3)
        var alpha = [Float](repeating: 0, count: size * size)
        for y in 0..<size {
            for x in 0..<size {
                let p = Vector2(Float(x), Float(y)) / Float(size) - 0.5
                let rim = 0.3 + 0.02 * sin(12 * atan2(p.y, p.x))
                let a = min(max((rim - p.length) / 0.05 + 0.5, 0), 1)
                alpha[y * size + x] = a
                let front = Vector3(0.9, 0.5 + 0.3 * p.x, 0.1)
                let back = Vector3(0.1, 0.3, 0.6 + 0.4 * p.y)
                let colour = a * front + (1 - a) * back
                for c in 0..<3 { picture[x, y, c] = colour[c] }
            }
        }
        return (alpha, picture)
    }

    @Test func solverFindsAKnownOpacity() {
        let size = 96
        let (alpha, picture) = composite(size: size)
        let solver = MattingSolver(image: picture, isUnknown: alpha.map { $0 > 0 && $0 < 1 })
        let start = alpha.map { $0 > 0 && $0 < 1 ? 0.5 : $0 }
        let none = [Float](repeating: 0, count: alpha.count)
        let solved = solver.solve(start: start, guess: start, trust: none, iterations: 400)
        let error = zip(solved, alpha).map { abs($0 - $1) }
        #expect(error.reduce(0, +) / Float(error.count { $0 > 0 }) < 0.02)
        #expect(error.max()! < 0.1)
    }

    @Test func trustHoldsTheGuess() {
        let (alpha, picture) = composite(size: 48)
        let solver = MattingSolver(image: picture, isUnknown: alpha.map { $0 > 0 && $0 < 1 })
        let guess = alpha.map { $0 > 0 && $0 < 1 ? Float(0.25) : $0 }
        let trust = [Float](repeating: 1000, count: alpha.count)
        let solved = solver.solve(start: guess, guess: guess, trust: trust, iterations: 50)
        for (a, b) in zip(solved, guess) { #expect(abs(a - b) < 0.01) }
    }

    @Test func boxFilterEqualsTheSlowMean() {
        let (width, height) = (13, 9)
        let plane = (0..<width * height).map { Float(($0 * 37) % 101) / 101 }
        for radius in [1, 3, 20] {
            let fast = BoxFilter.mean(plane, width: width, height: height, radius: radius)
            for y in 0..<height {
                for x in 0..<width {
                    var (sum, count) = (Float(0), Float(0))
                    for v in max(0, y - radius)...min(height - 1, y + radius) {
                        for u in max(0, x - radius)...min(width - 1, x + radius) {
                            sum += plane[v * width + u]
                            count += 1
                        }
                    }
                    #expect(abs(fast[y * width + x] - sum / count) < 1e-5)
                }
            }
        }
    }

    @Test func dilationAndErosionAreSquares() {
        var mask = [Bool](repeating: false, count: 49)
        mask[24] = true
        let grown = BoxFilter.dilate(mask, width: 7, height: 7, radius: 2)
        #expect(grown.count { $0 } == 25)
        #expect(BoxFilter.erode(grown, width: 7, height: 7, radius: 2) == mask)
    }

    /// Where the plane is an affine function of the guide in every window, nothing changes.
    @Test func guidedFilterKeepsAffineFunctions() {
        let (_, picture) = composite(size: 32)
        let plane = (0..<picture.pixelCount).map { i in
            let c = picture.rgb(x: i % 32, y: i / 32)
            return 0.2 + 0.5 * c.x - 0.3 * c.y + 0.1 * c.z
        }
        let filtered = GuidedFilter(guide: picture, radius: 3, epsilon: 1e-7).apply(plane)
        for (a, b) in zip(filtered, plane) { #expect(abs(a - b) < 2e-3) }
        // And with a great epsilon it is twice the box mean.
        let smooth = GuidedFilter(guide: picture, radius: 3, epsilon: 1e4).apply(plane)
        let once = BoxFilter.mean(plane, width: 32, height: 32, radius: 3)
        let mean = BoxFilter.mean(once, width: 32, height: 32, radius: 3)
        for (a, b) in zip(smooth, mean) { #expect(abs(a - b) < 1e-3) }
    }

    @Test func foregroundColoursLoseTheBackground() {
        let (alpha, picture) = composite(size: 96)
        let matte = Image(width: 96, height: 96, channels: 1, samples: alpha)
        let front = picture.foregroundColours(matte: matte)
        var (before, after, count) = (Float(0), Float(0), Float(0))
        for y in 0..<96 {
            for x in 0..<96 where alpha[y * 96 + x] > 0.1 && alpha[y * 96 + x] < 0.9 {
                let p = Vector2(Float(x), Float(y)) / 96 - 0.5
                let truth = Vector3(0.9, 0.5 + 0.3 * p.x, 0.1)
                before += (picture.rgb(x: x, y: y) - truth).length
                after += (front.rgb(x: x, y: y) - truth).length
                count += 1
            }
        }
        #expect(after / count < 0.08)
        #expect(after < 0.2 * before)
    }

    @Test func componentsAreCounted() {
        let rows = ["##..#", "#...#", "..#..", ".....", "#####"]
        let mask = rows.joined().map { $0 == "#" }
        let parts = Components(mask, width: 5, height: 5)
        #expect(parts.areas == [3, 2, 1, 5])
        #expect(parts.largest == 3)
        #expect(parts.touchesBorder == [true, true, false, true])
    }

    @Test func colourModelsTellTwoSidesApart() throws {
        func cloud(_ centre: Vector3, _ seed: Int) -> [Vector3] {
            (0..<300).map { i in
                let k = Float((i * 7919 + seed) % 1000) / 1000 - 0.5
                return centre + 0.1 * k * Vector3(1, 0.5, -0.7)
            }
        }
        let ones = [Float](repeating: 1, count: 600)
        let warm = try #require(
            ColourModel(
                colours: cloud(Vector3(0.9, 0.5, 0.1), 1) + cloud(Vector3(0.1, 0.1, 0.1), 2),
                weights: ones))
        let cold = try #require(
            ColourModel(
                colours: cloud(Vector3(0.2, 0.4, 0.9), 3) + cloud(Vector3(0.9, 0.9, 0.9), 4),
                weights: ones))
        #expect(
            warm.logDensity(Vector3(0.88, 0.5, 0.12)) > cold.logDensity(Vector3(0.88, 0.5, 0.12)))
        #expect(warm.logDensity(Vector3(0.9, 0.9, 0.92)) < cold.logDensity(Vector3(0.9, 0.9, 0.92)))
        // Brighter than any: the nearer side.
        #expect(warm.logDensity(Vector3(1, 1, 1)) < cold.logDensity(Vector3(1, 1, 1)))
        #expect(ColourModel(colours: [.zero], weights: [1]) == nil)
    }
}
