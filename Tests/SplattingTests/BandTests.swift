import Spatial
import Testing

@testable import Splatting

/// Frames whose pairs of Gaussians and tiles would take too much memory are drawn in bands.
@Suite struct BandTests {
    static let settings = RenderSettings(
        background: Vector3(0.4, 0.1, 0.7), rendersDepth: true, isDifferentiable: true)

    @Test(arguments: [1, 50, 300, 900])
    func resultsAreEqualBitForBit(_ pairs: Int) {
        let cloud = GaussianCloud.random(400, seed: 4, shDegree: 1, channelCount: 2)
        let camera = Camera.test(width: 173, height: 121)
        var g = SplitMix(seed: 6)
        let weights = (0..<3 * 173 * 121).map { _ in g.uniform(-1...1) }
        let plane = Array(weights.prefix(173 * 121))
        func run(_ memory: Int?) -> (RenderedFrame, GaussianGradients, Int) {
            let rasteriser = Rasteriser()
            if let memory { rasteriser.pairMemory = memory }
            let frame = rasteriser.render(cloud, camera: camera, settings: Self.settings)
            let gradients = rasteriser.backward(
                cloud, colour: weights, alpha: plane, depth: plane, channels: plane + plane)
            return (frame, gradients, rasteriser.lastFrame?.bands.count ?? 0)
        }
        let whole = run(nil)
        let banded = run(pairs * Rasteriser.pairBytes(features: 3))
        #expect(whole.2 == 1)
        #expect(banded.2 > 1)
        #expect(banded.0 == whole.0)
        #expect(banded.1 == whole.1)
    }

    @Test func bandsHoldWhatTheyMayAndCoverTheGrid() {
        let grid = TileGrid(width: 8 * 7, height: 16 * 5)
        var g = SplitMix(seed: 2)
        let counts = (0..<grid.count).map { _ in Int(g.uniform(0...50)) }
        for limit in [1, 49, 100, 300, 700, 100_000] {
            var seen = [Int](repeating: 0, count: grid.count)
            for band in grid.bands(limit: limit, counts: counts) {
                var pairs = 0
                for tile in 0..<band.count {
                    let (column, row) = band.position(tile)
                    seen[row * grid.columns + column] += 1
                    pairs += counts[row * grid.columns + column]
                }
                #expect(pairs <= limit || band.count == 1)
            }
            #expect(seen.allSatisfy { $0 == 1 })
        }
    }

    @Test func tilesOfTheWidestPictureAreInItsPatches() {
        let last = TileRectangle(x: 65_530, y: 65_533, endX: 65_535, endY: 65_535)
        let patches = last.patches
        #expect(patches.x == 8191 && patches.endX == 8192)
        #expect(patches.y == 32_766 && patches.endY == 32_768)
        let one = TileRectangle(x: 8, y: 2, endX: 9, endY: 3).patches
        #expect(one.x == 1 && one.endX == 2 && one.y == 1 && one.endY == 2)
    }

    /// 1.6 thousand million pairs: their lists alone would take 6.5 GB, their gradients 80 GB.
    @Test func aHundredThousandScreenFillingGaussiansFitInAGigabyte() {
        let count = 100_000
        var cloud = GaussianCloud.random(count, seed: 8, size: 20...40)
        cloud.opacityLogits = cloud.opacityLogits.map { $0 - 4 }
        let camera = Camera.test(width: 1920, height: 1080)
        let rasteriser = Rasteriser()
        let frame = rasteriser.render(
            cloud, camera: camera, settings: RenderSettings(isDifferentiable: true))
        #expect(frame.statistics.pairs > 1_000_000_000)
        #expect(frame.alpha.allSatisfy { $0 > 0.99 && $0 <= 1 })
        let gradients = rasteriser.backward(
            cloud, colour: [Float](repeating: 1, count: 3 * 1920 * 1080))
        #expect(gradients.opacityLogits.allSatisfy { $0.isFinite })
        #expect(gradients.opacityLogits.contains { $0 != 0 })
        #expect(rasteriser.memory < 700 << 20)
    }
}
