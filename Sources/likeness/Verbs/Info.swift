import ArgumentParser
import Avatars
import Foundation

/// `likeness info AVATAR`.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what an avatar holds.",
        discussion: """
            How it was made, of how much it consists, and the licences of what is inside.

              likeness info me.likeness
            """)

    @Argument(help: ArgumentHelp("The avatar.", valueName: "avatar"))
    var avatar: String

    @OptionGroup var common: CommonOptions

    func run() throws {
        let loaded = try Avatar(contentsOf: URL(fileURLWithPath: avatar))
        let report = Report(
            manifest: loaded.manifest, gaussians: loaded.gaussians.count,
            vertices: loaded.rig.vertices.count, faces: loaded.faces.count,
            bones: loaded.rig.skeleton.count)
        if common.json { return try Console.json(report) }
        Console.result("\(avatar): an avatar made by \(report.manifest.method)")
        Console.result("  Gaussians   \(report.gaussians)")
        Console.result(
            "  rig         \(report.manifest.rig): \(report.vertices) vertices, "
                + "\(report.faces) faces covered, \(report.bones) bones")
        for (key, value) in report.manifest.provenance.sorted(by: { $0.key < $1.key }) {
            Console.result("  \(key.padding(toLength: 11, withPad: " ", startingAt: 0)) \(value)")
        }
        for licence in report.manifest.licences { Console.result("  licence     \(licence)") }
    }

    /// What `--json` prints.
    private struct Report: Encodable {
        let manifest: AvatarManifest
        let gaussians: Int
        let vertices: Int
        let faces: Int
        let bones: Int
    }
}
