import Foundation
import Testing

extension CommandLineTests {
    @Suite(.serialized) struct ConfigurationTests {
        @Test(arguments: [
            ("steps: [1, 2]", "\"steps\""), ("steps: {a: 1}", "\"steps\""), ("steps:", "\"steps\""),
            ("- a\n- b", "option-name: value"), ("just text", "option-name: value"),
            ("a: [", "line 2"), ("steps: 1\nsteps: 2", "\"steps\""), ("\ta: b", "not YAML"),
            ("nonsense: 5", "\"nonsense\""), ("quiet: true\nsteps: many", "\"steps\""),
            ("steps: 0", "\"steps\""), ("json: no", "\"json\""), ("help: true", "\"help\""),
            ("config: other.yaml", "\"config\""), ("[1]: 2", "without a name"),
            ("[×16000", "not YAML"),
            ("a×20000", "16384"),
        ])
        func aBadFileIsNamedInOneSentence(_ text: String, _ expected: String) throws {
            // Long ones are abbreviated above.
            let parts = text.split(separator: "×")
            let text =
                parts.count == 2
                ? String(repeating: String(parts[0]), count: Int(parts[1]) ?? 0) : text
            try withFolder { folder in
                try Data(text.utf8).write(to: folder.appendingPathComponent("my.yaml"))
                let outcome = try Program.expectRefusal(
                    ["create", "a.png", "-o", "b", "--config", "my.yaml"], in: folder,
                    naming: expected)
                #expect(outcome.errors.contains("my.yaml"))
            }
        }

        @Test func filesThatAreNotThereOrNoTextAreRefused() throws {
            try withFolder { folder in
                let arguments = ["create", "a.png", "-o", "b", "--config", "my.yaml"]
                try Program.expectRefusal(arguments, in: folder, naming: "my.yaml")
                let url = folder.appendingPathComponent("my.yaml")
                try Data([0xff, 0xfe, 0, 0xc3]).write(to: url)
                try Program.expectRefusal(arguments, in: folder, naming: "my.yaml")
                try Program.expectRefusal(
                    ["create", "a.png", "-o", "b", "--config", "/dev/zero"], in: folder,
                    naming: "/dev/zero")
            }
        }

        /// Which option was in force is seen by what the program finds wrong.
        @Test func theCommandLineWinsOverTheFile() throws {
            try withFolder { folder in
                for (name, text) in [
                    ("empty.yaml", ""), ("comment.yaml", "# nothing\n"),
                    ("one.yaml", "output: one"),
                    ("two.yaml", "output: two\nquiet: false\nyaw: -30"),
                ] {
                    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
                }
                for name in ["one", "two", "three"] {
                    try Data().write(to: folder.appendingPathComponent(name))
                }
                func refused(_ arguments: [String], naming name: String) throws {
                    try Program.expectRefusal(arguments, in: folder, naming: "\(name) exists")
                }
                try refused(["create", "a.png", "--config", "one.yaml"], naming: "one")
                try refused(
                    ["create", "--config", "one.yaml", "a.png", "-o", "two"], naming: "two")
                try refused(
                    ["create", "-o", "three", "a.png", "--config=one.yaml"], naming: "three")
                try refused(["--config", "one.yaml", "create", "a.png"], naming: "one")
                for empty in ["empty.yaml", "comment.yaml"] {
                    try refused(
                        ["create", "a.png", "--config", empty, "--config", "one.yaml"],
                        naming: "one")
                }
                // A value that begins with a minus, and the command line's own mistake.
                let outcome = try Program.run(
                    ["render", "a", "--config", "two.yaml", "-o", "b.png", "--size", "1"],
                    in: folder)
                #expect(outcome.status == 64 && outcome.errors.contains("--size"))
            }
        }
    }
}
