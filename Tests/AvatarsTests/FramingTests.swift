import Foundation
import Rigs
import Spatial
import Testing

@testable import Avatars

@Suite struct FramingTests {
    private let avatar = SmallAvatar.make()

    @Test(arguments: [(64, 64), (200, 50), (50, 200)])
    func aCameraShowsAllPointsFromEverywhere(_ width: Int, _ height: Int) {
        let points = avatar.rig.vertices
        for yaw in stride(from: Float(-3), through: 3, by: 0.5) {
            for pitch: Float in [-0.6, 0, 0.6] {
                let camera = Camera(
                    showing: points, yaw: yaw, pitch: pitch, width: width, height: height)
                for point in points {
                    let (pixel, depth) = camera.project(point)
                    #expect(depth > 0)
                    #expect(pixel.x >= 0 && pixel.x <= Float(width))
                    #expect(pixel.y >= -0.2 * Float(height) && pixel.y <= 1.2 * Float(height))
                    if pitch == 0 { #expect(pixel.y >= 0 && pixel.y <= Float(height)) }
                }
            }
        }
    }

    @Test func theFigureFillsThePicture() {
        let points = avatar.rig.vertices
        let camera = Camera(showing: points, width: 100, height: 100)
        let ys = points.map { camera.project($0).pixel.y }
        #expect((ys.max()! - ys.min()!) > 60)
        #expect(camera.position.z > 0.5, "the camera stands in front")
        #expect(Camera(showing: points, yaw: .pi / 2, width: 9, height: 9).position.x > 0.5)
        #expect(Camera(showing: points, pitch: 0.5, width: 9, height: 9).position.y > 0.2)
    }

    @Test func pointsThatAreNoneOrOneAreBorne() {
        for points in [[], [Vector3(1, 2, 3)], [Vector3.zero, .zero]] {
            let camera = Camera(showing: points, width: 10, height: 10)
            let numbers = camera.viewMatrix.rowMajor + [camera.intrinsics.fx]
            #expect(numbers.allSatisfy { $0.isFinite }, "\(points)")
        }
    }

    @Test func aHeadIsAPartOfTheBody() {
        let vertices = avatar.rig.vertices
        let (head, body) = (
            avatar.points(of: .head, in: vertices), avatar.points(of: .body, in: vertices)
        )
        #expect(body.count == vertices.count)
        #expect(head.count < body.count && head.count > 0)
        #expect(head.map(\.y).min()! > body.map(\.y).min()!)
    }

    @Test func standingIsUprightAtTheOrigin() {
        let pose = avatar.standingPose
        #expect(pose.rotations[0] == .identity)
        #expect(pose.rootTranslation == .zero)
        #expect(pose.rotations[1] == avatar.portrait.pose.rotations[1])
    }

    @Test func orbitingGoesRoundAPoint() {
        let centre = Vector3(0.1, 0.3, -0.2)
        let view = avatar.portrait
        let turned = view.orbited(yaw: 0.7, about: centre)
        let (a, b) = (view.camera.project(centre), turned.camera.project(centre))
        #expect((a.pixel - b.pixel).length < 1e-3 && abs(a.depth - b.depth) < 1e-5)
        let (from, to) = (view.camera.position - centre, turned.camera.position - centre)
        #expect(abs(from.y - to.y) < 1e-5)
        let (x, z) = (from.x * cos(0.7) + from.z * sin(0.7), from.z * cos(0.7) - from.x * sin(0.7))
        #expect(abs(to.x - x) < 1e-5 && abs(to.z - z) < 1e-5)
    }

    @Test func theContactSheetHasFourRowsOfFive() {
        let photo = Image(width: 30, height: 90, channels: 3, filledWith: 0.25)
        let sheet = ContactSheet.draw(avatar, photo: photo)
        #expect(sheet.width == 5 * ContactSheet.cell && sheet.height == 4 * ContactSheet.cell)
        #expect(sheet.channels == 3)
        let middle = ContactSheet.cell / 2
        #expect(abs(sheet[middle, middle, 0] - 0.25) < 1e-5, "the photo comes first")
        #expect(sheet[2, 2, 0] == 1, "on white")
        // Every cell of the avatar shows something.
        for row in 0..<4 {
            for column in 0..<5 where row + column > 0 {
                let cell = sheet.cropped(
                    x: column * ContactSheet.cell, y: row * ContactSheet.cell,
                    width: ContactSheet.cell, height: ContactSheet.cell)
                #expect(cell.samples.contains { $0 < 0.9 }, "row \(row), column \(column)")
            }
        }
    }

    @Test func aStageDrawsEachFrame() {
        let motion = Motion(
            name: "test", frameRate: 10,
            frames: [
                Motion.Frame(), Motion.Frame(cameraAzimuth: 1),
                Motion.Frame(rotations: ["head": Quaternion(axisAngle: Vector3(0, 0, 1))]),
                Motion.Frame(rotations: ["tail": .identity]),
            ])
        let stage = MotionStage(avatar, motion: motion, framing: .body, size: 32)
        let drawn = (0..<4).map(stage.draw)
        #expect(drawn.allSatisfy { $0.width == 32 && $0.height == 32 })
        #expect(drawn[0] != drawn[1] && drawn[0] != drawn[2])
        #expect(drawn[3] == drawn[0], "a bone that is not there moves nothing")
        #expect(stage.drawingSeconds > 0)
    }
}
