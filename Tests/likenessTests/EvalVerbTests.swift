import Foundation
import Media
import Spatial
import Testing

extension CommandLineTests {
    @Suite(.serialized) struct EvalVerbTests {
        /// Folders "made" and "true" of two pictures each, the made ones wrong by 0.1.
        private func withPictures(_ body: (URL) throws -> Void) throws {
            try withFolder { folder in
                for (name, value) in [("made", 0.6), ("true", 0.5)] {
                    let pictures = folder.appendingPathComponent(name)
                    try FileManager.default.createDirectory(
                        at: pictures, withIntermediateDirectories: true)
                    for i in 0..<2 {
                        // Values that eight bits hold exactly, 0.1 apart.
                        let level = Float((value * 255).rounded(.down) / 255)
                        let image = Image(width: 40, height: 32, channels: 3, filledWith: level)
                        try image.writePNG(
                            to: pictures.appendingPathComponent("\(i).png"), overwrite: false)
                    }
                }
                try body(folder)
            }
        }

        @Test func measuresFoldersAndWritesReports() throws {
            try withPictures { folder in
                let outcome = try Program.run(
                    [
                        "eval", "made", "true", "--metrics", "psnr,ssim,flicker", "--json", "-o",
                        "scores.csv", "-o", "scores.tex", "-o", "sheet.png",
                    ], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let report = try #require(
                    JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                        as? [String: Any])
                let mean = try #require(report["mean"] as? [String: Any])
                let difference = Double(153 - 127) / 255
                #expect(
                    abs((mean["psnr"] as? Double ?? 0) + 20 * log10(difference)) < 1e-3)
                #expect(mean["flicker"] as? Double == 0)
                let csv = try String(
                    contentsOf: folder.appendingPathComponent("scores.csv"), encoding: .utf8)
                #expect(csv.hasPrefix("name,psnr,ssim,flicker\n0.png,"))
                let sheet = try Image.read(
                    contentsOf: folder.appendingPathComponent("sheet.png"))
                #expect(sheet.height == 512 && sheet.width == 3 * 320)
                #expect(abs(sheet[800, 100, 0] - Float(4 * difference)) < 0.02)
                // Nothing is written over.
                let again = try Program.run(
                    ["eval", "made", "true", "--metrics", "psnr", "-o", "scores.csv"], in: folder)
                #expect(again.status == 2 && again.errors.contains("scores.csv"))
            }
        }

        @Test func helpNamesEveryMetric() throws {
            try withFolder { folder in
                let help = try Program.run(["eval", "pairs", "--help"], in: folder)
                let words = Set(
                    help.output.split { !$0.isLetter && $0 != "-" }.map(String.init))
                let metrics = [
                    "psnr", "ssim", "ms-ssim", "lpips", "lpips-vgg", "lpips-squeeze", "fid", "rfid",
                    "fid-clean", "is", "clip", "flicker", "landmarks", "landmarks-box",
                    "landmarks-eyes", "expression", "head-pose", "identity", "identity-rank", "iou",
                    "absrel", "rmse", "absrel-aligned", "rmse-aligned", "normals",
                ]
                #expect(words.isSuperset(of: metrics), "\(Set(metrics).subtracting(words))")
            }
        }

        /// A portrait, turned about its middle.
        private func turned(_ image: Image, by degrees: Float) -> Image {
            let (c, s) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
            let half = Float(image.width) / 2
            var result = image
            for y in 0..<image.height {
                for x in 0..<image.width {
                    let (u, v) = (Float(x) + 0.5 - half, Float(y) + 0.5 - half)
                    let (column, row) = (Int(c * u + s * v + half), Int(c * v - s * u + half))
                    let isInside =
                        (0..<image.width).contains(column) && (0..<image.height).contains(row)
                    for channel in 0..<3 {
                        result[x, y, channel] = isInside ? image[column, row, channel] : 0.5
                    }
                }
            }
            return result
        }

        /// What is read again from a face: nothing is lost of the same one, and one that was turned by
        /// ten degrees does the same.
        @Test(.enabled(if: Photos.areUsable, "scripts/bootstrap has not run"))
        func facesAreReadFromBoth() throws {
            try withFolder { folder in
                for name in ["made", "true"] {
                    try FileManager.default.createDirectory(
                        at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
                }
                let portrait = try Photos.portrait()
                for (path, image) in [
                    ("made/same", portrait), ("true/same", portrait),
                    ("made/turned", turned(portrait, by: 10)), ("true/turned", portrait),
                    ("made/gone", Photos.landscape().resized(width: 400, height: 400)),
                    ("true/gone", portrait),
                ] {
                    try image.writePNG(
                        to: folder.appendingPathComponent("\(path).png"), overwrite: false)
                }
                let outcome = try Program.run(
                    [
                        "eval", "made", "true", "--metrics", "expression,head-pose,landmarks-eyes",
                        "--json",
                    ], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let report = try #require(
                    JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                        as? [String: Any])
                let pictures = try #require(report["pictures"] as? [[String: Any]])
                func value(_ index: Int, _ metric: String) -> Double? {
                    pictures[index][metric] as? Double
                }
                #expect(
                    pictures.map { $0["name"] as? String } == [
                        "gone.png", "same.png", "turned.png",
                    ])
                #expect(value(0, "expression") == nil && value(0, "head-pose") == nil)
                #expect(value(1, "expression") == 0 && value(1, "landmarks-eyes") == 0)
                #expect(try #require(value(1, "head-pose")) < 0.1)
                #expect(abs(try #require(value(2, "head-pose")) - 10) < 1.5, "\(pictures[2])")
                #expect(try #require(value(2, "expression")) < 0.05, "\(pictures[2])")
                #expect(outcome.errors.contains("1 of 3"))
            }
        }

        @Test func badInputIsOneSentenceAndExitCodeTwo() throws {
            try withPictures { folder in
                try FileManager.default.removeItem(
                    at: folder.appendingPathComponent("true/1.png"))
                let cases: [([String], String)] = [
                    (["made", "true"], "none for 1.png"),
                    (["made", "nowhere"], "nowhere"),
                    (["made/0.png", "true/0.png", "--protocol", "persona"], "--masks"),
                    (
                        [
                            "made/0.png", "true/0.png", "--metrics", "lpips", "--weights",
                            "nowhere",
                        ], "alexnet-owt-7be5be79.pth"
                    ),
                    (
                        [
                            "made/0.png", "true/0.png", "--metrics", "clip", "--weights", "nowhere",
                        ], "clip/config.json"
                    ),
                    (["nowhere.likeness", "true"], "nowhere.likeness"),
                ]
                for (arguments, part) in cases {
                    let outcome = try Program.run(["eval"] + arguments, in: folder)
                    #expect(outcome.status == 2, "\(arguments)")
                    #expect(outcome.errors.contains(part), "\(outcome.errors)")
                }
                let usage = try Program.run(
                    ["eval", "made/0.png", "true/0.png", "--metrics", "beauty"], in: folder)
                #expect(usage.status == 64 && usage.errors.contains("beauty"))
            }
        }
    }
}
