import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

@Suite(.enabled(if: Pictures.areInstalled, "run scripts/bootstrap first"))
struct LiteRTTests {
    let graphs: TrackingGraphs

    init() throws { graphs = try TrackingGraphs.installed() }

    @Test func namesAndShapesOfAGraph() throws {
        let model = try graphs.model("face_landmark/face_landmark.tflite")
        #expect(model.inputs.map(\.shape) == [[1, 192, 192, 3]])
        #expect(model.outputs.map(\.shape) == [[1, 1, 1, 1404], [1, 1, 1, 1]])
        #expect(model.inputs.allSatisfy { !$0.name.isEmpty })
        #expect(throws: TrackingError.self) {
            try model.require(inputs: [[1, 128, 128, 3]], outputs: [])
        }
    }

    @Test func runsAgainToTheSameValues() throws {
        let model = try graphs.model("face_landmark/face_landmark.tflite")
        func run(_ value: Float) throws -> [Float] {
            try model.withInput(0) { $0.update(repeating: value) }
            try model.run()
            return try model.output(0)
        }
        let first = try run(0.25)
        let other = try run(0.75)
        #expect(try run(0.25) == first)
        #expect(other != first)
    }

    @Test func saysWhatIsMissing() throws {
        let nowhere = URL(fileURLWithPath: "/nowhere/libLiteRt.so")
        let missing = #expect(throws: TrackingError.self) { try LiteRTLibrary.open(nowhere) }
        #expect(missing?.description.contains("/nowhere/libLiteRt.so") == true)
        #expect(missing?.description.contains("scripts/bootstrap") == true)
        let path = "face_landmark/face_landmark.tflite"
        #expect(throws: TrackingError.graphMissing(file: "/nowhere/\(path)")) {
            try TrackingGraphs(library: graphs.library, modules: URL(fileURLWithPath: "/nowhere"))
                .model(path)
        }
    }

    @Test func aLibraryThatIsNoneIsRefused() throws {
        try withFile(Array("not a library".utf8)) { file in
            #expect(throws: TrackingError.self) { try LiteRTLibrary.open(file) }
        }
    }

    @Test func damagedGraphsAreRefused() throws {
        let path = "face_detection/face_detection_short_range.tflite"
        let whole = [UInt8](
            try Data(contentsOf: graphs.modules.appendingPathComponent(path)))
        var flipped = whole
        flipped[100_000] ^= 1
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("likeness-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let copies = TrackingGraphs(library: graphs.library, modules: folder)
        for bytes in [[], Array(whole.prefix(200_000)), flipped] {
            try Data(bytes).write(to: file)
            let error = #expect(throws: TrackingError.self) { try copies.model(path) }
            #expect(error?.description.contains(file.path) == true)
        }
        try Data(whole).write(to: file)
        #expect(try copies.model(path).inputs.count == 1)
    }

    private func withFile(_ bytes: [UInt8], _ body: (URL) throws -> Void) throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("likeness-\(UUID().uuidString)")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try body(file)
    }
}
