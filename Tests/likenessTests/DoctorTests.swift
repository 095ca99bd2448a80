import Foundation
import Media
import Testing

extension CommandLineTests {
    @Suite(.serialized) struct DoctorTests {
        struct Check: Decodable {
            let name: String
            let isFine: Bool
            let found: String
            let mend: String?
        }

        @Test(.enabled(if: Photos.areUsable, "scripts/bootstrap has not run"))
        func findsAllWhereAllIs() throws {
            try withFolder { folder in
                let outcome = try Program.run(["doctor"], in: folder)
                #expect(outcome.status == 0, "\(outcome.output)")
                #expect(!outcome.output.contains("MISSING"))
                let quiet = try Program.run(["doctor", "--quiet"], in: folder)
                #expect(quiet.status == 0 && quiet.output.isEmpty && quiet.errors.isEmpty)
            }
        }

        /// A copy of the program in a place with no data above it.
        @Test func saysWhatIsMissingAndHowToMendIt() throws {
            try withFolder { folder in
                let copy = folder.appendingPathComponent("likeness")
                try FileManager.default.copyItem(at: try #require(Program.executable), to: copy)
                let empty = folder.appendingPathComponent("empty")
                try FileManager.default.createDirectory(
                    at: empty, withIntermediateDirectories: false)
                var environment = ProcessInfo.processInfo.environment
                environment["LIKENESS_DATA"] = empty.path
                environment["PATH"] = "/nowhere"
                let outcome = try Program.run(
                    ["doctor", "--json"], in: folder, executable: copy, environment: environment)
                #expect(outcome.status == 1, "\(outcome.errors)")
                let checks = try JSONDecoder().decode(
                    [Check].self, from: Data(outcome.output.utf8))
                let missing = checks.filter { !$0.isFine }
                #expect(missing.map(\.name) == ["tracker", "rig", "sample portrait", "ffmpeg"])
                #expect(missing.allSatisfy { !($0.mend ?? "").isEmpty && !$0.found.isEmpty })
                #expect(checks.filter(\.isFine).allSatisfy { $0.mend == nil })
                #expect(missing.prefix(3).allSatisfy { $0.mend == "scripts/bootstrap" })

                let text = try Program.run(
                    ["doctor", "--quiet"], in: folder, executable: copy, environment: environment)
                #expect(text.output.split(separator: "\n").count == 8)
                #expect(text.output.contains("MISSING ffmpeg: not on PATH"))

                let create = try Program.run(
                    ["create", Photos.portraitURL?.path ?? "me.png", "-o", "a"], in: folder,
                    executable: copy, environment: environment)
                #expect(create.status == 2)
                if Photos.portraitURL != nil {
                    #expect(create.errors.contains("scripts/bootstrap"))
                }
            }
        }
    }
}
