import ArgumentParser
import Avatars
import Captures
import Foundation
import Media

/// `likeness info PATH`.
struct Info: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what an avatar or a capture holds.",
        discussion: """
            Of an avatar: how it was made, of how much it consists, and the licences of what is inside.

            Of a capture (a folder of likeness track or likeness studio, of COLMAP, nerfstudio, X-Humans, \
            NeuMan, ActorsHQ, DREAMS-Avatar, PERSONA, VHAP or GAGAvatar, a folder of images or of colour \
            and depth, an image, a video, or a .ply): what it is, its cameras, frames, pictures, tracks \
            and split, and what is wrong with it.

              likeness info me.likeness
              likeness info capture
            """)

    @Argument(help: ArgumentHelp("The avatar or the capture.", valueName: "path"))
    var path: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        common.apply()
        let url = URL(fileURLWithPath: path)
        // An avatar is an archive, whatever its name; no capture is.
        let start = try? FileHandle(forReadingFrom: url).read(upToCount: 4)
        if url.pathExtension.lowercased() == "likeness" || ZipArchive.matches(start ?? Data()) {
            try describeAvatar(url)
        } else {
            try await describeCapture(url)
        }
    }

    private func describeAvatar(_ url: URL) throws {
        let loaded = try Avatar(contentsOf: url)
        let report = Report(
            manifest: loaded.manifest, gaussians: loaded.gaussians.count,
            vertices: loaded.rig.vertices.count, faces: loaded.faces.count,
            bones: loaded.rig.skeleton.count)
        if common.json { return try Console.json(report) }
        Console.result("\(path): an avatar made by \(report.manifest.method)")
        Console.result("  Gaussians   \(report.gaussians)")
        Console.result(
            "  rig         \(report.manifest.rig): \(report.vertices) vertices, "
                + "\(report.faces) faces covered, \(report.bones) bones")
        for (key, value) in report.manifest.provenance.sorted(by: { $0.key < $1.key }) {
            Console.result("  \(key.padding(toLength: 11, withPad: " ", startingAt: 0)) \(value)")
        }
        for licence in report.manifest.licences { Console.result("  licence     \(licence)") }
    }

    private func describeCapture(_ url: URL) async throws {
        let capture = try await Capture(contentsOf: url)
        let bar = ProgressBar(isQuiet: common.quiet)
        bar.begin("Looking at pictures", steps: capture.views.count)
        let report = try await CaptureReport(of: capture) { bar.advance(to: $0, note: "") }
        bar.end()
        if common.json { return try Console.json(report) }
        for line in report.lines(path: path) { Console.result(line) }
    }

    /// What `--json` prints of an avatar.
    private struct Report: Encodable {
        let manifest: AvatarManifest
        let gaussians: Int
        let vertices: Int
        let faces: Int
        let bones: Int
    }
}
