import Foundation
import Spatial

/// ARKit's weights a frame as JSON: `{names: [52], frames: [{weights: [52], time, rotation: []}],
/// head_pose?: [[x, y, z]]}`. Names are mapped by name; times are seconds; `rotation` and `head_pose`
/// are axis angles of the head in radians, the first taken where both are there.
enum ARKitMotion {
    private struct Document: Decodable {
        struct Frame: Decodable {
            let weights: [Float]
            let time: Double?
            let rotation: [Float]?
        }
        let names: [String]
        let frames: [Frame]
        let headPose: [[Float]]?

        private enum CodingKeys: String, CodingKey {
            case names, frames
            case headPose = "head_pose"
        }
    }

    static func read(
        _ bytes: [UInt8], file: String, stem: String, options: MotionFile.Options
    ) throws -> MotionFile {
        func error(_ found: String, _ expected: String) -> RigError {
            .motion(file: file, found: found, expected: expected)
        }
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(bytes))
        } catch {
            throw RigError.motion(
                file: file, found: "JSON that is broken or of another kind",
                expected: "\"names\" and \"frames\" of \"weights\"")
        }
        let units = document.names.map { FaceUnit(name: $0) }
        guard units.contains(where: { $0 != nil }) else {
            throw error("none of ARKit's names", "names such as jawOpen")
        }
        guard (1...MotionFile.frameLimit).contains(document.frames.count) else {
            throw error(
                "\(document.frames.count) frames", "1 to \(MotionFile.frameLimit)")
        }
        var notes: [String] = []
        let unknown = zip(document.names, units).filter { $1 == nil && $0 != "_neutral" }.map(\.0)
        if !unknown.isEmpty {
            notes.append("Names that are not ARKit's are left out: \(unknown.prefix(5)).")
        }
        var samples: [TimedFrame] = []
        for (index, entry) in document.frames.enumerated() {
            guard entry.weights.count == units.count else {
                throw error(
                    "\(entry.weights.count) weights in frame \(index + 1)", "\(units.count)")
            }
            var frame = Motion.Frame()
            for (unit, weight) in zip(units, entry.weights) {
                if let unit { frame.expression[unit] = weight }
            }
            let headPose = document.headPose.flatMap { index < $0.count ? $0[index] : nil }
            if let turn = [entry.rotation, headPose].compactMap({ $0 }).first(where: {
                $0.count == 3
            }) {
                frame.rotations["head"] = Quaternion(
                    axisAngle: Vector3(turn[0], turn[1], turn[2]))
            }
            samples.append(
                TimedFrame(time: entry.time ?? Double(index) / 30, frame: frame))
        }
        let motion = try TimedFrame.motion(
            samples, name: stem, file: file, frameRate: options.frameRate, skeleton: .face)
        return MotionFile(format: .arkit, motion: motion, notes: notes)
    }
}

/// A moment with its time, as trackers record: not always evenly.
struct TimedFrame {
    /// Seconds from any beginning.
    var time: Double
    var frame: Motion.Frame

    /// A motion of frames that are as far apart as the given ones are at the median, interpolated
    /// where these are not even.
    ///
    /// - Throws: `RigError.motion` where times are not numbers that grow.
    static func motion(
        _ samples: [TimedFrame], name: String, file: String, frameRate: Float?,
        skeleton: MotionSkeleton?
    ) throws -> Motion {
        func error(_ found: String, _ expected: String) -> RigError {
            .motion(file: file, found: found, expected: expected)
        }
        guard samples.allSatisfy({ $0.time.isFinite && abs($0.time) < 1e9 }) else {
            throw error("a time that is not a sensible number", "seconds")
        }
        // A frame that repeats the time of the one before adds nothing.
        var kept: [TimedFrame] = []
        for sample in samples where kept.isEmpty || sample.time > kept.last!.time + 1e-6 {
            kept.append(sample)
        }
        guard kept.count * 2 >= samples.count else {
            throw error("times that do not grow", "frames in the order of time")
        }
        let steps = zip(kept, kept.dropFirst()).map { $1.time - $0.time }.sorted()
        let usual = steps.isEmpty ? 30 : 1 / steps[steps.count / 2]
        // Rates within a per cent of a usual one are that one, rounded in the file.
        let known = [24.0, 25, 30, 50, 60, 90, 100, 120, 30 / 1.001, 60 / 1.001]
        let rate =
            frameRate.map(Double.init)
            ?? known.first { abs($0 - usual) < 0.004 * $0 } ?? usual
        guard rate > 0.01, rate <= 10_000 else { throw error("\(rate) frames a second", "fewer") }
        let span = (kept.last?.time ?? 0) - (kept.first?.time ?? 0)
        guard span * rate < Double(MotionFile.frameLimit) else {
            throw error("a span of \(Int(span)) s", "a shorter recording")
        }
        let even = Motion(name: name, frameRate: Float(rate), frames: [], skeleton: skeleton)
        var result = even
        let isEven = steps.allSatisfy { abs($0 * rate - 1) < 0.02 }
        if isEven {
            result.frames = kept.map(\.frame)
        } else {
            var next = 0
            for index in 0...Int((span * rate).rounded()) {
                let time = kept[0].time + Double(index) / rate
                while next < kept.count, kept[next].time <= time { next += 1 }
                guard next > 0 else { continue }
                guard next < kept.count else {
                    result.frames.append(kept[kept.count - 1].frame)
                    continue
                }
                let (a, b) = (kept[next - 1], kept[next])
                result.frames.append(
                    Motion.Frame.interpolate(
                        a.frame, b.frame, Float((time - a.time) / (b.time - a.time))))
            }
        }
        return try result.checked(file)
    }
}
