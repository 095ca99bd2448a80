import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

@Suite(.enabled(if: Pictures.areInstalled, "run scripts/bootstrap first"))
struct PersonTrackerTests {
    let tracker: PersonTracker

    init() throws { tracker = try PersonTracker() }

    @Test(arguments: Pictures.present)
    func findsTheOnePerson(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try MediaPipeFixture.load(name))
        let person = try tracker.analyse(image)
        #expect(person.peopleFound == 1)
        #expect(person.mask.width == image.width && person.mask.height == image.height)
        #expect(person.mask.samples.allSatisfy { $0 >= 0 && $0 <= 1 })
        let face = try #require(person.face)
        let points = face.points + face.rightIris + face.leftIris
        let error = meanDistance(points, fixture.faceAttention) / face.box.size.x
        print("person's face, \(name): \(error * 100) % of its box from MediaPipe's")
        // Another crop of the same face moves the graph's points by up to a pixel.
        #expect(error < 0.015)
        // The face and the sure body points are of the person; the mesh's rim may pass its edge.
        let kept = face.points.count { person.mask.sample(Vector2($0.x, $0.y), channel: 0) > 0.5 }
        #expect(kept * 100 >= 98 * face.points.count)
        let pose = try #require(person.pose)
        let sure = [PosePoint.leftShoulder, .rightShoulder].map { pose[$0].position }
        for point in sure {
            #expect(person.mask.sample(Vector2(point.x, point.y), channel: 0) > 0.95)
        }
    }

    @Test func theAstronautWithoutFlagShuttleAndHelmet() throws {
        let mask = try tracker.analyse(try Pictures.load("astronaut")).mask
        // Hair, face, ring collar, suit, name tag, sleeve; read off the photograph.
        for (x, y) in [
            (200, 40), (225, 120), (150, 165), (290, 260), (120, 300), (300, 360), (60, 400),
            (172, 385), (30, 460),
        ] {
            #expect(mask[x, y, 0] > 0.9, "(\(x), \(y)) is of the person")
        }
        // Flag, wall, shuttle, table, middle of the helmet.
        for (x, y) in [
            (40, 100), (20, 300), (340, 100), (395, 150), (440, 60), (480, 300), (400, 450),
            (120, 40),
        ] {
            #expect(mask[x, y, 0] < 0.1, "(\(x), \(y)) is not of the person")
        }
        // Sharp but not ragged: little is neither one nor the other.
        let soft = mask.samples.count { $0 > 0.05 && $0 < 0.95 }
        let solid = mask.samples.count { $0 >= 0.95 }
        #expect(soft > 200 && soft * 25 < solid)
    }

    @Test func twoPeopleAndTheLargerOne() throws {
        let portrait = try Pictures.load("astronaut")
        let small = portrait.resized(width: 340, height: 340)
        var both = Image(width: 900, height: 512, channels: 3, filledWith: 0.6)
        both.paste(portrait, x: 388, y: 0)
        both.paste(small, x: 0, y: 172)
        let person = try tracker.analyse(both)
        #expect(person.peopleFound == 2)
        let face = try #require(person.face)
        #expect(face.box.centre.x > 388)
        // Nothing of the other one.
        let others = (0..<both.height).flatMap { y in (0..<300).map { x in person.mask[x, y, 0] } }
        #expect(others.allSatisfy { $0 < 0.05 })
    }

    @Test func headOnlyGreyAndTurned() throws {
        let portrait = try Pictures.load("astronaut")
        let head = try tracker.analyse(portrait.cropped(x: 140, y: 10, width: 180, height: 200))
        #expect(head.face != nil && head.mask[80, 100, 0] > 0.95 && head.mask[5, 5, 0] < 0.05)
        let grey = try tracker.analyse(portrait.channels(1..<2))
        #expect(grey.face != nil && grey.mask[225, 120, 0] > 0.95)
        // Lying on the side, as when the orientation flag is lost.
        var turned = Image(width: 512, height: 512, channels: 3)
        for y in 0..<512 {
            for x in 0..<512 {
                for c in 0..<3 { turned[y, 511 - x, c] = portrait[x, y, c] }
            }
        }
        #expect(try tracker.analyse(turned).face?.score ?? 0 > 0.9)
    }

    @Test func aRealMatteIsKept() throws {
        let portrait = try Pictures.load("astronaut")
        var cut = Image(width: 512, height: 512, channels: 4)
        cut.samples.replaceSubrange(0..<3 * cut.pixelCount, with: portrait.samples)
        for y in 0..<512 {
            for x in 0..<512 {
                let p = Vector2(Float(x) - 225, Float(y) - 140) / Vector2(160, 140)
                cut[x, y, 3] = min(max((1.1 - p.length) * 10, 0), 1)
            }
        }
        #expect(try tracker.analyse(cut).mask == cut.channels(3..<4))
        // One that hides the person, or nothing, is none.
        for i in 3 * cut.pixelCount..<4 * cut.pixelCount { cut.samples[i] = 1 - cut.samples[i] }
        cut[0, 0, 3] = 0
        for i in 3 * cut.pixelCount + 1..<4 * cut.pixelCount { cut.samples[i] = 1 }
        #expect(try tracker.analyse(cut).mask[395, 150, 0] < 0.1)
    }

    @Test func saysWhatIsWrongWithAPicture() throws {
        let portrait = try Pictures.load("astronaut")
        let rocket = portrait.cropped(x: 330, y: 0, width: 182, height: 200)
        #expect(throws: TrackingError.noPerson(name: "rocket.png")) {
            try tracker.analyse(rocket, named: "rocket.png")
        }
        #expect(throws: TrackingError.noPerson(name: "The picture")) {
            try tracker.analyse(Image(width: 64, height: 48, channels: 3, filledWith: 0.5))
        }
        #expect(throws: TrackingError.self) {
            try tracker.analyse(Image(width: 1, height: 1, channels: 3))
        }
        #expect(throws: TrackingError.self) {
            try tracker.analyse(Image(width: 0, height: 0, channels: 3))
        }
        let tiny = portrait.resized(width: 200, height: 200)
        let error = #expect(throws: TrackingError.self) {
            try tracker.analyse(tiny, named: "tiny.png")
        }
        guard case .faceTooSmall("tiny.png", let found, 48) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found > 25 && found < 48)
        #expect(error?.description.contains("\(found) px") == true)
    }

    @Test func largePicturesAreCutAtTheirOwnSize() throws {
        let portrait = try Pictures.load("astronaut")
        let large = portrait.resized(width: 1600, height: 1600)
        let small = try tracker.analyse(portrait)
        let person = try tracker.analyse(large)
        #expect(person.mask.width == 1600)
        let reduced = person.mask.resized(width: 512, height: 512)
        let difference = zip(reduced.samples, small.mask.samples).reduce(0) {
            $0 + abs($1.0 - $1.1)
        }
        #expect(difference / Float(512 * 512) < 0.02)
    }
}

extension Image {
    fileprivate mutating func paste(_ other: Image, x: Int, y: Int) {
        for c in 0..<channels {
            for row in 0..<other.height {
                for column in 0..<other.width {
                    self[x + column, y + row, c] = other[column, row, c]
                }
            }
        }
    }
}
