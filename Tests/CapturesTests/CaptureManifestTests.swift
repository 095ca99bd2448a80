import Foundation
import Media
import Spatial
import Testing

@testable import Captures

@Suite struct CaptureManifestTests {
    private let folder = CaptureFolder(
        FileManager.default.temporaryDirectory.appendingPathComponent("capture-\(UUID())"))

    @Test func comesBackAsItWas() throws {
        defer { try? FileManager.default.removeItem(at: folder.url) }
        let camera = Camera(
            eye: Vector3(0, 1, 3), target: .zero, verticalFOV: 0.7, width: 640, height: 480)
        let manifest = CaptureManifest(
            source: "me.mp4", frameRate: 29.97, frameCount: 12, rig: "anny",
            cameras: [.init(name: "camera", camera: camera)],
            events: [.init(kind: .nobody, first: 3, last: 5)],
            quality: .init(face: 0.01, body: nil, hands: nil, maskOverlap: 0.8, jitter: 0.001))
        try manifest.write(to: folder.manifest, overwrite: false)
        #expect(try CaptureManifest(contentsOf: folder.manifest) == manifest)
        #expect(folder.frame(12).lastPathComponent == "000012.jpg")
        let point = camera.viewMatrix * Vector3(0.1, 0.2, 0.3)
        let m = manifest.cameras[0].viewMatrix
        for row in 0..<3 {
            let value = m[4 * row] * 0.1 + m[4 * row + 1] * 0.2 + m[4 * row + 2] * 0.3
            #expect(abs(value + m[4 * row + 3] - point[row]) < 1e-5)
        }
    }

    @Test(arguments: [
        "", "{", "[]", #"{"format": "likeness-capture", "version": 9}"#, "\u{0}\u{1}",
    ])
    func damagedOnesAreRefused(_ text: String) throws {
        defer { try? FileManager.default.removeItem(at: folder.url) }
        try AtomicFile.write(Array(text.utf8), to: folder.manifest, overwrite: false)
        #expect(throws: MediaError.self) { try CaptureManifest(contentsOf: folder.manifest) }
    }
}
