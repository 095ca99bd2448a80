import Foundation
import Spatial

extension ColouredMesh {
    /// Reads a coloured scan or cloud of points from a .ply: properties x, y, z and red, green, blue (or
    /// r, g, b; 0…255, or 0…1 as real numbers) of `vertex`, in any order and of any type, and lists of
    /// indices of `face`, whose polygons become fans of triangles. Points without colours are grey.
    ///
    /// - Throws: As `PLYFile`; `MediaError.damaged` for a face of vertices that are not there.
    public init(plyAt url: URL) throws {
        try self.init(PLYFile(contentsOf: url))
    }

    init(_ file: PLYFile) throws {
        self.init(texture: Image(width: 1, height: 1, channels: 3, filledWith: 1))
        let xyz = try file.values(["x", "y", "z"], of: "vertex")
        let count = xyz.count / 3
        positions = (0..<count).map { Vector3(xyz[3 * $0], xyz[3 * $0 + 1], xyz[3 * $0 + 2]) }
        let known = Set(file.properties(of: "vertex"))
        let names = [
            ["red", "green", "blue"], ["r", "g", "b"],
            ["diffuse_red", "diffuse_green", "diffuse_blue"],
        ]
        .first { known.isSuperset(of: $0) }
        if let names {
            let isReal = file.type(of: names[0], in: "vertex")?.isReal == true
            let rgb = try file.values(names, of: "vertex")
            let factor: Float = isReal ? 255 : 1
            colours = (0..<count).map { i in
                var colour = SIMD3<UInt8>()
                for c in 0..<3 {
                    let value = rgb[3 * i + c] * factor
                    // What is not a number compares as smaller, and becomes 0.
                    colour[c] = value > 0 ? UInt8(min(value, 255).rounded()) : 0
                }
                return colour
            }
        } else {
            colours = [SIMD3<UInt8>](repeating: SIMD3(repeating: 128), count: count)
        }
        for polygon in try file.lists(["vertex_indices", "vertex_index"], of: "face") ?? []
        where polygon.count >= 3 {
            guard polygon.allSatisfy({ (0..<Int32(clamping: count)).contains($0) }) else {
                throw MediaError.damaged(
                    file: file.name, found: "a face of a vertex that is not there",
                    expected: "indices below \(count)")
            }
            for corner in 1..<polygon.count - 1 {
                faces.append(SIMD3(polygon[0], polygon[corner], polygon[corner + 1]))
            }
        }
    }
}
