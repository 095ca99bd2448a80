import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// The four solutions on photographs, against Python MediaPipe 0.10.21 in static-image mode.
@Suite(.enabled(if: Pictures.areInstalled, "run scripts/bootstrap first"))
struct SolutionTests {
    let graphs: TrackingGraphs

    init() throws { graphs = try TrackingGraphs.installed() }

    /// The rounding of one picture's arithmetic, in shares of the box.
    private let nearlyNothing: Float = roundsAsTheReference ? 1e-5 : 1e-3

    private func deviation(_ points: [Vector3]?, _ expected: [[Float]]?) -> Deviation {
        var result = Deviation()
        result.take(points, expected)
        return result
    }

    @Test(arguments: Pictures.present)
    func face(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try SolutionFixture(name))
        let found = try SolutionTracker(.face, isVideo: false, graphs: graphs).track(image)
        let result = deviation(found.faces.first?.allPoints, try fixture.rows("face"))
        print("face, \(name): \(result)")
        #expect(result.disagreements.isEmpty && result.worst < nearlyNothing)
    }

    @Test(arguments: Pictures.present)
    func hands(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try SolutionFixture(name))
        let found = try SolutionTracker(.hands, isVideo: false, graphs: graphs).track(image)
        let expected = try fixture.values("hands")?.shape[0]
        #expect(expected == found.hands.count)
    }

    @Test(arguments: Pictures.present)
    func pose(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try SolutionFixture(name))
        let found = try SolutionTracker(.pose, isVideo: false, wantsMask: true, graphs: graphs)
            .track(image)
        try check(found, fixture, key: "pose", name: name)
    }

    @Test(arguments: Pictures.present)
    func holistic(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try SolutionFixture(name))
        let found = try SolutionTracker(.holistic, isVideo: false, wantsMask: true, graphs: graphs)
            .track(image)
        try check(found, fixture, key: "holistic", name: name)
        let face = deviation(found.faces.first?.allPoints, try fixture.rows("holistic_face"))
        print("holistic face, \(name): \(face)")
        #expect(face.disagreements.isEmpty && face.worst < nearlyNothing)
        for (side, key) in [(HandLandmarks.Side.left, "left"), (.right, "right")] {
            let hand = deviation(
                found.hands.first { $0.side == side }?.points,
                try fixture.rows("holistic_\(key)_hand"))
            print("holistic \(key) hand, \(name): \(hand)")
            #expect(hand.disagreements.isEmpty && hand.worst < 1e-3)
        }
    }

    private func check(
        _ found: TrackedFrame, _ fixture: SolutionFixture, key: String, name: String
    ) throws {
        let pose = try #require(found.pose)
        let expected = try #require(try fixture.rows(key))
        let result = deviation(pose.points.map(\.position), expected)
        print("\(key), \(name): \(result)")
        #expect(result.disagreements.isEmpty && result.worst < nearlyNothing)
        let box = try #require(pose.box(presence: 0))
        let side = max(box.size.x, box.size.y)
        for (point, row) in zip(pose.points, expected) {
            #expect(abs(point.position.z - row[2]) < 1e-4 * side)
        }
        for (point, row) in zip(pose.points, try #require(try fixture.rows("\(key)_world"))) {
            #expect((point.world - Vector3(row[0], row[1], row[2])).length < 1e-4)
        }
        let visibility = try #require(try fixture.values("\(key)_visibility")).values
        for (point, value) in zip(pose.points, visibility) {
            #expect(abs(point.visibility - value) < 1e-4)
        }
        let mask = try #require(found.mask)
        let grid = try #require(try fixture.rows("\(key)_mask"))
        let error = maskDifference(mask, grid)
        print("\(key)'s mask, \(name): mean difference \(error)")
        #expect(error < 0.0005)
    }

    @Test(arguments: Pictures.present)
    func irisGraph(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try SolutionFixture(name))
        guard let expected = try fixture.rows("irises") else { return }
        let face = try #require(try fixture.rows("face"))
        let points = face.map { Vector3($0[0], $0[1], $0[2]) }
        let eyes = try IrisLandmarker(graphs: graphs).landmarks(
            in: image, face: FaceLandmarks(points: Array(points.prefix(468)), score: 1))
        let found = eyes.right.contour + eyes.right.iris + eyes.left.contour + eyes.left.iris
        let result = deviation(found, expected)
        print("irises, \(name): \(result)")
        #expect(result.worst < 0.005)
    }

    @Test func smallAndStrangePictures() throws {
        for solution in Solution.allCases {
            let tracker = try SolutionTracker(solution, isVideo: true, graphs: graphs)
            #expect(throws: TrackingError.self) {
                try tracker.track(Image(width: 1, height: 5, channels: 3))
            }
            let grey = Image(width: 64, height: 9, channels: 1, filledWith: 0.5)
            for time in [0.0, 1] {
                let found = try tracker.track(grey, at: time)
                #expect(found.isEmpty)
            }
        }
    }
}

/// The mean difference of a mask from every 16th pixel of one, from (8, 8), 0…255.
func maskDifference(_ mask: Image, _ expected: [[Float]]) -> Float {
    var sum: Float = 0
    for (row, values) in expected.enumerated() {
        for (column, value) in values.enumerated() {
            sum += abs(mask[16 * column + 8, 16 * row + 8, 0] - value / 255)
        }
    }
    return sum / Float(expected.count * expected[0].count)
}
