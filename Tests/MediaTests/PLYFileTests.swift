import Foundation
import Spatial
import Testing

@testable import Media

@Suite struct PLYFileTests {
    /// Five points a quarter apart, as scripts/fixtures/captures_formats.py has them.
    private let points = (0..<5).map { Vector3(0, 0.25, 0.5) + 0.75 * Float($0) }
    private let colours = (0..<5).map { SIMD3<UInt8>(0, 12, 24) &+ UInt8(48 * $0) }

    @Test func anotherWritersFilesAreRead() throws {
        let cloud = try ColouredMesh(plyAt: fixture("cloud-ascii.ply"))
        #expect(cloud.positions == points)
        #expect(cloud.colours == colours)
        #expect(cloud.faces.isEmpty)
        let mesh = try ColouredMesh(plyAt: fixture("mesh-binary.ply"))
        #expect(mesh.positions == points)
        #expect(mesh.colours == colours)
        #expect(mesh.faces == [SIMD3(0, 1, 2), SIMD3(1, 2, 4)])
    }

    @Test func ownFilesComeBack() throws {
        try withFolder { folder in
            var mesh = ColouredMesh(texture: Image(width: 1, height: 1, channels: 3, filledWith: 1))
            (mesh.positions, mesh.colours, mesh.faces) = (points, colours, [SIMD3(4, 0, 2)])
            let url = folder.appendingPathComponent("scan.ply")
            try MeshFile.write(mesh, to: url, overwrite: false)
            #expect(try ColouredMesh(plyAt: url) == mesh)
        }
    }

    /// The same two points and one quadrilateral in every byte order, with properties in an unusual order and
    /// of unusual types, after an element of lists that nobody asks for.
    private func file(_ format: String) -> [UInt8] {
        let header = """
            ply
            format \(format) 1.0
            comment made by hand
            element strip 2
            property list uchar short items
            property double weight
            element vertex 4
            property uchar green
            property double z
            property float confidence
            property float x
            property uchar blue
            property short y
            property uchar red
            element face 1
            property uchar flags
            property list int uint vertex_index
            end_header

            """
        if format == "ascii" {
            let rows = """
                2 7 -8 0.5
                0 1e-3
                20 0.25 1 1 30 -2 10
                20 0.5 nan 2 30 -3 10
                21 0.75 1 3 31 -4 11
                22 1 1 4 32 -5 12
                3 4 0 1 2 3
                """
            return Array((header + rows).utf8)
        }
        let isBig = format == "binary_big_endian"
        var bytes = Array(header.utf8)
        func add<Value: FixedWidthInteger>(_ value: Value) {
            withUnsafeBytes(of: isBig ? value.bigEndian : value.littleEndian) { bytes += $0 }
        }
        for (items, weight) in [([Int16(7), -8], 0.5), ([], 1e-3)] {
            bytes.append(UInt8(items.count))
            for item in items { add(item) }
            add(weight.bitPattern)
        }
        let rows: [(UInt8, Double, Float, Float, UInt8, Int16, UInt8)] = [
            (20, 0.25, 1, 1, 30, -2, 10), (20, 0.5, .nan, 2, 30, -3, 10),
            (21, 0.75, 1, 3, 31, -4, 11), (22, 1, 1, 4, 32, -5, 12),
        ]
        for row in rows {
            bytes.append(row.0)
            add(row.1.bitPattern)
            add(row.2.bitPattern)
            add(row.3.bitPattern)
            bytes.append(row.4)
            add(row.5)
            bytes.append(row.6)
        }
        bytes.append(3)
        add(Int32(4))
        for index in 0..<UInt32(4) { add(index) }
        return bytes
    }

    @Test(arguments: ["ascii", "binary_little_endian", "binary_big_endian"])
    func anyOrderAndTypeIsRead(_ format: String) throws {
        let ply = try PLYFile(bytes: file(format), name: "hand.ply")
        #expect(ply.comments == ["made by hand"])
        let mesh = try ColouredMesh(ply)
        #expect(
            mesh.positions == [
                Vector3(1, -2, 0.25), Vector3(2, -3, 0.5), Vector3(3, -4, 0.75),
                Vector3(4, -5, 1),
            ])
        #expect(mesh.colours[0] == SIMD3(10, 20, 30))
        #expect(mesh.colours[3] == SIMD3(12, 22, 32))
        #expect(mesh.faces == [SIMD3(0, 1, 2), SIMD3(0, 2, 3)])
        #expect(try ply.lists(["items"], of: "strip") == [[7, -8], []])
        #expect(throws: MediaError.self) { try ply.values(["nx"], of: "vertex") }
        #expect(throws: MediaError.self) { try ply.values(["weight"], of: "strip") }
    }

    @Test func coloursMayBeRealNumbers() throws {
        let text = """
            ply
            format ascii 1.0
            element vertex 2
            property float x
            property float y
            property float z
            property float r
            property float g
            property float b
            end_header
            0 0 0 0 0.5 1
            1 1 1 -3 2 nan

            """
        let mesh = try ColouredMesh(PLYFile(bytes: Array(text.utf8), name: "real.ply"))
        #expect(mesh.colours == [SIMD3(0, 128, 255), SIMD3(0, 255, 0)])
    }

    @Test(arguments: ["ascii", "binary_little_endian", "binary_big_endian"])
    func damageIsToldNotTrappedOn(_ format: String) {
        let refused = fuzz(file(format), rounds: 400) { bytes in
            _ = try ColouredMesh(PLYFile(bytes: bytes, name: "fuzzed.ply"))
        }
        #expect(refused > 50)
    }
}
