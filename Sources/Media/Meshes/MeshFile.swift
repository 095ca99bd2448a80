import Foundation
import Spatial

/// Writes triangle meshes as .obj, .ply or .glb, in full single precision.
public enum MeshFile {
    /// The formats, by the file names' endings.
    public enum Format: String, CaseIterable, Sendable {
        case obj, ply, glb
    }

    /// Writes a mesh in the format that the name ends in.
    ///
    /// Vertices stay in their order. Texture coordinates are kept by .obj; the other two have one set
    /// of indices for all, so they keep positions and faces. A .glb holds metres, y up, as its format
    /// asks; the others hold the positions as they are.
    ///
    /// - Throws: `MediaError.unsupported` for another ending; as `AtomicFile.write(to:overwrite:_:)`.
    public static func write(_ mesh: TriangleMesh, to url: URL, overwrite: Bool) throws {
        let bytes =
            switch try format(of: url, among: Format.allCases) {
            case .obj: obj(mesh)
            case .ply: ply(mesh)
            case .glb: glb(mesh)
            }
        try AtomicFile.write(bytes, to: url, overwrite: overwrite)
    }

    /// The format that a name ends in.
    ///
    /// - Throws: `MediaError.unsupported` where it is none of `formats`.
    static func format(of url: URL, among formats: [Format]) throws -> Format {
        guard let format = Format(rawValue: url.pathExtension.lowercased()),
            formats.contains(format)
        else {
            throw MediaError.unsupported(
                file: url.relativePath, found: "the ending \".\(url.pathExtension)\"",
                expected: formats.map { ".\($0.rawValue)" }.joined(separator: " or "))
        }
        return format
    }

    /// Nine digits tell any two numbers of single precision apart.
    static func text(_ value: Float) -> String { String(format: "%.9g", value) }

    private static func obj(_ mesh: TriangleMesh) -> [UInt8] {
        var lines: [String] = []
        lines.reserveCapacity(mesh.positions.count + mesh.faces.count)
        for p in mesh.positions { lines.append("v \(text(p.x)) \(text(p.y)) \(text(p.z))") }
        for uv in mesh.uvs { lines.append("vt \(text(uv.x)) \(text(uv.y))") }
        let hasUVs = mesh.uvFaces.count == mesh.faces.count
        for (i, face) in mesh.faces.enumerated() {
            let corners = (0..<3).map { corner in
                hasUVs
                    ? "\(face[corner] + 1)/\(mesh.uvFaces[i][corner] + 1)" : "\(face[corner] + 1)"
            }
            lines.append("f " + corners.joined(separator: " "))
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func ply(_ mesh: TriangleMesh) -> [UInt8] {
        var bytes = Array(
            """
            ply
            format binary_little_endian 1.0
            element vertex \(mesh.positions.count)
            property float x
            property float y
            property float z
            element face \(mesh.faces.count)
            property list uchar int vertex_indices
            end_header

            """.utf8)
        for p in mesh.positions {
            for axis in 0..<3 { append(p[axis].bitPattern, to: &bytes) }
        }
        for face in mesh.faces {
            bytes.append(3)
            for corner in 0..<3 { append(UInt32(bitPattern: face[corner]), to: &bytes) }
        }
        return bytes
    }

    /// glTF 2.0, binary: a chunk of JSON and one of positions and indices.
    private static func glb(_ mesh: TriangleMesh) -> [UInt8] {
        var data: [UInt8] = []
        for p in mesh.positions {
            for axis in 0..<3 { append(p[axis].bitPattern, to: &data) }
        }
        let positionBytes = data.count
        for face in mesh.faces {
            for corner in 0..<3 { append(UInt32(bitPattern: face[corner]), to: &data) }
        }
        let first = mesh.positions.first ?? .zero
        let low = mesh.positions.reduce(first, pointwiseMin)
        let high = mesh.positions.reduce(first, pointwiseMax)
        func array(_ v: Vector3) -> String { "[\(text(v.x)),\(text(v.y)),\(text(v.z))]" }
        let isEmpty = mesh.positions.isEmpty || mesh.faces.isEmpty
        // An empty mesh has no buffer: accessors of nothing are not allowed.
        let json =
            isEmpty
            ? """
            {"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[]}]}
            """
            : """
            {"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],\
            "meshes":[{"primitives":[{"attributes":{"POSITION":0},"indices":1}]}],\
            "accessors":[{"bufferView":0,"componentType":5126,"count":\(mesh.positions.count),\
            "type":"VEC3","min":\(array(low)),"max":\(array(high))},{"bufferView":1,\
            "componentType":5125,"count":\(3 * mesh.faces.count),"type":"SCALAR"}],\
            "bufferViews":[{"buffer":0,"byteOffset":0,"byteLength":\(positionBytes),\
            "target":34962},{"buffer":0,"byteOffset":\(positionBytes),\
            "byteLength":\(data.count - positionBytes),"target":34963}],\
            "buffers":[{"byteLength":\(data.count)}]}
            """
        return glbFile(json: json, data: isEmpty ? [] : data)
    }

    /// A .glb: a chunk of JSON and, unless there is none, one of data, whose length is a multiple of 4.
    static func glbFile(json: String, data: [UInt8]) -> [UInt8] {
        var json = Array(json.utf8)
        while json.count % 4 != 0 { json.append(0x20) }
        var bytes: [UInt8] = []
        append(0x4654_6C67, to: &bytes)
        append(2, to: &bytes)
        append(UInt32(12 + 8 + json.count + (data.isEmpty ? 0 : 8 + data.count)), to: &bytes)
        append(UInt32(json.count), to: &bytes)
        append(0x4E4F_534A, to: &bytes)
        bytes += json
        if !data.isEmpty {
            append(UInt32(data.count), to: &bytes)
            append(0x004E_4942, to: &bytes)
            bytes += data
        }
        return bytes
    }

    static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
