import Foundation
import Media
import Spatial
import Testing

@Suite struct ColouredMeshTests {
    /// Two triangles in red, green, blue and white, with a texture of 3 × 2 pixels.
    static var mesh: ColouredMesh {
        var mesh = ColouredMesh(
            texture: Image(
                width: 3, height: 2, channels: 3, samples: (0..<18).map { Float($0 * 15) / 255 }))
        mesh.positions = [
            Vector3(0, 0, 0), Vector3(1, 0, 0.1), Vector3(1, 1, -0.25), Vector3(0, 1, 1e-7),
        ]
        mesh.colours = [SIMD3(255, 0, 0), SIMD3(0, 255, 0), SIMD3(0, 0, 255), SIMD3(255, 255, 255)]
        mesh.uvs = [Vector2(0, 0), Vector2(1, 0), Vector2(1.5, 1), Vector2(0, 1)]
        mesh.faces = [SIMD3(0, 1, 2), SIMD3(0, 2, 3)]
        return mesh
    }

    func written(_ mesh: ColouredMesh, _ ending: String) throws -> [UInt8] {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("mesh-\(UUID()).\(ending)")
        defer { try? FileManager.default.removeItem(at: url) }
        try MeshFile.write(mesh, to: url, overwrite: false)
        return Array(try Data(contentsOf: url))
    }

    @Test func aGLBCarriesItsTexture() throws {
        let bytes = try written(Self.mesh, "glb")
        func word(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }
        #expect(word(0) == 0x4654_6C67 && word(4) == 2 && word(8) == bytes.count)
        let length = word(12)
        #expect(length % 4 == 0 && word(16) == 0x4E4F_534A)
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(bytes[20..<20 + length])) as? [String: Any])
        let data = 20 + length + 8
        #expect(word(data - 4) == 0x004E_4942 && word(data - 8) == bytes.count - data)
        let views = try #require(document["bufferViews"] as? [[String: Int]])
        func part(_ i: Int) -> [UInt8] {
            let start = data + (views[i]["byteOffset"] ?? 0)
            return Array(bytes[start..<start + views[i]["byteLength"]!])
        }
        let positions = part(0).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(positions == Self.mesh.positions.flatMap { [$0.x, $0.y, $0.z] })
        // v grows downwards in glTF.
        let uvs = part(1).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(uvs == [0, 1, 1, 1, 1.5, 0, 0, 0])
        let indices = part(2).withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
        #expect(indices == [0, 1, 2, 0, 2, 3])
        #expect(try Image(decoding: part(3), name: "texture") == Self.mesh.texture)
        #expect(document["extensionsUsed"] as? [String] == ["KHR_materials_unlit"])
        let accessors = try #require(document["accessors"] as? [[String: Any]])
        #expect(accessors.map { $0["count"] as? Int } == [4, 4, 6])
        #expect(accessors[0]["min"] as? [Double] == [0, 0, -0.25])
    }

    @Test func anOBJHasColoursAtItsVertices() throws {
        let bytes = try written(Self.mesh, "obj")
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines[1] == "v 1 0 0.100000001 0.0000 1.0000 0.0000")
        let read = try OBJFile(bytes: bytes, name: "mesh.obj")
        #expect(read.positions == Self.mesh.positions && read.faces == Self.mesh.faces)
    }

    @Test func aPLYHasColoursAndPointsNeedNoFaces() throws {
        let whole = try written(Self.mesh, "ply")
        var points = Self.mesh
        points.faces = []
        let bytes = try written(points, "ply")
        let text = String(decoding: whole, as: UTF8.self)
        #expect(text.contains("property uchar blue\nelement face 2\n"))
        #expect(!String(decoding: bytes, as: UTF8.self).contains("face"))
        #expect(Array(bytes.suffix(3)) == [255, 255, 255])
        #expect(Array(bytes.suffix(4 * 15).prefix(15).suffix(3)) == [255, 0, 0])
        #expect(throws: MediaError.self) { try written(points, "obj") }
        #expect(throws: MediaError.self) { try written(Self.mesh, "stl") }
    }
}
