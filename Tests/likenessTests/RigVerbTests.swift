import Foundation
import Testing

extension CommandLineTests {
    @Suite(.serialized) struct RigVerbTests {
        private func write(_ text: String, _ name: String, in folder: URL) throws {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }

        @Test func writesAPosedPersonInEveryFormat() throws {
            try withFolder { folder in
                try write(
                    #"{"phenotype": {"gender": 0.9}, "expression": {"jawOpen": 1}, "#
                        + #""pose": {"head": [0, 0, 0.4]}, "translation": [0, 0, 2]}"#, "p.json",
                    in: folder)
                func mesh(_ name: String, _ options: [String]) throws -> Data {
                    let outcome = try Program.run(
                        ["rig", "mesh", "-o", name] + options, in: folder)
                    try #require(outcome.status == 0, "\(outcome.errors)")
                    return try Data(contentsOf: folder.appendingPathComponent(name))
                }
                func heights(_ obj: Data) -> [Float] {
                    String(decoding: obj, as: UTF8.self).split(separator: "\n")
                        .filter { $0.hasPrefix("v ") }
                        .map { Float($0.split(separator: " ")[3]) ?? .nan }
                }
                let rest = heights(try mesh("rest.obj", []))
                let posed = heights(try mesh("posed.obj", ["--params", "p.json"]))
                #expect(rest.count == 13718 && posed.count == 13718)
                // z is up in Anny's own axes, where the root was put 2 m higher.
                let lift = zip(rest, posed).map { $1 - $0 }.reduce(0, +) / 13718
                #expect(abs(lift - 2) < 0.2)
                let glb = try mesh("posed.glb", ["--params", "p.json"])
                #expect(glb.prefix(4) == Data("glTF".utf8))
                #expect(
                    glb.count == 12 + 8 + Int(glb[12]) + Int(glb[13]) << 8 + 8 + 12
                        * (13718 + 27420))
                let ply = try mesh("posed.ply", ["--params", "p.json"])
                #expect(ply.starts(with: Data("ply\nformat binary_little_endian 1.0\n".utf8)))
            }
        }

        @Test func badInputIsOneSentenceAndExitCodeTwo() throws {
            try withFolder { folder in
                let cases = [
                    (#"{"pose": {"elbow": [1, 2, 3]}}"#, "elbow"),
                    (#"{"pose": {"head": [1, 2]}}"#, "three finite numbers"),
                    (#"{"phenotype": {"gendre": 1}}"#, "gendre"),
                    (#"{"betta": 1}"#, "betta"), (#"[1, 2]"#, "no JSON object"),
                ]
                for (text, part) in cases {
                    try write(text, "p.json", in: folder)
                    let outcome = try Program.run(
                        ["rig", "mesh", "--params", "p.json", "-o", "out.obj"], in: folder)
                    #expect(outcome.status == 2)
                    #expect(outcome.errors.contains(part), "\(outcome.errors)")
                    #expect(
                        !FileManager.default.fileExists(
                            atPath: folder.appendingPathComponent("out.obj").path))
                }
                // A protocol-2 pickle of os.system("true").
                var evil = Data([0x80, 0x02]) + Data("cposix\nsystem\n".utf8)
                evil += Data([0x58, 4, 0, 0, 0]) + Data("true".utf8) + Data([0x85, 0x52, 0x2E])
                try evil.write(to: folder.appendingPathComponent("evil.pkl"))
                for name in ["evil.pkl", "none.npz"] {
                    let outcome = try Program.run(["rig", "info", name], in: folder)
                    #expect(outcome.status == 2, "\(name): \(outcome.errors)")
                }
            }
        }
    }
}
