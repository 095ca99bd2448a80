import Foundation
import Spatial
import Testing

@testable import Evaluation

/// Errors of depth, normals, masks and flicker against figures worked out by hand.
@Suite struct GeometryMetricsTests {
    private func plane(_ values: [Float]) -> Image {
        Image(width: values.count, height: 1, channels: 1, samples: values)
    }

    @Test func depth() {
        let truth = plane([1, 2, 4, 0, 5])
        let error = DepthError(plane([1.5, 2, 3, 7, 0]), truth)
        #expect(error.count == 3)
        #expect(abs(error.absoluteRelative - (0.5 + 0 + 0.25) / 3) < 1e-7)
        #expect(abs(error.rootMeanSquare - (1.25 / 3.0).squareRoot()) < 1e-7)
        let masked = DepthError(plane([1.5, 2, 3, 7, 0]), truth, mask: plane([1, 1, 0, 1, 1]))
        #expect(masked.count == 2 && abs(masked.absoluteRelative - 0.25) < 1e-7)
        // Depth of another scale and shift is right once it is aligned.
        let scaled = DepthError(plane([0.5, 1, 2, 9, 9]), plane([2, 3, 5, 0, 0]), isAligned: true)
        #expect(scaled.absoluteRelative < 1e-9 && scaled.rootMeanSquare < 1e-9)
        let flat = DepthError(plane([3, 3]), plane([1, 3]), isAligned: true)
        #expect(abs(flat.rootMeanSquare - 1) < 1e-9)
        #expect(DepthError(plane([0]), plane([1])).absoluteRelative.isNaN)
    }

    @Test func normals() {
        let a = Image(width: 3, height: 1, channels: 3, samples: [1, 0, 0, 0, 2, 0, 0, 0, 0])
        let b = Image(width: 3, height: 1, channels: 3, samples: [1, 1, 0, 0, 1, 0, 0, 0, 1])
        // (1,0,0)·(1,0,0), then (0,2,0) against (1,1,0); the third has no normal.
        #expect(abs(NormalError.evaluate(a, b) - 22.5) < 1e-4)
        #expect(NormalError.evaluate(a, b, mask: plane([0, 0, 1])).isNaN)
    }

    @Test func masks() {
        #expect(MaskOverlap.evaluate(plane([1, 1, 0, 0]), plane([0, 1, 1, 0])) == 1.0 / 3)
        #expect(MaskOverlap.evaluate(plane([0, 0]), plane([0, 0.2])) == 1)
    }

    @Test func flickerCountsChangesOnly() {
        var steady = Flicker()
        var flickering = Flicker()
        for (frame, value) in ([0.1, 0.5, 0.3] as [Float]).enumerated() {
            steady.add(plane([value + 0.2, value + 0.2]), plane([value, value]))
            let noise: Float = frame % 2 == 0 ? 0.1 : -0.1
            flickering.add(plane([value + noise, value]), plane([value, value]))
            if frame == 0 { #expect(steady.value.isNaN) }
        }
        #expect(steady.value < 1e-6)
        #expect(abs(flickering.value - (0.04 / 2).squareRoot()) < 1e-6)
    }
}
