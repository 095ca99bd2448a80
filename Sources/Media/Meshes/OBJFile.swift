import Foundation
import Spatial

/// A Wavefront .obj file, read: polygons over positions and texture coordinates, with their materials.
public struct OBJFile: Equatable, Sendable {
    /// Positions, as in the file.
    public let positions: [Vector3]
    /// Texture coordinates, u right and v up.
    public let uvs: [Vector2]
    /// Triangles; polygons of more corners are cut into fans.
    public let faces: [SIMD3<Int32>]
    /// Indices into `uvs` of each triangle; empty where any corner has none.
    public let uvFaces: [SIMD3<Int32>]
    /// The names of the materials, and of each triangle its index there, or −1.
    public let materials: [String]
    public let faceMaterials: [Int32]

    /// Reads a file.
    ///
    /// - Throws: `MediaError` where there is no such file; `MediaError.damaged` for numbers that are
    ///   none or indices of vertices that are not there.
    public init(contentsOf url: URL) throws {
        let source = try ByteSource(contentsOf: url)
        guard source.count <= 1 << 30 else {
            throw MediaError.tooLarge(
                file: source.name, found: "\(source.count) bytes", limit: "\(1 << 30) of a mesh")
        }
        try self.init(bytes: source.readAll(), name: source.name)
    }

    /// Reads a file in memory; `name` is for error messages.
    public init(bytes: [UInt8], name: String) throws {
        var parser = Parser(name: name)
        for line in bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
            try parser.read(line.split(whereSeparator: { $0 == 32 || $0 == 9 }))
        }
        positions = parser.positions
        uvs = parser.uvs
        faces = parser.faces
        uvFaces = parser.uvFaces.count == parser.faces.count ? parser.uvFaces : []
        materials = parser.materials
        faceMaterials = parser.faceMaterials
    }

    /// The mesh without materials.
    public var mesh: TriangleMesh {
        TriangleMesh(positions: positions, faces: faces, uvs: uvs, uvFaces: uvFaces)
    }

    private struct Parser {
        let name: String
        var positions: [Vector3] = []
        var uvs: [Vector2] = []
        var faces: [SIMD3<Int32>] = []
        var uvFaces: [SIMD3<Int32>] = []
        var materials: [String] = []
        var faceMaterials: [Int32] = []
        private var material: Int32 = -1

        init(name: String) { self.name = name }

        private func damaged(_ found: String) -> MediaError {
            .damaged(file: name, found: found, expected: "the lines of an .obj file")
        }

        private func text(_ word: ArraySlice<UInt8>) -> String {
            String(decoding: word, as: UTF8.self)
        }

        private func number(_ word: ArraySlice<UInt8>) throws -> Float {
            guard let value = Float(text(word)), value.isFinite else {
                throw damaged("\"\(text(word).prefix(40))\" where a number belongs")
            }
            return value
        }

        mutating func read(_ words: [ArraySlice<UInt8>]) throws {
            guard let keyword = words.first else { return }
            switch text(keyword) {
            case "v":
                guard words.count >= 4 else {
                    throw damaged("a vertex of \(words.count - 1) numbers")
                }
                positions.append(
                    Vector3(try number(words[1]), try number(words[2]), try number(words[3])))
            case "vt":
                guard words.count >= 3 else {
                    throw damaged("a texture coordinate of \(words.count - 1) numbers")
                }
                uvs.append(Vector2(try number(words[1]), try number(words[2])))
            case "usemtl":
                let name = words.dropFirst().map(text).joined(separator: " ")
                let known = materials.firstIndex(of: name)
                if known == nil { materials.append(name) }
                material = Int32(known ?? materials.count - 1)
            case "f":
                let corners = try words.dropFirst().map(corner)
                guard corners.count >= 3 else {
                    throw damaged("a face of \(corners.count) corners")
                }
                for i in 1..<corners.count - 1 {
                    let fan = [corners[0], corners[i], corners[i + 1]]
                    faces.append(SIMD3(fan[0].0, fan[1].0, fan[2].0))
                    faceMaterials.append(material)
                    let uvs = fan.compactMap(\.1)
                    if uvs.count == 3 { uvFaces.append(SIMD3(uvs[0], uvs[1], uvs[2])) }
                }
            default: break
            }
        }

        /// Position and texture coordinate of "7/3/1", "7//1", "7", or, counted from the end, "-1".
        private func corner(_ word: ArraySlice<UInt8>) throws -> (Int32, Int32?) {
            let parts = word.split(separator: 47, omittingEmptySubsequences: false)
            func index(_ part: ArraySlice<UInt8>, _ count: Int) throws -> Int32 {
                guard let value = Int(text(part)), value != 0,
                    (0..<count).contains(value > 0 ? value - 1 : count + value)
                else {
                    throw damaged("the index \"\(text(part).prefix(40))\" of \(count) vertices")
                }
                return Int32(value > 0 ? value - 1 : count + value)
            }
            let position = try index(parts.first ?? word, positions.count)
            let uv = parts.count > 1 && !parts[1].isEmpty ? try index(parts[1], uvs.count) : nil
            return (position, uv)
        }
    }
}
