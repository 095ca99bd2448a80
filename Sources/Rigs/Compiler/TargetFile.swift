import Foundation
import Media
import Spatial

/// A MakeHuman target: how far a blend shape moves some vertices of the base mesh.
///
/// A text of lines "vertex x y z", in decimetres in the base mesh's axes; lines that start with # are
/// comments.
struct TargetFile {
    /// Indices of the base mesh's vertices.
    var vertices: [Int32] = []
    /// Their offsets, metres.
    var offsets: [Vector3] = []

    /// Reads a target, unpacking it if its name ends with .gz.
    ///
    /// - Parameter vertexCount: the number of vertices of the base mesh.
    init(contentsOf url: URL, vertexCount: Int) throws {
        let bytes =
            url.pathExtension == "gz"
            ? try Gzip.read(contentsOf: url, limit: 64 << 20) : try readFile(url, limit: 64 << 20)
        try bytes.withUnsafeBufferPointer { bytes in
            var scanner = TextScanner(bytes)
            while !scanner.isAtEnd {
                if scanner.skipBlanks(), scanner.peek != 35 {
                    guard let vertex = scanner.natural(), let x = scanner.number(),
                        let y = scanner.number(), let z = scanner.number(), !scanner.skipBlanks()
                    else { throw Self.damaged(url, "another text", scanner.line) }
                    guard vertex < vertexCount else {
                        throw Self.damaged(url, "the vertex \(vertex)", scanner.line)
                    }
                    vertices.append(Int32(vertex))
                    offsets.append(Vector3(Float(x * 0.1), Float(y * 0.1), Float(z * 0.1)))
                }
                scanner.nextLine()
            }
        }
        keepLast()
    }

    /// Of a vertex that is listed twice the last offset counts.
    private mutating func keepLast() {
        if zip(vertices, vertices.dropFirst()).allSatisfy({ $0 < $1 }) { return }
        let last = Dictionary(zip(vertices, offsets), uniquingKeysWith: { _, last in last })
        vertices = last.keys.sorted()
        offsets = vertices.map { last[$0]! }
    }

    private static func damaged(_ url: URL, _ found: String, _ line: Int) -> RigError {
        RigError.damaged(
            file: url.relativePath, found: "\(found) in line \(line)",
            expected: "a vertex of the base mesh and three numbers")
    }
}

/// The bytes of a data file of at most `limit` bytes.
func readFile(_ url: URL, limit: Int = 256 << 20) throws -> [UInt8] {
    let name = url.relativePath
    guard let handle = try? FileHandle(forReadingFrom: url) else {
        throw MediaError.notFound(file: name)
    }
    defer { try? handle.close() }
    do {
        let data = try handle.read(upToCount: limit) ?? Data()
        return [UInt8](data)
    } catch {
        throw MediaError.unreadable(file: name, reason: error.localizedDescription)
    }
}
