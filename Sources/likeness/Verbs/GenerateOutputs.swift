import ArgumentParser
import Diffusion
import Foundation
import Media
import Methods
import Spatial
import SplatFormats

/// The options of `generate` that say what to write.
struct GenerateOutputs: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The picture to write; its depth goes beside it under the name NAME-depth.png.",
            valueName: "png"))
    var output: String

    @Option(help: ArgumentHelp("Also write coloured points.", valueName: "ply"))
    var points: String?

    @Option(
        help: ArgumentHelp("Also write a mesh: .glb, .obj or .ply.", valueName: "mesh"))
    var mesh: String?

    @Option(help: ArgumentHelp("Also write Gaussians: .ply or .spz.", valueName: "file"))
    var splats: String?

    @Option(
        help: ArgumentHelp(
            "What the nearest depth there is stands for; else what the model says, or 1.",
            valueName: "metres"))
    var near: Float?

    @Option(
        help: ArgumentHelp(
            "What the furthest depth there is stands for; else what the model says, or 10.",
            valueName: "metres"))
    var far: Float?

    @Option(
        help: ArgumentHelp(
            "The vertical field of view; else what the model says, or 60.", valueName: "degrees"))
    var fov: Float?

    @Flag(
        inversion: .prefixedNo,
        help: "The picture is a panorama (equirectangular); else those twice as wide as high are.")
    var panorama: Bool?

    var paths: [(what: String, path: String?)] {
        [
            ("--output", output), ("the depth beside --output", depthName), ("--points", points),
            ("--mesh", mesh), ("--splats", splats),
        ]
    }

    /// Where the depth of a single picture goes.
    private var depthName: String {
        URL(fileURLWithPath: output).deletingPathExtension().path + "-depth.png"
    }

    func validate() throws {
        for (option, path, endings) in [
            ("--output", output, ["png"]), ("--points", points, ["ply"]),
            ("--mesh", mesh, ["glb", "obj", "ply"]), ("--splats", splats, ["ply", "spz"]),
        ] {
            guard let path else { continue }
            let ending = URL(fileURLWithPath: path).pathExtension.lowercased()
            guard endings.contains(ending) else {
                throw ValidationError(
                    "\(option) takes a name that ends in .\(endings.joined(separator: " or .")), not \(path)."
                )
            }
        }
        let (near, far) = (near ?? 1, far ?? 10)
        guard near > 0, near < far || self.near == nil || self.far == nil, far < 1e6, far > 0 else {
            throw ValidationError("--near and --far take distances, the first the smaller one.")
        }
        guard (1...170).contains(fov ?? 60) else {
            throw ValidationError("--fov takes 1 to 170 degrees.")
        }
    }

    /// What writes the files, none of which is there yet.
    ///
    /// - Parameter range: what the model says of its depth.
    func writer(count: Int, range: DepthRange?, overwrite: Bool) throws -> GenerateWriter {
        let standard = range ?? DepthRange()
        // One that is given alone moves the other only where they would change places.
        var (nearest, furthest) = (near ?? standard.near, far ?? standard.far)
        if nearest >= furthest {
            if far == nil { furthest = nearest * 10 } else { nearest = furthest / 10 }
        }
        let writer = GenerateWriter(
            options: self, count: count,
            range: DepthRange(
                near: nearest, far: furthest,
                verticalFOV: fov.map { $0 * .pi / 180 } ?? standard.verticalFOV),
            overwrite: overwrite)
        for index in 0..<count {
            for path in writer.paths(index) {
                _ = try requireWritable(path, overwrite: overwrite)
            }
        }
        return writer
    }
}

/// Writes what `generate` made.
struct GenerateWriter {
    let options: GenerateOutputs
    let count: Int
    let range: DepthRange
    let overwrite: Bool

    /// The files of a picture.
    struct Picture: Encodable {
        let picture: String
        let depth: String?
        let points: String?
        let mesh: String?
        let splats: String?
        let seed: UInt64

        var line: String {
            [picture, depth, points, mesh, splats].compactMap(\.self).joined(separator: " ")
                + " (seed \(seed))"
        }
    }

    private var wantsSpace: Bool {
        options.points != nil || options.mesh != nil || options.splats != nil
    }

    /// - Throws: `DiffusionError` where depth is wanted and the model has none.
    func require(depth hasDepth: Bool) throws(DiffusionError) {
        guard hasDepth || !wantsSpace else {
            throw .input(
                name: "model", found: "one without depth",
                expected: "LDM3D or another with depth for --points, --mesh or --splats")
        }
    }

    func isPanorama(width: Int, height: Int) -> Bool {
        options.panorama ?? (width == 2 * height)
    }

    /// A name with a number where there are several pictures.
    private func numbered(_ path: String?, _ index: Int, suffix: String = "") -> String? {
        guard let path else { return nil }
        let url = URL(fileURLWithPath: path)
        let ending = ".\(url.pathExtension)"
        return path.dropLast(ending.count) + (count > 1 ? "-\(index + 1)" : "") + suffix + ending
    }

    private func picture(_ index: Int, seed: UInt64, hasDepth: Bool) -> Picture {
        Picture(
            picture: numbered(options.output, index)!,
            depth: hasDepth ? numbered(options.output, index, suffix: "-depth") : nil,
            points: numbered(options.points, index), mesh: numbered(options.mesh, index),
            splats: numbered(options.splats, index), seed: seed)
    }

    fileprivate func paths(_ index: Int) -> [String] {
        let names = picture(index, seed: 0, hasDepth: true)
        return [names.picture, names.depth, names.points, names.mesh, names.splats]
            .compactMap(\.self)
    }

    func write(_ image: RGBDImage, index: Int, seed: UInt64) throws -> Picture {
        let names = picture(index, seed: seed, hasDepth: image.depth != nil)
        func url(_ path: String) -> URL { URL(fileURLWithPath: path) }
        try image.colour.writePNG(to: url(names.picture), overwrite: overwrite)
        if let depth = names.depth {
            try image.depthImage!.writePNG(to: url(depth), bitDepth: 16, overwrite: overwrite)
        }
        guard wantsSpace, image.depth != nil else { return names }
        let scene = RGBDScene(
            image, range: range,
            isPanorama: isPanorama(width: image.width, height: image.height))
        if let points = names.points {
            try MeshFile.write(scene.pointCloud(), to: url(points), overwrite: overwrite)
        }
        if let mesh = names.mesh {
            try MeshFile.write(scene.mesh(), to: url(mesh), overwrite: overwrite)
        }
        if let splats = names.splats {
            try scene.gaussians().turnedAboutX()
                .write(to: url(splats), overwrite: overwrite)
        }
        return names
    }
}
