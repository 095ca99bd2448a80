import Foundation
import Testing

@testable import Spatial

@Suite struct CameraTests {
    private let camera = Camera(
        eye: Vector3(1, 2, 3), target: Vector3(0.5, 1, -1), verticalFOV: 0.8, width: 640,
        height: 480)

    @Test func looksAtItsTarget() {
        let (pixel, depth) = camera.project(Vector3(0.5, 1, -1))
        #expect((pixel - Vector2(320, 240)).length < 1e-3)
        #expect(abs(depth - (Vector3(0.5, -1, -4) - Vector3(1, 0, 0)).length) < 1)
        #expect(abs(depth - Vector3(-0.5, -1, -4).length) < 1e-5)
        #expect((camera.position - Vector3(1, 2, 3)).length < 1e-5)
    }

    @Test func xIsRightAndYIsDown() {
        let target = Vector3(0.5, 1, -1)
        let centre = camera.project(target).pixel
        #expect(camera.project(target + Vector3(0, 0.1, 0)).pixel.y < centre.y)
        // The camera looks towards −z: +x is to the right.
        #expect(camera.project(target + Vector3(0.1, 0, 0)).pixel.x > centre.x)
        let m = camera.viewMatrix.linear
        #expect(abs(m.determinant - 1) < 1e-5)
    }

    /// A point at the edge of the field of view falls on the border of the picture.
    @Test func theFieldOfViewIsTheVerticalOne() {
        let front = Camera(
            eye: .zero, target: Vector3(0, 0, -1), verticalFOV: 0.8, width: 640, height: 480)
        let top = front.project(Vector3(0, tan(0.4) * 5, -5))
        #expect(abs(top.pixel.y) < 1e-3 && abs(top.pixel.x - 320) < 1e-3)
        #expect(front.project(Vector3(0, 0, 2)).depth < 0)
    }

    @Test(arguments: [0.5, 2, 0.33, 1.7] as [Float])
    func scalingKeepsTheView(_ factor: Float) {
        let scaled = camera.scaled(by: factor)
        #expect(scaled.width == Int((640 * factor).rounded()))
        #expect(scaled.height == Int((480 * factor).rounded()))
        let point = Vector3(0.7, 0.8, -0.3)
        let (a, b) = (camera.project(point), scaled.project(point))
        #expect(a.depth == b.depth)
        // The same share of width and height, whatever the rounding.
        #expect(abs(a.pixel.x / 640 - b.pixel.x / Float(scaled.width)) < 1e-5)
        #expect(abs(a.pixel.y / 480 - b.pixel.y / Float(scaled.height)) < 1e-5)
        #expect(camera.scaled(by: 0.0001).width == 1)
    }
}
