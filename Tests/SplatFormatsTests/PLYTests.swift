import Foundation
import Media
import Spatial
import Splatting
import Testing

@testable import SplatFormats

@Suite struct PLYTests {
    /// The bytes of a file with `restCount` properties f_rest_…, written by the format's rules.
    static func file(_ rows: [[Float]], restCount: Int, count: Int? = nil) -> Data {
        let names =
            ["x", "y", "z", "nx", "f_dc_0", "f_dc_1", "f_dc_2"]
            + (0..<restCount).map { "f_rest_\($0)" }
            + ["opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"]
        var text = "ply\nformat binary_little_endian 1.0\nelement vertex \(count ?? rows.count)\n"
        for name in names { text += "property \(name == "nx" ? "uchar" : "float") \(name)\n" }
        var data = Data((text + "end_header\n").utf8)
        for row in rows {
            for (name, value) in zip(names, row) {
                if name == "nx" {
                    data.append(UInt8(value))
                } else {
                    withUnsafeBytes(of: value.bitPattern.littleEndian) {
                        data.append(contentsOf: $0)
                    }
                }
            }
        }
        return data
    }

    func read(_ data: Data, dcIsColour: Bool = false) throws -> GaussianCloud {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "splat-\(UUID().uuidString).ply")
        try data.write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try GaussianCloud(plyAt: url, dcIsColour: dcIsColour)
    }

    @Test func everyPropertyArrives() throws {
        let rows = (0..<3).map { row in (0..<24).map { Float(100 * row + $0) } }
        let cloud = try read(Self.file(rows.map { r in r.map { $0 } }, restCount: 9))
        #expect(cloud.count == 3)
        #expect(cloud.means == [0, 1, 2, 100, 101, 102, 200, 201, 202])
        #expect(cloud.opacityLogits == [16, 116, 216])
        #expect(cloud.logScales.prefix(3) == [17, 18, 19])
        #expect(cloud.quaternions.suffix(4) == [220, 221, 222, 223])
        guard case .sh(let values, let degree) = cloud.colours else {
            Issue.record("no spherical harmonics")
            return
        }
        // f_rest: red 7, 8, 9; green 10, 11, 12; blue 13, 14, 15.
        #expect(degree == 1)
        #expect(values.prefix(12) == [4, 5, 6, 7, 10, 13, 8, 11, 14, 9, 12, 15])
        let colours = try read(Self.file(rows, restCount: 9), dcIsColour: true).colours
        #expect(colours == .display([4, 5, 6, 104, 105, 106, 204, 205, 206]))
    }

    @Test func damageIsToldNotTrappedOn() {
        let whole = Self.file([[Float](repeating: 1, count: 15)], restCount: 0)
        let text = String(decoding: whole.prefix(300), as: UTF8.self)
        var cases = [
            Data(), Data("ply".utf8), Data("hello".utf8), whole.dropLast(),
            Self.file([], restCount: 0, count: Int.max), Self.file([], restCount: 3),
            Self.file([], restCount: 0, count: -1),
        ]
        #expect(text.contains("vertex 1"))
        for (from, to) in [
            ("binary_little_endian", "ascii"), ("property float x", "property list uchar int x"),
            ("property float x", "property float w"), ("end_header", "end_heater"),
            ("float opacity", "quad opacity"),
        ] {
            var data = whole
            guard let range = data.range(of: Data(from.utf8)) else { continue }
            data.replaceSubrange(range, with: Data(to.utf8))
            cases.append(data)
        }
        for data in cases {
            #expect { try read(Data(data)) } throws: { $0 is any InputError }
        }
        #expect(throws: MediaError.notFound(file: "/nowhere/at/all.ply")) {
            try GaussianCloud(plyAt: URL(fileURLWithPath: "/nowhere/at/all.ply"))
        }
    }

    @Test func camerasAreReadAndChecked() throws {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "cameras-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: url) }
        let text = """
            [{"id": 0, "img_name": "a", "width": 64, "height": 48, "position": [0, 1, 3],
              "rotation": [[1, 0, 0], [0, -1, 0], [0, 0, -1]], "fx": 50, "fy": 60}]
            """
        try Data(text.utf8).write(to: url)
        let camera = try #require(CameraFile(contentsOf: url).cameras.first)
        let (pixel, depth) = camera.project(Vector3(0.5, 1.25, 1))
        #expect(depth == 2)
        #expect(pixel == Vector2(32 + 12.5, 24 - 7.5))
        for (from, to) in [("64", "0"), ("[0, 1, 3]", "[0, 1]"), ("[{", "{"), ("50", "-1")] {
            try Data(text.replacingOccurrences(of: from, with: to).utf8).write(to: url)
            #expect(throws: SplatFormatError.self) { try CameraFile(contentsOf: url) }
        }
    }
}
