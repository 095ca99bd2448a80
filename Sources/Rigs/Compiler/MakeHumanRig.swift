import Foundation
import Spatial

/// One of MakeHuman's skeletons (rigs/standard/rig.NAME.json): bones whose ends follow vertices.
struct MakeHumanRig: Sendable {
    struct Bone: Sendable {
        /// The parent's name; empty for the root.
        var parent: String
        /// The vertices of the base mesh whose means are the bone's ends.
        var head: [Int]
        var tail: [Int]
        /// The turn about the bone's own axis, radians.
        var roll: Double
    }

    let bones: [String: Bone]
    let file: URL

    /// Reads a skeleton over a base mesh.
    ///
    /// - Throws: `RigError.damaged` where bones or vertices are missing.
    init(contentsOf url: URL, mesh: MakeHumanMesh) throws {
        file = url
        let object = try Self.object(url)
        var bones: [String: Bone] = [:]
        for (name, value) in object["bones"] as? [String: Any] ?? object {
            guard let fields = value as? [String: Any],
                let head = Self.vertices(fields["head"], mesh),
                let tail = Self.vertices(fields["tail"], mesh),
                let roll = fields["roll"] as? NSNumber
            else {
                throw Self.damaged(url, "an odd bone \(name)", "its ends and its roll")
            }
            bones[name] = Bone(
                parent: fields["parent"] as? String ?? "", head: head, tail: tail,
                roll: roll.doubleValue)
        }
        self.bones = bones
        guard bones.values.filter({ $0.parent.isEmpty }).count == 1,
            bones.values.allSatisfy({ $0.parent.isEmpty || bones[$0.parent] != nil }),
            order().count == bones.count
        else { throw Self.damaged(url, "bones that hang from no root", "one root of all") }
    }

    /// The bones from the root, or from one of them, downwards: each before its children, those of
    /// one parent by name.
    func order(below root: String? = nil) -> [String] {
        var children: [String: [String]] = [:]
        for (name, bone) in bones { children[bone.parent, default: []].append(name) }
        var order: [String] = []
        func visit(_ name: String) {
            order.append(name)
            for child in (children[name] ?? []).sorted() { visit(child) }
        }
        for name in root.map({ [$0] }) ?? children[""] ?? [] { visit(name) }
        return order
    }

    private static func vertices(_ end: Any?, _ mesh: MakeHumanMesh) -> [Int]? {
        guard let end = end as? [String: Any], let strategy = end["strategy"] as? String else {
            return nil
        }
        var vertices: [Int]
        switch strategy {
        case "VERTEX": vertices = (end["vertex_index"] as? NSNumber).map { [$0.intValue] } ?? []
        case "MEAN": vertices = (end["vertex_indices"] as? [NSNumber])?.map(\.intValue) ?? []
        case "CUBE":
            let quads = (end["cube_name"] as? String).flatMap { mesh.groups[$0] } ?? []
            let corners = quads.flatMap { quad in (0..<4).map { Int(quad.vertices[$0]) } }
            vertices = Set(corners).sorted()
        default: return nil
        }
        return vertices.isEmpty || !vertices.allSatisfy(mesh.positions.indices.contains)
            ? nil : vertices
    }

    static func object(_ url: URL) throws -> [String: Any] {
        let data = Data(try readFile(url))
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw damaged(url, "no JSON object", "one")
        }
        return object
    }

    static func damaged(_ url: URL, _ found: String, _ expected: String) -> RigError {
        RigError.damaged(file: url.relativePath, found: found, expected: expected)
    }
}
