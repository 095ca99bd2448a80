import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// What can happen in a video: nobody for a while, a second person.
@Suite(.enabled(if: Pictures.areInstalled, "run scripts/bootstrap first"))
struct EvidenceGathererTests {
    /// The portrait in a wider picture, `offset` pixels from the left.
    private func scene(_ offsets: [Int], mirrored: Bool = false) throws -> Image {
        let portrait = try Pictures.load("astronaut").resized(width: 300, height: 300)
        var scene = Image(width: 640, height: 320, channels: 3, filledWith: 0.35)
        for (k, offset) in offsets.enumerated() {
            for channel in 0..<3 {
                for y in 0..<300 {
                    for x in 0..<300 {
                        let column = (k == 1) != mirrored ? 299 - x : x
                        scene[x + offset, y + 20, channel] = portrait[column, y, channel]
                    }
                }
            }
        }
        return scene
    }

    @Test func emptyStretchesAreFlagged() throws {
        let gatherer = try EvidenceGatherer(
            graphs: try TrackingGraphs.installed(), width: 640, height: 320)
        let empty = Image(width: 640, height: 320, channels: 3, filledWith: 0.35)
        let frames = [
            try scene([10]), try scene([12]), try scene([14]), empty, empty, try scene([300]),
            try scene([302]),
        ]
        for (t, frame) in frames.enumerated() {
            let mask = try gatherer.take(frame, at: Double(t) / 30)
            #expect((mask == nil) == (t == 3 || t == 4))
        }
        let flags = gatherer.evidence.flags
        #expect(flags.map { $0.contains(.nobody) } == (0..<7).map { $0 == 3 || $0 == 4 })
        #expect(!flags[1].contains(.cut) && !flags[2].contains(.cut) && !flags[6].contains(.cut))
        // The mask is where the person is.
        let box = try #require(gatherer.evidence.box(6))
        #expect(box.centre.x > 380 && box.centre.x < 520)
        #expect(gatherer.evidence.box(3) == nil)
    }

    @Test func aSecondPersonIsToldOfAndNotFollowed() throws {
        let gatherer = try EvidenceGatherer(
            graphs: try TrackingGraphs.installed(), width: 640, height: 320)
        for t in 0..<9 { _ = try gatherer.take(try scene([10]), at: Double(t) / 30) }
        for t in 9..<12 { _ = try gatherer.take(try scene([10, 330]), at: Double(t) / 30) }
        let evidence = gatherer.evidence
        #expect(!evidence.flags[8].contains(.others))
        #expect(evidence.flags[11].contains(.others))
        let box = try #require(evidence.box(11))
        #expect(box.centre.x < 260)
    }

    @Test func depthIsReadFromBothPackings() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("depth-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let picture = Image(width: 8, height: 6, channels: 3, filledWith: 0.5)
        try picture.writePNG(to: folder.appendingPathComponent("a.png"), overwrite: false)
        try picture.writePNG(to: folder.appendingPathComponent("b.png"), overwrite: false)
        let metric = Image(width: 8, height: 6, channels: 1, filledWith: 1234 / 65535)
        try metric.writePNG(
            to: folder.appendingPathComponent("a_depth.png"), bitDepth: 16, overwrite: false)
        // 456.7 mm: 4567 = 17 × 255 + 232.
        var packed = Image(width: 4, height: 3, channels: 3)
        for i in 0..<12 {
            (packed.samples[i], packed.samples[12 + i]) = (17 / 255, 232 / 255)
        }
        try packed.writePNG(to: folder.appendingPathComponent("b_depth.png"), overwrite: false)
        let source = try await TrackingSource(contentsOf: folder)
        #expect(source.count == 2)
        for (name, millimetres) in [("a", Float(1234)), ("b", 456.7)] {
            let depth = try #require(
                try source.depth(
                    beside: folder.appendingPathComponent("\(name).png"), width: 8, height: 6))
            #expect(depth.width == 8 && depth.height == 6)
            #expect(depth.samples.allSatisfy { abs($0 - millimetres) < 0.06 })
        }
        #expect(
            try source.depth(
                beside: folder.appendingPathComponent("c.png"), width: 8, height: 6) == nil)
    }
}
