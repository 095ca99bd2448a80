import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The program itself, as it was built beside these tests.
enum Program {
    /// What a run of it came to.
    struct Outcome {
        var status: Int32
        var wasKilled: Bool
        var output: String
        var errors: String
    }

    /// The executable, nil where it was not built.
    static let executable: URL? = {
        var places = [Bundle.main.executableURL, URL(fileURLWithPath: CommandLine.arguments[0])]
            .compactMap { $0?.resolvingSymlinksInPath().deletingLastPathComponent() }
        places += Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
        return places.map { $0.appendingPathComponent("likeness") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    static var isBuilt: Bool { executable != nil }

    /// Runs the program to its end, or for a minute and a half.
    ///
    /// - Parameters:
    ///   - folder: where it runs.
    ///   - executable: another copy of it.
    ///   - meanwhile: called again and again with what it has said on standard error so far, until
    ///     it returns true: it may interrupt the process.
    static func run(
        _ arguments: [String], in folder: URL, executable: URL? = nil,
        environment: [String: String]? = nil,
        meanwhile: (_ process: Process, _ errors: String) throws -> Bool = { _, _ in true }
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = executable ?? Self.executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        if let environment { process.environment = environment }
        // Files, not pipes: nothing has to be read for the program to go on.
        let place = FileManager.default.temporaryDirectory
        let names = ["out", "err"].map {
            place.appendingPathComponent("\(UUID().uuidString).\($0)")
        }
        for name in names { try Data().write(to: name) }
        defer { for name in names { try? FileManager.default.removeItem(at: name) } }
        process.standardOutput = try FileHandle(forWritingTo: names[0])
        process.standardError = try FileHandle(forWritingTo: names[1])
        process.standardInput = FileHandle.nullDevice
        func text(_ i: Int) -> String {
            (try? Data(contentsOf: names[i])).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        try process.run()
        let deadline = Date().addingTimeInterval(90)
        var isDone = false
        while process.isRunning {
            if !isDone { isDone = try meanwhile(process, text(1)) }
            if Date() > deadline {
                kill(process.processIdentifier, SIGKILL)
                Issue.record("\(arguments) ran for more than 90 s")
            }
            usleep(20_000)
        }
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            wasKilled: process.terminationReason == .uncaughtSignal, output: text(0),
            errors: text(1))
    }

    /// A run that is expected to end with exit code 2 and one sentence that names `subject`.
    @discardableResult
    static func expectRefusal(
        _ arguments: [String], in folder: URL, naming subject: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Outcome {
        let outcome = try run(arguments, in: folder)
        let text = outcome.errors
        #expect(
            outcome.status == 2 && !outcome.wasKilled, "\(text)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        #expect(
            text.hasPrefix("likeness: ") && text.hasSuffix(".\n"), "\(text)",
            sourceLocation: sourceLocation)
        #expect(text.filter { $0 == "\n" }.count == 1, "\(text)", sourceLocation: sourceLocation)
        #expect(text.contains(subject), "\(text)", sourceLocation: sourceLocation)
        return outcome
    }
}

/// A folder of its own for a test, gone afterwards.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("likeness-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.resolvingSymlinksInPath())
}

/// All names in a folder, hidden ones too, in order.
func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}
