import Avatars
import Foundation
import Media
import Spatial
import Testing

extension CommandLineTests {
    @Suite(.serialized, .enabled(if: Photos.areUsable, "scripts/bootstrap has not run"))
    struct CreateTests {
        @Test func makesAnAvatarAndReportsOnIt() throws {
            let avatar = try Avatar(contentsOf: SharedAvatar.url())
            #expect(avatar.gaussians.count > 1000)
            #expect(avatar.manifest.provenance["photograph"] == "me.png")
            let outcome = try SharedAvatar.made.get()
            let report = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                    as? [String: Any])
            #expect(report["output"] as? String == "me.likeness")
            let figures = try #require(report["figures"] as? [String: Any])
            #expect(try #require(figures["landmarkErrorPercent"] as? Double) < 5)
            #expect(figures["peopleFound"] as? Int == 1)
            #expect(outcome.errors.contains("Looking for the person"))
            let sheet = try ImageFile(
                contentsOf: SharedAvatar.folder.appendingPathComponent("me-sheet.png")
            ).image
            #expect(sheet.width == 1600 && sheet.height == 1280)
            #expect(
                try names(in: SharedAvatar.folder) == ["me-sheet.png", "me.likeness", "me.png"])
        }

        @Test func theSameSeedGivesTheSameFile() throws {
            let first = try SharedAvatar.url()
            try withFolder { folder in
                let second = folder.appendingPathComponent("again.likeness")
                let photo = SharedAvatar.folder.appendingPathComponent("me.png").path
                let outcome = try Program.run(
                    ["create", photo, "-o", second.path, "--quiet"] + SharedAvatar.quick,
                    in: folder)
                #expect(outcome.status == 0)
                #expect(outcome.errors.isEmpty)
                #expect(outcome.output.hasPrefix(second.path))
                #expect(try Data(contentsOf: first) == Data(contentsOf: second))
            }
        }

        /// Two channels of 16 bits, under options from a file.
        @Test func takesAGreyPictureWithAlphaAndOptionsFromAFile() throws {
            try withFolder { folder in
                let grey = try Photos.portrait().channels(0..<1)
                let alpha = Image(
                    width: grey.width, height: grey.height, channels: 1, filledWith: 1)
                let both = Image(
                    width: grey.width, height: grey.height, channels: 2,
                    samples: grey.samples + alpha.samples)
                try both.writePNG(
                    to: folder.appendingPathComponent("grey.png"), bitDepth: 16, overwrite: false)
                try Data(
                    "steps: 2\nresolution: 192\njson: true\noutput: 'a.likeness'\nquiet: false\n"
                        .utf8
                ).write(to: folder.appendingPathComponent("quick.yaml"))
                let outcome = try Program.run(
                    ["create", "grey.png", "--config", "quick.yaml", "-o", "grey.likeness"],
                    in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.contains("\"output\" : \"grey.likeness\""))
                #expect(try names(in: folder) == ["grey.likeness", "grey.png", "quick.yaml"])
                let avatar = try Avatar(
                    contentsOf: folder.appendingPathComponent("grey.likeness"))
                #expect(avatar.manifest.provenance["steps"] == "2")
            }
        }

        @Test(arguments: [
            "noise.png", "landscape.png", "small.png", "one.png", "text.png", "cut.jpg",
            "header.jpg", "cut.png", "huge.png", "empty.png", "missing.png", "folder.png",
            "clear.png",
        ])
        func refusesBadInputInOneSentence(_ name: String) throws {
            try withFolder { folder in
                let url = folder.appendingPathComponent(name)
                switch name {
                case "noise.png": try Photos.noise().writePNG(to: url, overwrite: false)
                case "landscape.png": try Photos.landscape().writePNG(to: url, overwrite: false)
                case "small.png": try Photos.portrait(side: 150).writePNG(to: url, overwrite: false)
                case "one.png":
                    try Image(width: 1, height: 1, channels: 3).writePNG(to: url, overwrite: false)
                case "text.png": try Data("This is no picture.\n".utf8).write(to: url)
                case "cut.jpg", "header.jpg":
                    try Photos.portrait().writeJPEG(to: url, overwrite: false)
                    let bytes = try Data(contentsOf: url)
                    try bytes.prefix(name == "cut.jpg" ? bytes.count / 2 : 100).write(to: url)
                case "cut.png":
                    let bytes = try Photos.portrait().pngBytes()
                    try Data(bytes.prefix(bytes.count / 2)).write(to: url)
                case "huge.png": try Data(Photos.hugePNG()).write(to: url)
                case "empty.png": try Data().write(to: url)
                case "folder.png":
                    try FileManager.default.createDirectory(
                        at: url, withIntermediateDirectories: false)
                case "clear.png":
                    // All is transparent: what colours are stored below means nothing.
                    let photo = try Photos.portrait()
                    try photo.withAlpha(
                        Image(width: photo.width, height: photo.height, channels: 1)
                    ).writePNG(to: url, overwrite: false)
                default: break
                }
                let before = try names(in: folder)
                try Program.expectRefusal(
                    ["create", name, "-o", "out.likeness", "--quiet", "--steps", "2"], in: folder,
                    naming: name)
                #expect(try names(in: folder) == before)
            }
        }

        @Test func anInterruptedRunLeavesNothing() throws {
            try withFolder { folder in
                try Photos.portrait().writePNG(
                    to: folder.appendingPathComponent("me.png"), overwrite: false)
                var interrupted = Date.distantFuture
                let outcome = try Program.run(
                    ["create", "me.png", "-o", "me.likeness"], in: folder
                ) { process, errors in
                    guard errors.contains("Looking for the person") else { return false }
                    interrupted = Date()
                    process.interrupt()
                    return true
                }
                #expect(Date().timeIntervalSince(interrupted) < 10)
                #expect(outcome.status == 130 && !outcome.wasKilled)
                #expect(try names(in: folder) == ["me.png"])
            }
        }
    }
}
