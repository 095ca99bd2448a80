import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// Each step of the solutions along the two test videos, every frame, given what the graphs of Python
/// MediaPipe 0.10.21 were given: nothing can add up here.
@Suite(
    .serialized, .enabled(if: Pictures.areInstalled, "run scripts/bootstrap first"),
    .enabled(if: Videos.arePresent, "the videos of ../shared/real are not here"))
struct SolutionStepTests {
    let graphs: TrackingGraphs

    init() throws { graphs = try TrackingGraphs.installed() }

    /// The reference's regions in each frame [T] or of each of two things [T][2]; nil without one.
    private func regions(
        _ fixture: SolutionFixture, _ key: String, width: Int, height: Int, item: Int? = nil
    ) throws -> [Region?] {
        let (values, shape) = try #require(try fixture.values(key))
        let items = item == nil ? 1 : shape[1]
        let size = Vector2(Float(width), Float(height))
        return (0..<shape[0]).map { t in
            let i = 5 * (t * items + (item ?? 0))
            guard values[i].isFinite else { return nil }
            return Region(
                place: Vector2(values[i], values[i + 1]),
                extent: Vector2(values[i + 2], values[i + 3]), rotation: values[i + 4], unit: size)
        }
    }

    private func reader(_ name: String) async throws -> VideoReader {
        try await VideoReader(contentsOf: try #require(Pictures.url(name)))
    }

    @Test(arguments: Videos.all)
    func handsAndPose(_ name: String) async throws {
        let (fixture, video) = (try SolutionFixture(name), try await reader(name))
        let (width, height) = (video.width, video.height)
        let hands = try (0..<2).map {
            (
                points: try fixture.track("hands", scale: 16, item: $0),
                regions: try regions(
                    fixture, "hands_region", width: width, height: height, item: $0)
            )
        }
        let bodies = try fixture.track("pose_raw", scale: 4)
        let places = try regions(fixture, "pose_region", width: width, height: height)
        let landmarker = try HandLandmarker(graphs: graphs)
        let poses = try PoseLandmarker(graphs: graphs)
        var (hand, body) = (Deviation(), Deviation())
        try await video.readTimedFrames { index, _, frame in
            for (points, regions) in hands {
                let found = try regions[index].map {
                    try landmarker.landmarks(in: frame, region: $0)
                }
                hand.take(found.flatMap { $0.score > 0.5 ? $0.points : nil }, points[index])
            }
            let found = try places[index].map { try poses.landmarks(in: frame, region: $0) }
            body.take(
                found.flatMap { $0.score > 0.5 ? $0.points.map(\.position) : nil }, bodies[index])
        }
        print("\(name), step by step: hands \(hand)\n  bodies \(body)")
        // The fixture has hands to 1/16 of a pixel, bodies to 1/4.
        #expect(hand.disagreements.isEmpty && hand.worst < 0.001)
        #expect(body.disagreements.isEmpty && body.mean < 0.0005 && body.worst < 0.0005)
    }

    @Test(arguments: Videos.all)
    func holisticHands(_ name: String) async throws {
        let (fixture, video) = (try SolutionFixture(name), try await reader(name))
        let (width, height) = (video.width, video.height)
        let recropper = try HandRecropper(graphs: graphs)
        let landmarker = try HandLandmarker(graphs: graphs)
        for side in ["left", "right"] {
            let key = "holistic_\(side)_hand"
            func regions(_ part: String) throws -> [Region?] {
                try self.regions(fixture, "\(key)_\(part)", width: width, height: height)
            }
            let points = try fixture.track(key, scale: 16)
            let (rough, recropped) = (try regions("rough"), try regions("recropped"))
            let looked = try regions("region")
            var hand = Deviation()
            var (farthest, decisions, followed): (Float, Int, Int) = (0, 0, 0)
            var before: HandLandmarks?
            try await video.readTimedFrames { index, _, frame in
                if let start = rough[index], let expected = recropped[index] {
                    let found = try recropper.region(in: frame, rough: start)
                    let gap =
                        (found.centre - expected.centre).length
                        + abs(found.size.x - expected.size.x)
                    farthest = max(farthest, gap / expected.size.x)
                }
                let last = before
                before = nil
                guard let region = looked[index], let recropped = recropped[index] else {
                    return hand.take(nil, points[index])
                }
                let choice = recropped.following(
                    last.map(HandLandmarker.region(of:)), points: last?.points ?? [],
                    tolerance: .hand)
                decisions += 1
                followed += (choice.centre - region.centre).length < 0.01 * region.size.x ? 1 : 0
                let found = try landmarker.landmarks(in: frame, region: region)
                hand.take(found.score > 0.5 ? found.points : nil, points[index])
                if found.score > 0.5 { before = found }
            }
            print(
                "\(name), step by step: holistic \(side) hand \(hand)\n  recropped within "
                    + "\(100 * farthest) %, \(followed) of \(decisions) decisions the same")
            #expect(hand.disagreements.isEmpty && hand.worst < 0.001)
            #expect(farthest < (roundsAsTheReference ? 1e-6 : 1e-3))
            #expect(followed == decisions)
        }
    }
}
