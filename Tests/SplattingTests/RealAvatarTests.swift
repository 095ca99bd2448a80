import Foundation
import Media
import Spatial
import SplatFormats
import Testing

@testable import Splatting

/// A head that another system made (LAM), if it is beside the repository: Gaussians whose places are
/// offsets from the vertices of a mesh.
@Suite struct RealAvatarTests {
    static let archive: URL? = {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let url = folder.appending(path: "shared/real/lam_avatar.zip")
            if FileManager.default.fileExists(atPath: url.path) { return url }
        }
        return nil
    }()

    /// The positions of the first mesh of a binary glTF file.
    static func positions(_ glb: [UInt8]) throws -> [Float] {
        func word(_ offset: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(glb[offset + $1]) << (8 * $1) }
        }
        struct Document: Decodable {
            struct Mesh: Decodable {
                struct Primitive: Decodable { var attributes: [String: Int] }
                var primitives: [Primitive]
            }
            struct Accessor: Decodable {
                var bufferView: Int?
                var byteOffset: Int?
                var count: Int
            }
            struct BufferView: Decodable { var byteOffset: Int? }
            var meshes: [Mesh]
            var accessors: [Accessor]
            var bufferViews: [BufferView]
        }
        let size = word(12)
        let document = try JSONDecoder().decode(Document.self, from: Data(glb[20..<20 + size]))
        let index = try #require(document.meshes[0].primitives[0].attributes["POSITION"])
        let accessor = document.accessors[index]
        let start =
            try 20 + size + 8
            + (document.bufferViews[#require(accessor.bufferView)].byteOffset ?? 0)
            + (accessor.byteOffset ?? 0)
        return (0..<3 * accessor.count).map {
            Float(bitPattern: UInt32(word(start + 4 * $0)))
        }
    }

    @Test(.enabled(if: archive != nil, "../shared/real/lam_avatar.zip is not here"))
    func aHeadLooksAsTheReferenceDrawsIt() throws {
        let zip = try ZipArchive(contentsOf: #require(Self.archive))
        let ply = FileManager.default.temporaryDirectory.appending(
            path: "offset-\(UUID().uuidString).ply")
        defer { try? FileManager.default.removeItem(at: ply) }
        try Data(zip.read("p2-1/offset.ply")).write(to: ply)
        var cloud = try GaussianCloud(plyAt: ply, dcIsColour: true)
        let neutral = try Self.positions(zip.read("p2-1/skin.glb"))
        #expect(cloud.count == 20_018 && neutral.count == cloud.means.count)
        cloud.means = sums(cloud.means, neutral)

        let size = 72
        let camera = Camera(
            eye: Vector3(0, 1.65, 0.8), target: Vector3(0, 1.65, 0), verticalFOV: 0.45,
            width: size, height: size)
        let settings = RenderSettings(background: Vector3(1, 1, 1))
        let frame = Rasteriser().render(cloud, camera: camera, settings: settings)
        let (expected, _) = ReferenceRenderer(camera: camera, settings: settings).render(
            .init(cloud, camera, settings))
        let errors = differences(frame.colour, expected.colour)
        #expect(errors.count { $0 > 1e-4 } <= errors.count / 100)
        #expect(errors.max() ?? 0 < 0.02)
        // A face in the middle, skin warmer than blue, and paper white around it.
        let middle = frame.image.rgb(x: size / 2, y: size / 2)
        #expect(frame.alpha[size / 2 * size + size / 2] > 0.99)
        #expect(middle.x > middle.z)
        #expect(frame.image.rgb(x: 1, y: 1) == Vector3(1, 1, 1))
        #expect(frame.statistics.invalid == 0)
    }

    private func sums(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 + $1 } }

    private func differences(_ a: [Float], _ b: [Double]) -> [Double] {
        zip(a, b).map { abs(Double($0) - $1) }
    }
}
