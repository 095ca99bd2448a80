import Foundation
import Spatial

extension MeshFile {
    /// Writes a coloured mesh in the format that the name ends in: a .glb with its texture inside, to be
    /// shown as it is, without lights; an .obj or .ply with a colour at each vertex (of .obj an extension
    /// that MeshLab and Blender read), and of points only a .ply.
    ///
    /// - Throws: `MediaError.unsupported` for another ending; as `AtomicFile.write(to:overwrite:_:)`.
    public static func write(_ mesh: ColouredMesh, to url: URL, overwrite: Bool) throws {
        precondition(mesh.colours.count == mesh.positions.count, "a colour for each vertex")
        let formats: [Format] = mesh.faces.isEmpty ? [.ply] : Format.allCases
        let bytes =
            switch try format(of: url, among: formats) {
            case .obj: obj(mesh)
            case .ply: ply(mesh)
            case .glb: glb(mesh)
            }
        try AtomicFile.write(bytes, to: url, overwrite: overwrite)
    }

    private static func obj(_ mesh: ColouredMesh) -> [UInt8] {
        var lines: [String] = []
        lines.reserveCapacity(mesh.positions.count + mesh.faces.count)
        for (p, c) in zip(mesh.positions, mesh.colours) {
            let colour = (0..<3).map { String(format: "%.4f", Float(c[$0]) / 255) }
            lines.append(
                "v \(text(p.x)) \(text(p.y)) \(text(p.z)) \(colour.joined(separator: " "))")
        }
        for face in mesh.faces { lines.append("f \(face.x + 1) \(face.y + 1) \(face.z + 1)") }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func ply(_ mesh: ColouredMesh) -> [UInt8] {
        var bytes = Array(
            """
            ply
            format binary_little_endian 1.0
            element vertex \(mesh.positions.count)
            property float x
            property float y
            property float z
            property uchar red
            property uchar green
            property uchar blue

            """.utf8)
        if !mesh.faces.isEmpty {
            bytes += Array(
                """
                element face \(mesh.faces.count)
                property list uchar int vertex_indices

                """.utf8)
        }
        bytes += Array("end_header\n".utf8)
        for (p, c) in zip(mesh.positions, mesh.colours) {
            for axis in 0..<3 { append(p[axis].bitPattern, to: &bytes) }
            bytes += [c.x, c.y, c.z]
        }
        for face in mesh.faces {
            bytes.append(3)
            for corner in 0..<3 { append(UInt32(bitPattern: face[corner]), to: &bytes) }
        }
        return bytes
    }

    /// glTF 2.0 with the extension KHR_materials_unlit.
    private static func glb(_ mesh: ColouredMesh) -> [UInt8] {
        precondition(mesh.uvs.count == mesh.positions.count, "texture coordinates of each vertex")
        var data: [UInt8] = []
        for p in mesh.positions { for axis in 0..<3 { append(p[axis].bitPattern, to: &data) } }
        let uvStart = data.count
        // Their origin is the picture's first pixel.
        for uv in mesh.uvs {
            append(uv.x.bitPattern, to: &data)
            append((1 - uv.y).bitPattern, to: &data)
        }
        let faceStart = data.count
        for face in mesh.faces {
            for corner in 0..<3 { append(UInt32(bitPattern: face[corner]), to: &data) }
        }
        let imageStart = data.count
        data += mesh.texture.pngBytes(compression: 6)
        let imageEnd = data.count
        while data.count % 4 != 0 { data.append(0) }
        let first = mesh.positions.first ?? .zero
        let low = mesh.positions.reduce(first, pointwiseMin)
        let high = mesh.positions.reduce(first, pointwiseMax)
        func array(_ v: Vector3) -> String { "[\(text(v.x)),\(text(v.y)),\(text(v.z))]" }
        let json = """
            {"asset":{"version":"2.0"},"extensionsUsed":["KHR_materials_unlit"],"scene":0,\
            "scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],"meshes":[{"primitives":[{"attributes":\
            {"POSITION":0,"TEXCOORD_0":1},"indices":2,"material":0}]}],"materials":[{\
            "pbrMetallicRoughness":{"baseColorTexture":{"index":0},"metallicFactor":0},\
            "extensions":{"KHR_materials_unlit":{}}}],"textures":[{"source":0,"sampler":0}],\
            "samplers":[{"magFilter":9729,"minFilter":9729,"wrapS":10497,"wrapT":33071}],\
            "images":[{"bufferView":3,"mimeType":"image/png"}],\
            "accessors":[{"bufferView":0,"componentType":5126,"count":\(mesh.positions.count),\
            "type":"VEC3","min":\(array(low)),"max":\(array(high))},{"bufferView":1,\
            "componentType":5126,"count":\(mesh.uvs.count),"type":"VEC2"},{"bufferView":2,\
            "componentType":5125,"count":\(3 * mesh.faces.count),"type":"SCALAR"}],\
            "bufferViews":[{"buffer":0,"byteOffset":0,"byteLength":\(uvStart),"target":34962},\
            {"buffer":0,"byteOffset":\(uvStart),"byteLength":\(faceStart - uvStart),\
            "target":34962},{"buffer":0,"byteOffset":\(faceStart),\
            "byteLength":\(imageStart - faceStart),"target":34963},\
            {"buffer":0,"byteOffset":\(imageStart),"byteLength":\(imageEnd - imageStart)}],\
            "buffers":[{"byteLength":\(data.count)}]}
            """
        return glbFile(json: json, data: data)
    }
}
