import Foundation
import Media
import Spatial
import Testing

@testable import Captures

@Suite struct LensDistortionTests {
    private let lenses: [LensDistortion] = [
        .polynomial(
            radial: [-0.1, 0.02, 0.01, 0.04, -0.03, 0.02], tangential: Vector2(3e-3, -2e-3)),
        .polynomial(radial: [-0.2], tangential: .zero),
        .fisheye(
            radial: [0.05, -0.02, 0.004, -0.001], tangential: Vector2(3e-3, -2e-3),
            prism: Vector2(2e-3, 1e-3)),
        .fieldOfView(1),
    ]

    @Test func undistortedIsTheInverse() {
        for lens in lenses {
            for i in 0..<64 {
                let point = Vector2(Float(i % 8) / 8 - 0.45, Float(i / 8) / 8 - 0.45)
                let back = lens.undistorted(lens.distorted(point))
                #expect((back - point).length < 1e-5, "\(lens)")
            }
        }
        #expect(LensDistortion.none.distorted(Vector2(0.3, 0.4)) == Vector2(0.3, 0.4))
    }

    /// A smooth picture of the plane at distance 1, seen through a lens and freed of it, is the picture that
    /// the pinhole sees.
    @Test func picturesAreFreedOfTheirLens() {
        let k = Intrinsics(fx: 60, fy: 62, cx: 47, cy: 33)
        let camera = Camera(intrinsics: k, width: 96, height: 64)
        func ray(_ x: Int, _ y: Int) -> Vector2 {
            Vector2((Float(x) + 0.5 - k.cx) / k.fx, (Float(y) + 0.5 - k.cy) / k.fy)
        }
        func scene(_ p: Vector2) -> Float { 0.5 + 0.25 * sin(9 * p.x) + 0.25 * cos(7 * p.y) }
        for lens in lenses {
            var seen = Image(width: 96, height: 64, channels: 1)
            for y in 0..<64 {
                for x in 0..<96 { seen[x, y, 0] = scene(lens.undistorted(ray(x, y))) }
            }
            let free = lens.undistorted(seen, of: camera, kind: .colour)
            var (worst, raw) = (Float(0), Float(0))
            for y in 12..<52 {
                for x in 16..<80 {
                    worst = max(worst, abs(free[x, y, 0] - scene(ray(x, y))))
                    raw = max(raw, abs(seen[x, y, 0] - scene(ray(x, y))))
                }
            }
            #expect(worst < 0.01 && raw > 0.02, "\(lens): \(worst), \(raw)")
        }
    }

    @Test func numbersOfPartsAreNotMixed() {
        var parts = Image(width: 40, height: 40, channels: 1)
        for y in 0..<40 { for x in 0..<40 { parts[x, y, 0] = x < 8 ? 2 : 7 } }
        let camera = LayoutSupport.guess(width: 40, height: 40)
        let free = lenses[3].undistorted(parts, of: camera, kind: .parts)
        #expect(Set(free.samples).isSubset(of: [0, 2, 7]))
        #expect(
            lenses[3].undistorted(parts, of: camera, kind: .colour).samples.contains {
                $0 > 2 && $0 < 7
            })
    }
}
