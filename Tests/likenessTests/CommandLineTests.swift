import Foundation
import Media
import Testing

/// What the program promises at the command line, on the real executable. One at a time: each run
/// uses all processors.
@Suite(.serialized, .enabled(if: Program.isBuilt, "the executable likeness is not built"))
struct CommandLineTests {}

/// An avatar that is made once for all tests that need one: in seconds, so not a good one.
enum SharedAvatar {
    static let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("likeness-tests-shared-\(UUID().uuidString)")
        .resolvingSymlinksInPath()
    static let quick = ["--steps", "2", "--resolution", "192", "--seed", "7"]

    /// The run that made `me.likeness` and `me-sheet.png` in the folder.
    static let made = Result {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(at: SharedAvatar.folder) }
        try Photos.portrait().writePNG(
            to: folder.appendingPathComponent("me.png"), overwrite: false)
        return try Program.run(
            ["create", "me.png", "-o", "me.likeness", "--sheet", "me-sheet.png", "--json"] + quick,
            in: folder)
    }

    /// The avatar.
    static func url() throws -> URL {
        let outcome = try made.get()
        try #require(outcome.status == 0, "\(outcome.errors)")
        return folder.appendingPathComponent("me.likeness")
    }
}
