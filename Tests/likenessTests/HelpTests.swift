import Foundation
import Testing

extension CommandLineTests {
    @Suite(.serialized) struct HelpTests {
        /// The lines that teach, verb by verb.
        @Test(arguments: [
            (
                "",
                "OVERVIEW: Turns pictures of a person into an avatar of 3D Gaussians that moves.",
                "likeness create me.jpg -o me.likeness"
            ),
            (
                "create", "OVERVIEW: Make an avatar from one photograph.",
                "likeness create me.jpg -o me.likeness --sheet me-sheet.png"
            ),
            (
                "track",
                "OVERVIEW: Fit a body to a video of a person, or find faces, hands and bodies.",
                "likeness track me.jpg --solution face --landmarks me.json"
            ),
            (
                "animate", "OVERVIEW: Play a motion on an avatar and write a video.",
                "likeness animate me.likeness --motion tour -o me.mp4"
            ),
            (
                "render", "OVERVIEW: Draw one picture of an avatar.",
                "likeness render me.likeness --yaw 30 --expression jawOpen=0.6 -o me.png"
            ),
            (
                "info", "OVERVIEW: Say what an avatar or a capture holds.",
                "likeness info capture"
            ),
            (
                "motion info", "OVERVIEW: Say what a motion holds.",
                "likeness motion info walk.bvh"
            ),
            (
                "motion convert",
                "OVERVIEW: Write a motion in another format, at another rate, or smoothed.",
                "likeness motion convert take.bvh --fps 30 -o take.motion"
            ),
            (
                "train ldm3d",
                "OVERVIEW: Train a model that makes pictures with depth from text.",
                "likeness train ldm3d -o run --data pictures --size 128 --steps 20000"
            ),
            (
                "eval pairs", "OVERVIEW: Measure pictures, or an avatar, against the true ones.",
                "likeness eval renders photos --protocol persona --masks masks -o scores.csv"
            ),
            (
                "eval ldm3d",
                "OVERVIEW: Measure a model that was trained on generated scenes.",
                "likeness eval ldm3d --model run/model --sheet samples.png --json"
            ),
            (
                "generate", "OVERVIEW: Make pictures with depth from a text.",
                "likeness generate \"a red sphere left of a blue cube\" -o shapes.png"
            ),
            (
                "doctor",
                "OVERVIEW: Check that everything needed is here, and say how to mend what is",
                "likeness doctor"
            ),
        ])
        func helpBeginsWithASentenceAndHasAnExample(
            _ verb: String, _ overview: String, _ example: String
        ) throws {
            try withFolder { folder in
                let outcome = try Program.run(
                    verb.split(separator: " ").map(String.init) + ["--help"], in: folder)
                #expect(outcome.status == 0 && outcome.errors.isEmpty)
                let lines = outcome.output.split(separator: "\n").map(String.init)
                #expect(lines.first == overview)
                #expect(lines.contains("  " + example), "\(outcome.output)")
                guard !verb.isEmpty else { return }
                for option in ["seed", "threads", "quiet", "json", "overwrite", "config"] {
                    #expect(lines.contains { $0.hasPrefix("  --\(option) ") }, "--\(option)")
                }
                // Every line of the option list says something.
                for line in lines where line.hasPrefix("  -") && line.count < 26 {
                    let next = lines.firstIndex(of: line)! + 1
                    #expect(next < lines.count && lines[next].hasPrefix("        "), "\(line)")
                }
            }
        }

        @Test func theVersionIsANumber() throws {
            try withFolder { folder in
                let outcome = try Program.run(["--version"], in: folder)
                #expect(outcome.output.split(separator: ".").count == 3)
            }
        }
    }
}
