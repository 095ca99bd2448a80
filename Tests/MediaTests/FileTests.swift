import Foundation
import Testing

@testable import Media

@Suite struct FileTests {
    @Test func overwritesOnlyWhenAsked() throws {
        try withFolder { folder in
            let url = folder.appendingPathComponent("deep/er/a.bin")
            try AtomicFile.write([1], to: url, overwrite: false)
            let error = #expect(throws: MediaError.self) {
                try AtomicFile.write([2], to: url, overwrite: false)
            }
            #expect(error == .exists(file: url.relativePath))
            #expect(try Array(Data(contentsOf: url)) == [1])
            try AtomicFile.write([2], to: url, overwrite: true)
            #expect(try Array(Data(contentsOf: url)) == [2])
            #expect(
                try FileManager.default.contentsOfDirectory(
                    atPath: url.deletingLastPathComponent().path) == ["a.bin"])
        }
    }

    @Test func aFileThatAppearsMeanwhileIsKept() throws {
        try withFolder { folder in
            let url = folder.appendingPathComponent("a.bin")
            #expect(throws: MediaError.exists(file: url.relativePath)) {
                try AtomicFile.write(to: url, overwrite: false) { file in
                    try file.write([1])
                    try Data([9]).write(to: url)
                }
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(try Array(Data(contentsOf: url)) == [9])
            #expect(names == ["a.bin"])
        }
    }

    @Test func followsLinksAndRefusesFolders() throws {
        try withFolder { folder in
            let (real, link) = (
                folder.appendingPathComponent("real"), folder.appendingPathComponent("link")
            )
            try Data([1]).write(to: real)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
            try AtomicFile.write([2], to: link, overwrite: true)
            #expect(try Array(Data(contentsOf: real)) == [2])
            #expect(throws: MediaError.self) {
                try AtomicFile.write([1], to: folder, overwrite: true)
            }
            #expect(throws: MediaError.self) {
                try AtomicFile.write(
                    [1], to: real.appendingPathComponent("below/a"), overwrite: true)
            }
            try AtomicFile.write(
                [1, 2, 3], to: URL(fileURLWithPath: "/dev/null"), overwrite: false)
        }
    }

    @Test func missingFilesAreNamed() throws {
        let url = URL(fileURLWithPath: "/nowhere/at all.zip")
        let error = #expect(throws: MediaError.self) { try ZipArchive(contentsOf: url) }
        #expect(error == .notFound(file: "/nowhere/at all.zip"))
        #expect(throws: MediaError.self) {
            try ZipArchive(contentsOf: URL(fileURLWithPath: "/dev/zero"))
        }
    }

    @Test func dataIsFoundUpwards() throws {
        try withFolder { folder in
            let folder = folder.resolvingSymlinksInPath()
            let deps = folder.appendingPathComponent(".deps/model")
            try FileManager.default.createDirectory(at: deps, withIntermediateDirectories: true)
            try Data([1]).write(to: deps.appendingPathComponent("a.tflite"))
            let here = folder.appendingPathComponent("a/b")
            let found = Installation.candidates(
                environment: [:], executable: nil, current: here)
            let url = try Installation.locate("model/a.tflite", in: found)
            #expect(url.path == deps.appendingPathComponent("a.tflite").path)
            let error = #expect(throws: MediaError.self) {
                try Installation.locate("model/b.tflite", in: found)
            }
            let message = try #require(error).description
            #expect(message.contains("scripts/bootstrap"))
            let chosen = Installation.candidates(
                environment: ["LIKENESS_DATA": "/data"], executable: nil, current: here)
            #expect(chosen.first?.path == "/data")
            #expect(chosen.count >= 2)
        }
    }
}
