import Foundation
import Testing

@testable import Spatial

@Suite struct ImageTests {
    /// The triangle filter, pixel by pixel in double precision, both axes at once.
    private func reference(_ image: Image, _ width: Int, _ height: Int) -> Image {
        func weights(_ source: Int, _ target: Int, _ i: Int) -> [Double] {
            let scale = Double(source) / Double(target)
            let centre = (Double(i) + 0.5) * scale
            let raw = (0..<source).map {
                max(0, 1 - abs(Double($0) + 0.5 - centre) / max(1, scale))
            }
            return raw.map { $0 / raw.reduce(0, +) }
        }
        var result = Image(width: width, height: height, channels: image.channels)
        for y in 0..<height {
            let rows = weights(image.height, height, y)
            for x in 0..<width {
                let columns = weights(image.width, width, x)
                for c in 0..<image.channels {
                    var sum = 0.0
                    for (v, row) in rows.enumerated() where row > 0 {
                        for (u, column) in columns.enumerated() where column > 0 {
                            sum += row * column * Double(image[u, v, c])
                        }
                    }
                    result[x, y, c] = Float(sum)
                }
            }
        }
        return result
    }

    @Test(arguments: [
        (20, 15, 7, 5), (20, 15, 40, 31), (20, 15, 13, 29), (3, 2, 1, 1), (1, 1, 5, 4),
        (2, 9, 9, 2), (31, 1, 8, 1),
    ])
    func resizingIsATriangleFilter(_ w: Int, _ h: Int, _ width: Int, _ height: Int) {
        var random = SplitMix(seed: UInt64(w * h))
        let image = random.image(w, h, channels: 3)
        let resized = image.resized(width: width, height: height)
        let expected = reference(image, width, height)
        #expect(resized.width == width && resized.height == height && resized.channels == 3)
        for (a, b) in zip(resized.samples, expected.samples) { #expect(abs(a - b) < 1e-5) }
    }

    @Test func resizingKeepsAConstantAndTheSize() {
        let flat = Image(width: 17, height: 23, channels: 2, filledWith: 0.6)
        for (width, height) in [(5, 40), (170, 3), (17, 23)] {
            let resized = flat.resized(width: width, height: height)
            #expect(resized.samples.allSatisfy { abs($0 - 0.6) < 1e-6 })
        }
        var random = SplitMix(seed: 9)
        let image = random.image(6, 5, channels: 1)
        #expect(image.resized(width: 6, height: 5) == image)
    }

    @Test func croppingCopiesAndFillsOutside() {
        var random = SplitMix(seed: 3)
        let image = random.image(6, 5, channels: 2)
        let filled = image.cropped(x: -2, y: 3, width: 10, height: 4, outside: 9)
        let repeated = image.cropped(x: -2, y: 3, width: 10, height: 4)
        for c in 0..<2 {
            for y in 0..<4 {
                for x in 0..<10 {
                    let (sx, sy) = (x - 2, y + 3)
                    let isInside = (0..<6).contains(sx) && (0..<5).contains(sy)
                    #expect(filled[x, y, c] == (isInside ? image[sx, sy, c] : 9))
                    #expect(
                        repeated[x, y, c] == image[min(max(sx, 0), 5), min(max(sy, 0), 4), c])
                }
            }
        }
    }

    @Test func channelsArePlanes() {
        var random = SplitMix(seed: 4)
        let image = random.image(4, 3, channels: 4)
        #expect(image.channels(1..<3)[2, 1, 0] == image[2, 1, 1])
        #expect(image.rgb(x: 3, y: 2) == Vector3(image[3, 2, 0], image[3, 2, 1], image[3, 2, 2]))
        #expect(image.samples[(2 * 3 + 1) * 4 + 3] == image[3, 1, 2])
    }

    @Test(arguments: [(1, 1), (12, 9), (9, 12), (40, 1), (1, 40)])
    func distancesAreTheNearestPixels(_ width: Int, _ height: Int) {
        var random = SplitMix(seed: UInt64(width + 100 * height))
        for share: Float in [0, 0.02, 0.2, 1] {
            let mask = Image(
                width: width, height: height, channels: 1,
                samples: (0..<width * height).map { _ in
                    Float.random(in: 0...1, using: &random) < share ? 1 : 0.5
                })
            let field = DistanceField.outside(mask)
            for y in 0..<height {
                for x in 0..<width {
                    var nearest = Double(width * width + height * height)
                    for v in 0..<height {
                        for u in 0..<width where mask[u, v, 0] > 0.5 {
                            nearest = min(nearest, Double((u - x) * (u - x) + (v - y) * (v - y)))
                        }
                    }
                    #expect(abs(Double(field[x, y, 0]) - nearest.squareRoot()) < 1e-4)
                }
            }
        }
    }
}
