import Foundation
import Media
import Spatial
import Testing

extension CommandLineTests {
    @Suite(.serialized, .enabled(if: Photos.areUsable, "scripts/bootstrap has not run"))
    struct TrackVerbTests {
        private func json(_ url: URL) throws -> [String: Any] {
            try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        }

        /// A video of the portrait drifting to the right, 20 frames in two seconds.
        private func video(in folder: URL, name: String = "me.mp4", _ picture: Image) throws {
            try picture.writePNG(
                to: folder.appendingPathComponent("still.png"), overwrite: true)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments =
                ["ffmpeg", "-loglevel", "error", "-loop", "1", "-r", "10", "-i", "still.png"] + [
                    "-vf", "crop=320:320:40-4*n:20", "-frames:v", "20", "-pix_fmt", "yuv420p", name,
                ]
            process.currentDirectoryURL = folder
            process.standardInput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
            try FileManager.default.removeItem(at: folder.appendingPathComponent("still.png"))
        }

        @Test func aPhotoGivesPointsAndAPicture() throws {
            try withFolder { folder in
                let photo = try Photos.portrait()
                try photo.writePNG(to: folder.appendingPathComponent("me.png"), overwrite: false)
                let outcome = try Program.run(
                    ["track", "me.png", "--solution", "holistic", "--landmarks", "me.json"]
                        + ["-o", "seen", "--json"], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let file = try json(folder.appendingPathComponent("me.json"))
                #expect(file["format"] as? String == "likeness-landmarks")
                #expect(file["solution"] as? String == "holistic")
                let frames = try #require(file["frames"] as? [[String: Any]])
                #expect(frames.count == 1 && frames[0]["width"] as? Int == 400)
                let faces = try #require(frames[0]["faces"] as? [[String: Any]])
                let points = try #require(faces[0]["points"] as? [[Double]])
                let shares = try #require(faces[0]["normalised"] as? [[Double]])
                #expect(points.count == 478 && shares.count == 478)
                for (p, q) in zip(points, shares) {
                    #expect(zip(p, q).allSatisfy { abs($0 - 400 * $1) < 0.01 })
                }
                // The astronaut's nose, read off the picture.
                #expect(abs(points[4][0] - 175) < 12 && abs(points[4][1] - 97) < 12)
                let pose = try #require(frames[0]["pose"] as? [String: Any])
                for key in ["points", "normalised", "world", "visibility", "presence"] {
                    #expect((pose[key] as? [Any])?.count == 33)
                }
                let overlay = try Image.read(
                    contentsOf: folder.appendingPathComponent("seen/overlay.png"))
                #expect(overlay.width == 400 && overlay != photo)
                #expect(try names(in: folder.appendingPathComponent("seen")) == ["overlay.png"])
                #expect(outcome.output.contains("\"framesFound\" : 1"))
                // Neither output is replaced unasked.
                try Program.expectRefusal(
                    ["track", "me.png", "--solution", "face", "--landmarks", "me.json"],
                    in: folder, naming: "me.json")
                try Program.expectRefusal(
                    ["track", "me.png", "--solution", "face", "-o", "seen"], in: folder,
                    naming: "overlay.png")
            }
        }

        @Test func aFolderGivesAFrameAPhoto() throws {
            try withFolder { folder in
                let photos = folder.appendingPathComponent("photos")
                try FileManager.default.createDirectory(
                    at: photos, withIntermediateDirectories: false)
                try Program.expectRefusal(
                    ["track", "photos", "--solution", "face", "--landmarks", "a.json"], in: folder,
                    naming: "photos")
                try Photos.portrait().writePNG(
                    to: photos.appendingPathComponent("b.png"), overwrite: false)
                try Photos.landscape().writePNG(
                    to: photos.appendingPathComponent("a.png"), overwrite: false)
                try Data("no picture".utf8).write(to: photos.appendingPathComponent("notes.txt"))
                let outcome = try Program.run(
                    [
                        "track", "photos", "--solution", "face", "--landmarks", "a.json", "-o",
                        "seen",
                    ],
                    in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let file = try json(folder.appendingPathComponent("a.json"))
                let frames = try #require(file["frames"] as? [[String: Any]])
                #expect(frames.map { $0["file"] as? String } == ["a.png", "b.png"])
                #expect(frames.map { ($0["faces"] as? [Any])?.count } == [0, 1])
                #expect(
                    try names(in: folder.appendingPathComponent("seen")) == ["b.png-overlay.png"])
            }
        }

        @Test func aVideoIsFollowed() throws {
            try withFolder { folder in
                try video(in: folder, Photos.portrait())
                let outcome = try Program.run(
                    ["track", "me.mp4", "--solution", "face", "--landmarks", "me.json"]
                        + ["-o", "seen"], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let file = try json(folder.appendingPathComponent("me.json"))
                let frames = try #require(file["frames"] as? [[String: Any]])
                #expect(frames.count == 20)
                let noses = frames.compactMap { frame in
                    (((frame["faces"] as? [[String: Any]])?.first?["points"]) as? [[Double]])?[4]
                }
                #expect(noses.count == 20)
                for i in 1..<min(10, noses.count) {
                    #expect(abs(noses[i][0] - noses[i - 1][0] - 4) < 1.5)
                }
                let times = frames.compactMap { $0["time"] as? Double }
                #expect(zip(times, times.dropFirst()).allSatisfy { abs($1 - $0 - 0.1) < 1e-3 })
                let overlay = folder.appendingPathComponent("seen/overlay.mp4")
                let size = try Data(contentsOf: overlay).count
                #expect(size > 1000)
            }
        }

        /// Interrupted as soon as it has looked at the frames, then gone on with.
        @Test func aVideoBecomesACapture() throws {
            try withFolder { folder in
                try video(in: folder, Photos.portrait())
                let first = try Program.run(["track", "me.mp4", "-o", "me"], in: folder) {
                    process, _ in
                    let marker = folder.appendingPathComponent("me/.tracking/gathered")
                    guard FileManager.default.fileExists(atPath: marker.path) else { return false }
                    process.interrupt()
                    return true
                }
                #expect(first.status == 130, "\(first.status) \(first.errors)")
                let capture = folder.appendingPathComponent("me")
                let frames = capture.appendingPathComponent("frames")
                #expect(try names(in: frames).count == 20)
                // A capture under way of something else is not gone on with.
                try video(
                    in: folder, name: "other.mp4",
                    Photos.landscape().resized(width: 400, height: 400))
                try Program.expectRefusal(
                    ["track", "other.mp4", "-o", "me", "--quiet"], in: folder, naming: "me")

                let outcome = try Program.run(
                    ["track", "me.mp4", "-o", "me", "--json"], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(
                    try names(in: capture)
                        == [
                            "capture.json", "frames", "masks", "overlay.mp4",
                            "tracks.safetensors",
                        ])
                let manifest = try json(capture.appendingPathComponent("capture.json"))
                #expect(
                    manifest["frameCount"] as? Int == 20 && manifest["rig"] as? String == "anny")
                let quality = try #require(manifest["quality"] as? [String: Double])
                #expect(try #require(quality["face"]) < 0.015)
                let tracks = try SafetensorsFile(
                    contentsOf: capture.appendingPathComponent("tracks.safetensors"))
                #expect(tracks.layout(of: "expression")?.shape == [20, 52])
                #expect(tracks.layout(of: "pose")?.shape.first == 20)
                let places = try tracks.tensor("translation").floats()
                // The portrait drifts to the right, and so does the person.
                #expect(places[3 * 15] > places[3 * 4])
                try Program.expectRefusal(
                    ["track", "me.mp4", "-o", "me"], in: folder, naming: "me")
            }
        }

        /// Interrupted in the middle of a run of frames, it goes on with the frame after, and ends as if
        /// it had not been.
        @Test func interruptedWhileItLooksItEndsTheSame() throws {
            try withFolder { folder in
                try video(in: folder, Photos.portrait())
                let arguments = ["track", "me.mp4", "-o"]
                let masks = folder.appendingPathComponent("b/masks")
                func seen() -> [String] {
                    ((try? names(in: masks)) ?? []).filter { $0.hasSuffix(".png") }
                }
                let first = try Program.run(arguments + ["b"], in: folder) { process, _ in
                    guard seen().count >= 5 else { return false }
                    process.interrupt()
                    return true
                }
                #expect(first.status == 130, "\(first.status) \(first.errors)")
                let kept = seen()
                try #require(kept.count >= 5 && kept.count < 20)
                let state = folder.appendingPathComponent("b/.tracking")
                #expect(try !names(in: state).contains("gathered"))
                func date(_ mask: String) throws -> Date? {
                    let url = masks.appendingPathComponent(mask)
                    return try FileManager.default.attributesOfItem(atPath: url.path)[
                        .modificationDate] as? Date
                }
                let dates = try kept.map(date)

                for output in ["b", "a"] {
                    let outcome = try Program.run(arguments + [output], in: folder)
                    try #require(outcome.status == 0, "\(outcome.errors)")
                }
                // What was finished was not done again.
                #expect(try kept.map(date) == dates)
                let files = ["tracks.safetensors", "masks/000019.png", "frames/000019.jpg"]
                for file in files {
                    let bytes = try ["a", "b"].map {
                        try Data(contentsOf: folder.appendingPathComponent("\($0)/\(file)"))
                    }
                    #expect(bytes[0] == bytes[1], "\(file)")
                }
            }
        }

        @Test func whatShowsNobodyIsRefused() throws {
            try withFolder { folder in
                try Photos.landscape().writePNG(
                    to: folder.appendingPathComponent("hills.png"), overwrite: false)
                try video(
                    in: folder, name: "hills.mp4", Photos.noise().resized(width: 400, height: 400))
                for (input, solution, sought) in [
                    ("hills.png", "face", "face"), ("hills.mp4", "hands", "hand"),
                    ("hills.mp4", "holistic", "body"),
                ] {
                    let outcome = try Program.expectRefusal(
                        ["track", input, "--solution", solution, "--landmarks", "a.json"]
                            + ["-o", "seen", "--quiet"], in: folder, naming: input)
                    #expect(outcome.errors.contains("no \(sought)"))
                }
                for name in ["a.json", "seen/overlay.png", "seen/overlay.mp4"] {
                    #expect(
                        !FileManager.default.fileExists(
                            atPath: folder.appendingPathComponent(name).path))
                }
                try Data("no video".utf8).write(to: folder.appendingPathComponent("a.mp4"))
                try Program.expectRefusal(
                    ["track", "a.mp4", "--solution", "face", "--landmarks", "a.json"], in: folder,
                    naming: "a.mp4")
                try Program.expectRefusal(
                    ["track", "b.mp4", "--solution", "face", "--landmarks", "a.json"], in: folder,
                    naming: "b.mp4")
            }
        }

        @Test(arguments: [
            ["track", "a.png"], ["track", "a.png", "-o", "a", "--fov", "0"],
            ["track", "a.png", "--landmarks", "a.json"],
            ["track", "a.png", "--solution", "face"],
            ["track", "a.png", "--solution", "feet", "--landmarks", "a.json"],
            ["track", "a.png", "--solution", "face", "--landmarks", "a.png"],
        ])
        func usage(_ arguments: [String]) throws {
            try withFolder { folder in
                let outcome = try Program.run(arguments, in: folder)
                #expect(outcome.status == 64)
            }
        }

        /// The interrupt comes when the first lines of progress show that it works.
        @Test func ctrlCKeepsFinishedFrames() throws {
            try withFolder { folder in
                try video(in: folder, Photos.portrait())
                let list = (0..<120).map { _ in "file 'me.mp4'" }.joined(separator: "\n")
                try Data(list.utf8).write(to: folder.appendingPathComponent("list.txt"))
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                process.arguments =
                    ["ffmpeg", "-loglevel", "error", "-f", "concat", "-i", "list.txt"] + [
                        "-c", "copy", "long.mp4",
                    ]
                process.currentDirectoryURL = folder
                process.standardInput = FileHandle.nullDevice
                try process.run()
                process.waitUntilExit()
                try #require(process.terminationStatus == 0)
                let started = Date()
                let outcome = try Program.run(
                    ["track", "long.mp4", "--solution", "holistic", "--landmarks", "a.json"]
                        + ["-o", "seen"], in: folder
                ) { process, _ in
                    guard Date().timeIntervalSince(started) > 5 else { return false }
                    process.interrupt()
                    return true
                }
                #expect(outcome.status == 130, "\(outcome.status) \(outcome.errors)")
                let file = try json(folder.appendingPathComponent("a.json"))
                let frames = try #require(file["frames"] as? [[String: Any]])
                #expect(frames.count > 2 && frames.count < 2400)
                #expect(
                    try names(in: folder)
                        == ["a.json", "list.txt", "long.mp4", "me.mp4", "seen"])
                #expect(try names(in: folder.appendingPathComponent("seen")) == ["overlay.mp4"])
            }
        }
    }
}
