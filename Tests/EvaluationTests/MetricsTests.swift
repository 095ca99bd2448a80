import Foundation
import Spatial
import Testing

@testable import Evaluation

/// PSNR and SSIM against scikit-image and torchmetrics (
/// scripts/fixtures/evaluation_metrics.py).
@Suite struct MetricsTests {
    struct Case: Decodable {
        let width, height: Int
        let psnr, ssim, ssimLeftHalf, torchmetrics: Double
    }

    static let cases: [Case] = {
        let url = Bundle.module.url(forResource: "Fixtures/metrics", withExtension: "json")!
        return try! JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
    }()

    /// The images of the script.
    private func images(_ width: Int, _ height: Int) -> (Image, Image) {
        var (a, b) = (
            Image(width: width, height: height, channels: 3),
            Image(width: width, height: height, channels: 3)
        )
        for c in 0..<3 {
            for y in 0..<height {
                for x in 0..<width {
                    let (u, v, k) = (Double(x), Double(y), Double(c))
                    let value = 0.5 + 0.4 * sin(0.3 * u + 0.1 * k) * cos(0.2 * v - 0.3 * k)
                    let noisy = value + 0.1 * sin(1.7 * u * (1 + k) + 0.9 * v)
                    a[x, y, c] = Float(value)
                    b[x, y, c] = Float(min(max(noisy, 0), 1))
                }
            }
        }
        return (a, b)
    }

    @Test(arguments: 0..<3) func agreeWithPython(index: Int) {
        let expected = Self.cases[index]
        let (a, b) = images(expected.width, expected.height)
        #expect(abs(PSNR.evaluate(b, a) - expected.psnr) < 1e-4)
        #expect(abs(SSIM.evaluate(b, a) - expected.ssim) < 1e-5)
        let torchmetrics = SSIM.evaluate(b, a, variant: .torchmetrics)
        #expect(abs(torchmetrics - expected.torchmetrics) < 1e-5)
        var left = Image(width: expected.width, height: expected.height, channels: 1)
        for y in 0..<expected.height { for x in 0..<expected.width / 2 { left[x, y, 0] = 1 } }
        #expect(abs(SSIM.evaluate(b, a, mask: left) - expected.ssimLeftHalf) < 1e-5)
    }

    @Test func equalImagesArePerfect() {
        let (a, _) = images(48, 32)
        #expect(PSNR.evaluate(a, a) == .infinity)
        #expect(abs(SSIM.evaluate(a, a) - 1) < 1e-12)
    }

    @Test func onlyTheMaskCounts() {
        let (a, _) = images(48, 32)
        var b = a
        b[3, 3, 0] += 0.5
        var mask = Image(width: 48, height: 32, channels: 1, filledWith: 1)
        mask[3, 3, 0] = 0
        #expect(PSNR.evaluate(b, a, mask: mask) == .infinity)
        #expect(PSNR.evaluate(b, a) < 60)
    }
}
