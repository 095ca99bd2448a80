import Avatars
import Evaluation
import Foundation
import Media
import Rigs
import Spatial
import Testing

@testable import Methods

/// The main job, end to end, on the public-domain portrait that the set-up brings.
@Suite(.serialized) struct SinglePhotoTests {
    /// One avatar for all tests of the suite: quick, so coarser than the command's.
    // Sound: made once, and the tests of the suite, which only read it, run one after another.
    nonisolated(unsafe) private static let made: Result<(SinglePhoto.Result, [String]), any Error> =
        Result {
            let photo = try Image.read(
                contentsOf: Installation.locate("skimage/data/astronaut.png"))
            var options = SinglePhoto.Options()
            options.steps = 120
            options.longerSide = 384
            let listener = SilentListener()
            let result = try SinglePhoto().create(
                from: photo, name: "astronaut.png", options: options, listener: listener)
            return (result, listener.stages)
        }

    @Test func aPhotographBecomesAnAvatarThatLooksLikeIt() throws {
        let (result, stages) = try Self.made.get()
        #expect(stages.count == 6)
        // Fewer steps than the command's three hundred: the bounds are below what it is held to.
        #expect(result.figures.psnr > 21)
        #expect(result.figures.ssim > 0.85)
        #expect(result.figures.landmarkErrorPercent! < 4)
        #expect(result.figures.holesPercent < 1)
        #expect(result.figures.gaussians > 50_000)
    }

    @Test func theRenderingIsOfTheAvatarAndNotOfThePhotograph() throws {
        let (result, _) = try Self.made.get()
        var blank = result.avatar
        blank.gaussians.colours = blank.gaussians.colours.map { _ in 0.5 }
        let grey = AvatarPlayer(blank).render(blank.portrait).image
        let full = AvatarPlayer(result.avatar).render(result.avatar.portrait).image
        #expect(PSNR.evaluate(grey, full) < 20)
    }

    @Test func itMoves() throws {
        let (result, _) = try Self.made.get()
        let avatar = result.avatar
        let player = AvatarPlayer(avatar)
        player.pose(avatar.standingPose)
        let camera = Camera(
            showing: avatar.points(of: .head, in: player.vertices), width: 128, height: 128)
        let neutral = player.render(camera: camera).image
        player.pose(avatar.standingPose, expression: FaceExpression([.jawOpen: 1]))
        let open = player.render(camera: camera).image
        #expect(PSNR.evaluate(neutral, open) < 35)
        // The jaw opens downwards: the lower half of the picture changes more than the upper.
        var lower = Image(width: 128, height: 128, channels: 1)
        var upper = lower
        for y in 0..<128 {
            for x in 0..<128 {
                if y >= 64 { lower[x, y, 0] = 1 } else { upper[x, y, 0] = 1 }
            }
        }
        #expect(
            PSNR.evaluate(neutral, open, mask: lower) < PSNR.evaluate(neutral, open, mask: upper))
    }

    @Test func theMouthHasTeethAndATongue() throws {
        let (result, _) = try Self.made.get()
        let avatar = result.avatar
        for part in [BodyPart.upperTeeth, .lowerTeeth, .tongue, .leftEye, .rightEye] {
            let faces = Set(avatar.faceParts.indices.filter { avatar.faceParts[$0] == part })
            #expect(avatar.gaussians.faces.contains { faces.contains(Int($0)) })
        }
    }

    @Test func theFileHoldsWhatWasMeasured() throws {
        let (result, _) = try Self.made.get()
        let bytes = try result.avatar.encoded()
        let read = try Avatar(bytes: bytes, name: "test")
        // As booleans: a failure would otherwise print every number of both.
        let isSame =
            read.gaussians == result.avatar.gaussians && read.rig == result.avatar.rig
            && read.portrait == result.avatar.portrait && read.manifest == result.avatar.manifest
        #expect(isSame)
        let isStable = try read.encoded() == bytes
        #expect(isStable)
    }
}
