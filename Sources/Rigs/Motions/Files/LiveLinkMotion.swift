import Foundation
import Spatial

/// The table of the app Live Link Face: `Timecode,BlendShapeCount,EyeBlinkLeft,…,TongueOut,HeadYaw,
/// HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,RightEyeYaw,…`, a row a frame.
///
/// A timecode is `hours:minutes:seconds:frames.fraction`; the frames of a second are counted to 24, 25,
/// 30, 50 or 60, which the greatest one tells. Columns are found by name. Angles are taken
/// as radians about the axes of ARKit's faces, which the app does not document: yaw towards the
/// person's left, pitch down, roll towards the right shoulder.
enum LiveLinkMotion {
    static func read(
        _ bytes: [UInt8], file: String, stem: String, options: MotionFile.Options
    ) throws -> MotionFile {
        func error(_ found: String, _ expected: String) -> RigError {
            .motion(file: file, found: found, expected: expected)
        }
        var lines = bytes.split { $0 == 10 || $0 == 13 }[...]
        guard let header = lines.popFirst() else { throw error("nothing", "a header") }
        var names = String(decoding: header, as: UTF8.self).split(
            separator: ",", omittingEmptySubsequences: false
        ).map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        if names[0].hasPrefix("\u{feff}") { names[0].removeFirst() }
        guard names.count <= 1024, let timecode = names.firstIndex(of: "timecode") else {
            throw error("no column Timecode among \(names.count)", "Live Link Face's columns")
        }
        let units = names.map { FaceUnit(name: $0) }
        guard units.contains(where: { $0 != nil }) else {
            throw error("none of ARKit's names", "columns such as JawOpen")
        }
        guard lines.count <= MotionFile.frameLimit else {
            throw error("\(lines.count) rows", "at most \(MotionFile.frameLimit)")
        }
        let angle = Angles(names)
        var codes: [Timecode] = []
        var frames: [Motion.Frame] = []
        for (index, line) in lines.enumerated() {
            let fields = String(decoding: line, as: UTF8.self).split(
                separator: ",", omittingEmptySubsequences: false)
            if fields.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) { continue }
            guard fields.count >= names.count else {
                throw error(
                    "\(fields.count) fields in line \(index + 2)", "\(names.count) by the header")
            }
            guard let code = Timecode(fields[timecode]) else {
                throw error(
                    "the timecode \"\(fields[timecode].prefix(32))\" in line \(index + 2)",
                    "hours:minutes:seconds:frames")
            }
            func number(_ column: Int) throws -> Float {
                let text = fields[column].trimmingCharacters(in: .whitespaces)
                guard let value = Float(text), value.isFinite else {
                    throw error(
                        "\"\(text.prefix(32))\" as \(names[column]) in line \(index + 2)",
                        "a finite number")
                }
                return value
            }
            var frame = Motion.Frame()
            for (column, unit) in units.enumerated() {
                if let unit { frame.expression[unit] = try number(column) }
            }
            if let head = angle.head {
                frame.rotations["head"] = try Angles.rotation(head.map(number))
            }
            if let left = angle.leftEye, let right = angle.rightEye {
                let (l, r) = (try left.map(number), try right.map(number))
                frame.gaze = Gaze(left: Vector2(l[0], l[1]), right: Vector2(r[0], r[1]))
            }
            codes.append(code)
            frames.append(frame)
        }
        guard !frames.isEmpty else { throw error("no rows", "a row a frame") }
        let greatest = codes.map(\.frame).max() ?? 0
        let rates: [Float] = [24, 25, 30, 50, 60, 120]
        // Only where a second ended within the recording has its count been reached; else the app's.
        let isTold = codes.count > 20 && codes.first!.whole != codes.last!.whole
        let base: Float = isTold ? rates.first { Double($0) > greatest } ?? 60 : 60
        let samples = zip(codes, frames).map {
            TimedFrame(time: $0.seconds(frameRate: Double(base)), frame: $1)
        }
        let motion = try TimedFrame.motion(
            samples, name: stem, file: file, frameRate: options.frameRate, skeleton: .face)
        var notes = ["The timecodes count \(Int(base)) frames a second."]
        if motion.frames.count != samples.count {
            notes.append(
                "\(samples.count) rows were uneven in time and became \(motion.frames.count) even frames."
            )
        }
        return MotionFile(format: .liveLink, motion: motion, notes: notes)
    }

    /// `hours:minutes:seconds:frames`, the frames with a fraction.
    private struct Timecode {
        let whole: Int
        let frame: Double

        init?(_ text: Substring) {
            let parts = text.trimmingCharacters(in: .whitespaces).split { $0 == ":" || $0 == ";" }
            guard parts.count == 4, let hours = Int(parts[0]), let minutes = Int(parts[1]),
                let seconds = Int(parts[2]), let frame = Double(parts[3]),
                (0..<1000).contains(hours), (0..<60).contains(minutes),
                (0..<60).contains(seconds), (0..<1000).contains(frame)
            else { return nil }
            whole = (hours * 60 + minutes) * 60 + seconds
            self.frame = frame
        }

        func seconds(frameRate: Double) -> Double { Double(whole) + frame / frameRate }
    }

    /// The columns of yaw, pitch and roll.
    private struct Angles {
        let head: [Int]?
        let leftEye: [Int]?
        let rightEye: [Int]?

        init(_ names: [String]) {
            func columns(_ prefix: String) -> [Int]? {
                let found = ["yaw", "pitch", "roll"].compactMap {
                    names.firstIndex(of: prefix + $0)
                }
                return found.count == 3 ? found : nil
            }
            (head, leftEye) = (columns("head"), columns("lefteye"))
            rightEye = columns("righteye")
        }

        /// First the roll about z, then the pitch about x, then the yaw about y.
        static func rotation(_ angles: [Float]) -> Quaternion {
            Quaternion(angle: angles[0], axis: Vector3(0, 1, 0))
                * Quaternion(angle: angles[1], axis: Vector3(1, 0, 0))
                * Quaternion(angle: angles[2], axis: Vector3(0, 0, 1))
        }
    }
}
