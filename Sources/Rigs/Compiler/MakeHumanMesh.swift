import Foundation
import Spatial

/// MakeHuman's base mesh (hm08): the body and its helper geometry, in groups of quads.
struct MakeHumanMesh {
    /// A face with the indices of its vertices and texture coordinates.
    struct Quad {
        var vertices: SIMD4<Int32>
        var uvs: SIMD4<Int32>
    }

    /// The vertices in double precision, decimetres, y up and facing +z.
    var positions: [SIMD3<Double>] = []
    var uvs: [Vector2] = []
    /// The faces of each group, in the order of the file.
    var groups: [String: [Quad]] = [:]

    /// Reads a Wavefront OBJ file of `v`, `vt`, `g` and `f` lines with four corners `v/vt` a face.
    init(contentsOf url: URL) throws {
        let bytes = try readFile(url)
        try bytes.withUnsafeBufferPointer { bytes in
            var scanner = TextScanner(bytes)
            var group = "noname"
            while !scanner.isAtEnd {
                let keyword = scanner.skipBlanks() ? scanner.word() : ""
                switch keyword {
                case "v":
                    guard let x = scanner.number(), let y = scanner.number(),
                        let z = scanner.number()
                    else { throw Self.damaged(url, scanner) }
                    positions.append(SIMD3(x, y, z))
                case "vt":
                    guard let u = scanner.number(), let v = scanner.number() else {
                        throw Self.damaged(url, scanner)
                    }
                    uvs.append(Vector2(Float(u), Float(v)))
                case "g": group = scanner.word()
                case "f":
                    guard let quad = Self.quad(&scanner), isSound(quad) else {
                        throw Self.damaged(url, scanner)
                    }
                    groups[group, default: []].append(quad)
                default: break
                }
                scanner.nextLine()
            }
        }
    }

    /// The faces of a group.
    func group(_ name: String, of url: URL) throws -> [Quad] {
        guard let group = groups[name] else {
            throw RigError.damaged(
                file: url.relativePath, found: "no group \(name)", expected: "MakeHuman's base mesh"
            )
        }
        return group
    }

    /// A vertex in Likeness's space, metres.
    func position(_ vertex: Int32) -> Vector3 { Vector3(positions[Int(vertex)] * 0.1) }

    private static func quad(_ scanner: inout TextScanner) -> Quad? {
        var quad = Quad(vertices: .zero, uvs: .zero)
        for corner in 0..<4 {
            guard let vertex = scanner.natural(), vertex > 0, vertex < 1 << 30, scanner.take(47),
                let uv = scanner.natural(), uv > 0, uv < 1 << 30
            else { return nil }
            quad.vertices[corner] = Int32(vertex - 1)
            quad.uvs[corner] = Int32(uv - 1)
        }
        return scanner.skipBlanks() ? nil : quad
    }

    private func isSound(_ quad: Quad) -> Bool {
        quad.vertices.max() < positions.count && quad.uvs.max() < uvs.count
    }

    private static func damaged(_ url: URL, _ scanner: TextScanner) -> RigError {
        RigError.damaged(
            file: url.relativePath, found: "another text in line \(scanner.line)",
            expected: "a vertex or a face of four corners")
    }
}
