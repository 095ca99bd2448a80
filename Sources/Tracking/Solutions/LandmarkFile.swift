import Foundation
import Media
import Spatial

/// A JSON file of what a solution found, frame by frame, written as the frames come.
///
///     {"format": "likeness-landmarks", "version": 1, "solution": "pose", "source": "me.mp4",
///     "frames": [
///     {"index": 0, "time": 0, "width": 720, "height": 1280, "pose": {"score": 0.99,
///     "points": [[x, y, z], …], "normalised": …, "world": …, "visibility": […], "presence": […]}},
///     …]}
///
/// `points` are in pixels, z in the same unit; `normalised` are shares of the picture's width (x and
/// z) and height (y), as MediaPipe gives them; `world` is in metres. A frame has `faces` (`score`,
/// `points`, `normalised`; 468 points, then 5 of each iris) and `hands` (also `side`, `sideScore` and
/// `world`), empty where none were found, and `pose` or null, as far as the solution looks for them.
public final class LandmarkFile {
    private let file: AtomicFile
    private let solution: Solution
    private var count = 0

    private init(_ file: AtomicFile, solution: Solution) {
        (self.file, self.solution) = (file, solution)
    }

    /// Writes a file of the frames that `body` appends.
    ///
    /// - Parameters:
    ///   - solution: What was looked for.
    ///   - source: The name of what was looked at.
    /// - Throws: As `AtomicFile.write`; what `body` throws, and then the file is as it was.
    public nonisolated(nonsending) static func write(
        to url: URL, solution: Solution, source: String, overwrite: Bool,
        _ body: (LandmarkFile) async throws -> Void
    ) async throws {
        try await AtomicFile.write(
            to: url, overwrite: overwrite,
            gradually: { file in
                var text = JSONText()
                text.open("{")
                text.key("format")
                text.value("likeness-landmarks")
                text.key("version")
                text.value(1)
                text.key("solution")
                text.value(solution.rawValue)
                text.key("source")
                text.value(source)
                text.key("frames")
                text.open("[")
                try file.write(text.bytes)
                let landmarks = LandmarkFile(file, solution: solution)
                try await body(landmarks)
                try file.write(Array("\n]}\n".utf8))
            })
    }

    /// Adds a frame.
    ///
    /// - Parameter name: The picture's name, where each frame is a picture of its own.
    public func append(_ frame: TrackedFrame, named name: String? = nil) throws {
        var text = JSONText()
        text.raw(count == 0 ? "\n" : ",\n")
        text.open("{")
        text.key("index")
        text.value(count)
        if let name {
            text.key("file")
            text.value(name)
        }
        text.key("time")
        text.value(frame.time, decimals: 6)
        text.key("width")
        text.value(frame.width)
        text.key("height")
        text.value(frame.height)
        if solution == .face || solution == .holistic {
            text.key("faces")
            text.list(frame.faces) { text, face in
                text.open("{")
                text.key("score")
                text.value(face.score, decimals: 4)
                text.places(face.allPoints, in: frame)
                text.close("}")
            }
        }
        if solution == .hands || solution == .holistic {
            text.key("hands")
            text.list(frame.hands) { text, hand in
                text.open("{")
                text.key("side")
                text.value(hand.side.rawValue)
                text.key("sideScore")
                text.value(hand.sideScore, decimals: 4)
                text.key("score")
                text.value(hand.score, decimals: 4)
                text.places(hand.points, in: frame)
                text.key("world")
                text.points(hand.world, decimals: 5)
                text.close("}")
            }
        }
        if solution == .pose || solution == .holistic {
            text.key("pose")
            if let pose = frame.pose { text.pose(pose, in: frame) } else { text.null() }
        }
        text.close("}")
        try file.write(text.bytes)
        count += 1
    }
}

extension JSONText {
    fileprivate mutating func pose(_ pose: PoseLandmarks, in frame: TrackedFrame) {
        open("{")
        key("score")
        value(pose.score, decimals: 4)
        places(pose.points.map(\.position), in: frame)
        key("world")
        points(pose.points.map(\.world), decimals: 5)
        key("visibility")
        list(pose.points) { $0.value($1.visibility, decimals: 4) }
        key("presence")
        list(pose.points) { $0.value($1.presence, decimals: 4) }
        close("}")
    }

    /// Points in pixels and in shares of the frame.
    fileprivate mutating func places(_ points: [Vector3], in frame: TrackedFrame) {
        let size = Vector3(Float(frame.width), Float(frame.height), Float(frame.width))
        key("points")
        self.points(points, decimals: 3)
        key("normalised")
        self.points(points.map { $0 / size }, decimals: 6)
    }

    fileprivate mutating func points(_ points: [Vector3], decimals: Int) {
        list(points) { text, point in
            text.open("[")
            for axis in 0..<3 { text.value(point[axis], decimals: decimals) }
            text.close("]")
        }
    }
}
