import Foundation
import Media
import Spatial
import Testing

extension CommandLineTests {
    @Suite(.serialized) struct InfoVerbTests {
        /// A scene of NeRF's kind: three pictures, one of which is missing.
        private func write(in folder: URL) throws {
            let camera = "[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 3], [0, 0, 0, 1]]"
            let frames = (0..<3).map {
                #"{"file_path": "\#($0).png", "transform_matrix": \#(camera)}"#
            }
            let text =
                #"{"camera_angle_x": 0.7, "w": 24, "h": 16, "frames": [\#(frames.joined(separator: ","))]}"#
            try Data(text.utf8).write(to: folder.appendingPathComponent("transforms.json"))
            for index in 0..<2 {
                try Image(width: 24, height: 16, channels: 3, filledWith: 0.5).writePNG(
                    to: folder.appendingPathComponent("\(index).png"), overwrite: false)
            }
        }

        @Test func whatACaptureHoldsAndLacksIsTold() throws {
            try withFolder { folder in
                try write(in: folder)
                let text = try Program.run(["info", "."], in: folder)
                #expect(text.status == 0, "\(text.errors)")
                #expect(text.output.hasPrefix(".: a capture for nerfstudio\n"))
                #expect(text.output.contains("1 of 3 pictures of colour are missing"))
                #expect(text.output.contains("2.png"))
                let json = try Program.run(["info", ".", "--json"], in: folder)
                let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
                let report = try #require(object as? [String: Any])
                #expect(report["layout"] as? String == "nerfstudio")
                #expect(report["views"] as? Int == 3)
                #expect(report["pictures"] as? [String: Int] == ["colour": 2])
                #expect(report["parts"] as? [String: Int] == ["train": 3])
                #expect((report["problems"] as? [String])?.count == 1)
            }
        }

        @Test func whatIsNoCaptureIsRefused() throws {
            try withFolder { folder in
                try Program.expectRefusal(["info", "."], in: folder, naming: "an empty folder")
                try Data("hello".utf8).write(to: folder.appendingPathComponent("notes.txt"))
                try Program.expectRefusal(["info", "notes.txt"], in: folder, naming: "notes.txt")
                try Program.expectRefusal(["info", "nothing"], in: folder, naming: "nothing")
            }
        }
    }
}
