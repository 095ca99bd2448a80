import Foundation
import Media
import Spatial
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension CommandLineTests {
    /// Outputs are looked at before any work: no data is needed for these.
    @Suite(.serialized) struct OutputTests {
        @Test(arguments: [
            ["create", "in.png", "-o", "out"], ["animate", "in.png", "-o", "out"],
            ["render", "in.png", "-o", "out.png"],
            ["create", "in.png", "-o", "new", "--sheet", "out.png"],
        ])
        func anExistingFileIsKept(_ arguments: [String]) throws {
            try withFolder { folder in
                for name in ["in.png", "out", "out.png"] {
                    try Data("mine".utf8).write(to: folder.appendingPathComponent(name))
                }
                try Program.expectRefusal(arguments, in: folder, naming: "--overwrite")
                for name in ["in.png", "out", "out.png"] {
                    let content = try Data(contentsOf: folder.appendingPathComponent(name))
                    #expect(content == Data("mine".utf8))
                }
                #expect(try names(in: folder) == ["in.png", "out", "out.png"])
            }
        }

        @Test func placesThatCannotBeWrittenAreRefused() throws {
            try withFolder { folder in
                try Data().write(to: folder.appendingPathComponent("file"))
                let closed = folder.appendingPathComponent("closed")
                try FileManager.default.createDirectory(
                    at: closed, withIntermediateDirectories: false)
                try Program.expectRefusal(
                    ["create", "in.png", "-o", "file/a.likeness"], in: folder,
                    naming: "file/a.likeness")
                try Program.expectRefusal(
                    ["create", "in.png", "-o", "closed", "--overwrite"], in: folder,
                    naming: "closed")
                // Root may write anywhere.
                guard getuid() != 0 else { return }
                chmod(closed.path, 0o500)
                try Program.expectRefusal(
                    ["create", "in.png", "-o", "closed/a/b.likeness"], in: folder,
                    naming: "closed/a/b.likeness")
                chmod(closed.path, 0o700)
            }
        }

        @Test(arguments: [
            ["create"], ["create", "a.png"], ["create", "a.png", "-o", "a.png"],
            ["create", "a.png", "-o", "./b", "--sheet", "b"], ["nonsense"],
            ["create", "a.png", "-o", "b", "--nonsense"],
            ["create", "a.png", "-o", "b", "--steps", "0"],
            ["create", "a.png", "-o", "b", "--steps", "many"],
            ["create", "a.png", "-o", "b", "--fov", "nan"],
            ["create", "a.png", "-o", "b", "--fov", "200"],
            ["create", "a.png", "-o", "b", "--resolution", "1000000"],
            ["create", "a.png", "-o", "b", "--threads", "-1"],
            ["create", "a.png", "-o", "b", "--sheet", "b.txt"],
            ["create", "a.png", "-o", ""], ["create", "a.png", "-o", "b", "--config"],
            ["animate", "a", "-o", "b.mp4", "--size", "5"],
            ["animate", "a", "-o", "b.mp4", "--frame-rate", "0"],
            ["render", "a", "-o", "b.gif"], ["render", "a", "-o", "b.jpg", "--transparent"],
            ["render", "a", "-o", "b.png", "--expression", "smile"],
            ["render", "a", "-o", "b.png", "--expression", "jawOpen=inf"],
            ["render", "a", "-o", "b.png", "--yaw", "inf"],
            ["render", "a", "-o", "b.png", "--framing", "feet"],
        ])
        func usageErrorsEndWith64(_ arguments: [String]) throws {
            try withFolder { folder in
                let outcome = try Program.run(arguments, in: folder)
                #expect(outcome.status == 64, "\(outcome.errors)")
                #expect(outcome.errors.hasPrefix("Error: "))
                #expect(outcome.output.isEmpty)
                #expect(try names(in: folder).isEmpty)
            }
        }

        @Test(arguments: [
            ["info", "in.likeness"], ["render", "in.likeness", "-o", "a.png"],
            ["animate", "in.likeness", "-o", "a.mp4"],
        ])
        func filesThatAreNoAvatarsAreRefused(_ arguments: [String]) throws {
            try withFolder { folder in
                try Program.expectRefusal(arguments, in: folder, naming: "in.likeness")
                let url = folder.appendingPathComponent("in.likeness")
                for content in ["", "text", "PK\u{3}\u{4} and no more"] {
                    try Data(content.utf8).write(to: url)
                    try Program.expectRefusal(arguments, in: folder, naming: "in.likeness")
                }
                #expect(try names(in: folder) == ["in.likeness"])
            }
        }
    }
}
