import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// The four solutions along the two test videos, every frame, against Python MediaPipe 0.10.21.
@Suite(
    .serialized, .enabled(if: Pictures.areInstalled, "run scripts/bootstrap first"),
    .enabled(if: Videos.arePresent, "the videos of ../shared/real are not here"))
struct SolutionVideoTests {
    let graphs: TrackingGraphs

    init() throws { graphs = try TrackingGraphs.installed() }

    /// Runs a solution along a video, with the times that the reference took: 33 333 µs a frame.
    private func run(
        _ solution: Solution, along name: String, wantsMask: Bool = false,
        _ body: (Int, TrackedFrame) throws -> Void
    ) async throws {
        let tracker = try SolutionTracker(
            solution, isVideo: true, wantsMask: wantsMask, graphs: graphs)
        let url = try #require(Pictures.url(name))
        try await VideoReader(contentsOf: url).readTimedFrames { index, time, frame in
            #expect(abs(time - Double(index) / 30) < 1e-4)
            try body(index, try tracker.track(frame, at: Double(index) * 0.033333))
        }
    }

    /// Holds a track to the reference's, to the fixtures' precision: a 16th of a pixel, a quarter for
    /// bodies.
    ///
    /// Each frame's region comes from the points of the frame before, and where a graph is unsure a
    /// rounding error grows threefold a frame: with one value in a thousand one grey level brighter the
    /// reference strays from itself by up to a fifth of a hand. So this is to fail as soon as any step
    /// rounds otherwise than the reference. On a processor whose kernels do, most frames still have to be
    /// within a hundredth.
    private func hold(
        _ result: Deviation, _ location: SourceLocation = #_sourceLocation
    ) {
        guard roundsAsTheReference else {
            let near = result.distances.filter { $0 < 0.01 }.count
            #expect(2 * near >= result.distances.count, sourceLocation: location)
            return
        }
        #expect(
            result.mean < 0.0005 && result.worst < 0.001 && result.disagreements.isEmpty,
            sourceLocation: location)
    }

    @Test(arguments: Videos.all)
    func face(_ name: String) async throws {
        let fixture = try SolutionFixture(name)
        let expected = try fixture.track("face", scale: 16)
        var result = Deviation()
        try await run(.face, along: name) { index, found in
            let face = found.faces.first.map { face in fixture.kept.map { face.allPoints[$0] } }
            result.take(face, expected[index])
        }
        print("face along \(name): \(result)")
        hold(result)
        #expect(result.distances.count > 100)
    }

    @Test(arguments: Videos.all)
    func hands(_ name: String) async throws {
        let fixture = try SolutionFixture(name)
        let expected = try (0..<2).map { try fixture.track("hands", scale: 16, item: $0) }
        let world = try (0..<2).map { try fixture.track("hands_world", scale: 1e4, item: $0) }
        let isRight = try #require(try fixture.values("hands_right")).values
        var (result, metres) = (Deviation(), Deviation())
        var sides = 0
        try await run(.hands, along: name) { index, found in
            // Which hand comes first means nothing: each is held to the nearest one.
            var rest = found.hands
            for i in 0..<2 {
                var hand: HandLandmarks?
                if let places = expected[i][index] {
                    let distances = rest.map { meanDistance($0.points, places) }
                    if let nearest = rest.indices.min(by: { distances[$0] < distances[$1] }),
                        distances[nearest] < 0.3 * rest[nearest].box.size.y
                    {
                        hand = rest.remove(at: nearest)
                    }
                }
                result.take(hand?.points, expected[i][index])
                metres.take(hand?.world, world[i][index])
                guard let hand, expected[i][index] != nil else { continue }
                // The reference takes the picture for a mirrored one.
                sides += (hand.side == .left) == (isRight[2 * index + i] == 1) ? 0 : 1
            }
            for hand in rest { result.take(hand.points, nil) }
        }
        print("hands along \(name): \(result); in metres: \(metres); \(sides) sides differ")
        hold(result)
        #expect(!roundsAsTheReference || metres.mean < 0.001 && sides == 0)
        #expect(name == "head_video" || result.distances.count > 20)
    }

    @Test(arguments: Videos.all)
    func pose(_ name: String) async throws {
        let fixture = try SolutionFixture(name)
        let expected = try fixture.track("pose", scale: 4)
        let world = try fixture.track("pose_world", scale: 1e4)
        let visibility = try #require(try fixture.values("pose_visibility")).values
        let (masks, shape) = try #require(try fixture.values("pose_mask"))
        var (result, inside, metres) = (Deviation(), Deviation(), Deviation())
        var (seen, worst): (Float, Float) = (0, 0)
        try await run(.pose, along: name, wantsMask: true) { index, found in
            result.take(found.pose?.points.map(\.position), expected[index])
            let wanted = expected[index]
            let within = (wanted ?? []).indices.filter {
                let (x, y) = (wanted![$0][0], wanted![$0][1])
                return x >= 0 && y >= 0 && x < Float(found.width) && y < Float(found.height)
            }
            inside.take(
                found.pose.map { pose in within.map { pose.points[$0].position } },
                wanted.map { rows in within.map { rows[$0] } })
            metres.take(found.pose?.points.map(\.world), world[index])
            guard let pose = found.pose else { return }
            for (i, point) in pose.points.enumerated() {
                seen = max(seen, abs(point.visibility - visibility[33 * index + i] / 255))
            }
            guard index % 30 == 0 else { return }
            let size = shape[1] * shape[2]
            let grid = masks[index / 30 * size..<(index / 30 + 1) * size]
            let rows = (0..<shape[1]).map { row in
                Array(
                    grid[grid.startIndex + row * shape[2]..<grid.startIndex + (row + 1) * shape[2]])
            }
            let mask = try #require(found.mask)
            worst = max(worst, maskDifference(mask, rows))
        }
        print(
            "pose along \(name): \(result); inside the picture: \(inside); in metres: \(metres); visibility within \(seen), "
                + "masks within \(worst)")
        hold(result)
        #expect(inside.mean < 0.001 && metres.mean < 0.0005 || !roundsAsTheReference)
        #expect(seen < 0.003 && worst < 0.001 || !roundsAsTheReference)
        #expect(result.distances.count > 300)
    }

    @Test(arguments: Videos.all)
    func holistic(_ name: String) async throws {
        let fixture = try SolutionFixture(name)
        let expected = try fixture.track("holistic", scale: 4)
        let faces = try fixture.track("holistic_face", scale: 16)
        let hands = try [HandLandmarks.Side.left, .right].map {
            ($0, try fixture.track("holistic_\($0.rawValue)_hand", scale: 16))
        }
        var (body, face, hand) = (Deviation(), Deviation(), Deviation())
        try await run(.holistic, along: name) { index, found in
            body.take(found.pose?.points.map(\.position), expected[index])
            face.take(
                found.faces.first.map { face in fixture.kept.map { face.allPoints[$0] } },
                faces[index])
            for (side, points) in hands {
                hand.take(found.hands.first { $0.side == side }?.points, points[index])
            }
        }
        print("holistic along \(name): body \(body)\n  face \(face)\n  hands \(hand)")
        hold(body)
        hold(face)
        hold(hand)
    }
}
