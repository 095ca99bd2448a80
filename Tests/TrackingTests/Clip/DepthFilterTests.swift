import Foundation
import Spatial
import Testing

@testable import Tracking

/// Two flat surfaces, one metre and one and a half away, as a sensor would see them.
struct DepthFilterTests {
    private let width = 60
    private let height = 40

    private func scene() -> (measured: Image, truth: Image) {
        var truth = Image(width: width, height: height, channels: 1)
        var measured = truth
        var state: UInt64 = 3
        for y in 0..<height {
            for x in 0..<width {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let noise = Float(state >> 40) / Float(1 << 24) - 0.5
                truth[x, y, 0] = x < 30 ? 1000 : 1500
                measured[x, y, 0] = truth[x, y, 0] + 12 * noise
                // Where both surfaces meet the sensor mixes them; some it does not see.
                if x == 30 { measured[x, y, 0] = 1250 + 4 * noise }
                if x > 10 && x < 14 && y > 5 && y < 9 { measured[x, y, 0] = 0 }
            }
        }
        return (measured, truth)
    }

    @Test func noiseGoesAndEdgesStay() {
        let (measured, truth) = scene()
        let smooth = DepthFilter.smoothed(measured)
        var (before, after, count): (Float, Float, Float) = (0, 0, 0)
        for y in 0..<height {
            #expect(smooth[30, y, 0] == 0, "what flies between two surfaces is not known")
            for x in 0..<width where x != 30 && measured[x, y, 0] > 0 {
                #expect(abs(smooth[x, y, 0] - truth[x, y, 0]) < 7)
                before += abs(measured[x, y, 0] - truth[x, y, 0])
                after += abs(smooth[x, y, 0] - truth[x, y, 0])
                count += 1
            }
        }
        #expect(after < 0.4 * before)
        #expect(smooth[12, 7, 0] == 0, "a hole stays one")
    }

    @Test func cellsHoldWhatIsKnownBelowThem() {
        let cells = DepthFilter.reduced(scene().measured, width: 15, height: 10)
        #expect(cells.count == 150)
        for y in 0..<10 {
            for x in 0..<15 where x != 7 {
                #expect(
                    cells[15 * y + x] == 0
                        || abs(Int(cells[15 * y + x]) - (x < 7 ? 1000 : 1500)) < 10)
            }
        }
        let unknown = Image(width: 8, height: 8, channels: 1)
        #expect(DepthFilter.reduced(unknown, width: 20, height: 3).allSatisfy { $0 == 0 })
    }
}
