import ArgumentParser
import Foundation
import Media
import Rigs
import Spatial

/// `likeness motion info|convert FILE`.
struct MotionVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "motion",
        abstract: "Look into motions and convert them.",
        discussion: """
            Motions are read from AMASS .npz (SMPL, SMPL-H and SMPL-X), .bvh, Live Link Face .csv, \
            ARKit weights in .json and files of our own; the content tells which. Play them with \
            likeness animate --motion FILE.

              likeness motion info walk.bvh
              likeness motion convert amass.npz --fps 30 --smooth 0.03 -o walk.motion
            """,
        subcommands: [Info.self, Convert.self])
}

/// The options that tell a motion from a file.
struct MotionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Metres a unit of length of a BVH file; guessed, if left out.", valueName: "metres"))
    var unit: Float?

    func validate() throws {
        if let unit, !(unit > 0 && unit.isFinite) {
            throw ValidationError("--unit takes metres above 0.")
        }
    }

    /// The motion of a file, or nil where the name is that of a built-in one.
    ///
    /// - Throws: `RigError.unknownName` for a word that is neither; what `MotionFile` throws.
    func file(_ name: String) throws -> MotionFile? {
        // A word that is no path was meant as a name: the names are what helps then.
        let isPath =
            name.contains("/") || name.contains(".")
            || FileManager.default.fileExists(atPath: name)
        if !isPath {
            _ = try BuiltInMotion.named(name)
            return nil
        }
        return try MotionFile(
            contentsOf: URL(fileURLWithPath: name), options: .init(metresPerUnit: unit))
    }
}

extension MotionVerb {
    /// `likeness motion info FILE`.
    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a motion holds.",
            discussion: """
                Length, skeleton, what moves, and what the reader guessed or left out.

                  likeness motion info walk.bvh
                """)

        @Argument(help: ArgumentHelp("The motion's file.", valueName: "motion"))
        var motion: String

        @OptionGroup var options: MotionOptions
        @OptionGroup var common: CommonOptions

        func run() throws {
            let file = try MotionFile(
                contentsOf: URL(fileURLWithPath: motion),
                options: .init(metresPerUnit: options.unit))
            let report = Report(file)
            if common.json { return try Console.json(report) }
            Console.result("\(motion): a motion of the format \(report.format)")
            Console.result(
                String(
                    format: "  length      %d frames at %g a second, %.2f s", report.frames,
                    report.frameRate, report.seconds))
            Console.result(
                "  skeleton    \(report.skeleton)"
                    + (report.joints > 0 ? ": \(report.joints) joints" : ""))
            Console.result(
                String(
                    format: "  moves       %d joints, %d face units%@", report.movingJoints.count,
                    report.faceUnits.count, report.hasGaze ? ", the eyes" : ""))
            Console.result(String(format: "  root's way  %.2f m", report.rootWay))
            if !file.betas.isEmpty { Console.result("  shape       \(file.betas.count) betas") }
            for note in report.notes { Console.result("  note        \(note)") }
        }
    }

    /// What `--json` prints.
    private struct Report: Encodable {
        let format: String
        let name: String
        let frames: Int
        let frameRate: Float
        let seconds: Float
        let skeleton: String
        let joints: Int
        let movingJoints: [String]
        let faceUnits: [String]
        let hasGaze: Bool
        let rootWay: Float
        let betas: [Float]
        let notes: [String]

        init(_ file: MotionFile) {
            let motion = file.motion
            (format, name, notes) = (file.format.rawValue, motion.name, file.notes)
            (frames, frameRate, seconds) = (motion.frames.count, motion.frameRate, motion.duration)
            skeleton = motion.skeleton?.kind.rawValue ?? "anny"
            joints = motion.skeleton?.count ?? 0
            let first = motion.frames.first?.rotations ?? [:]
            movingJoints = Set(motion.frames.flatMap { $0.rotations.keys }).filter { name in
                let start = first[name] ?? .identity
                return motion.frames.contains {
                    abs(dot(($0.rotations[name] ?? .identity).components, start.components))
                        < 0.99999
                }
            }.sorted()
            faceUnits = FaceUnit.allCases.filter { unit in
                motion.frames.contains { $0.expression[unit] > 0.01 }
            }.map(\.name)
            hasGaze = motion.frames.contains { $0.gaze != nil }
            betas = file.betas
            let places = motion.frames.map { frame -> Vector3 in
                switch frame.root {
                case .offset(let vector), .position(let vector): vector
                }
            }
            rootWay = zip(places, places.dropFirst()).reduce(0) { $0 + ($1.1 - $1.0).length }
        }
    }

    /// `likeness motion convert FILE -o OUT`.
    struct Convert: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a motion in another format, at another rate, or smoothed.",
            discussion: """
                The output's name tells the format: .motion is our own and keeps everything; .bvh has \
                the joints and no face; .csv is Live Link Face's table and has only the face and the \
                head. With --to smplx the motion is brought to SMPL-X's joints first.

                  likeness motion convert take.bvh --fps 30 -o take.motion
                  likeness motion convert take.bvh --to smplx -o take-smplx.bvh
                """)

        @Argument(help: ArgumentHelp("The motion's file.", valueName: "motion"))
        var motion: String

        @Option(
            name: [.short, .long],
            help: ArgumentHelp("The file to write: .motion, .bvh or .csv.", valueName: "file"))
        var output: String

        @Option(help: ArgumentHelp("Frames a second; as they are, if left out.", valueName: "rate"))
        var fps: Float?

        @Option(
            help: ArgumentHelp(
                "Take out jitter: the width of the window, a standard deviation.",
                valueName: "seconds"))
        var smooth: Float = 0

        @Option(
            help: ArgumentHelp(
                "Whose joints to bring it to: smpl, smplh or smplx.", valueName: "skeleton"))
        var to: MotionSkeleton.Kind?

        @OptionGroup var options: MotionOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            try requireDistinct([("the motion", motion), ("--output", output)])
            if let fps, !(fps > 0 && fps <= 1000) {
                throw ValidationError("--fps takes a rate above 0, at most 1000.")
            }
            guard (0...1).contains(smooth) else {
                throw ValidationError("--smooth takes 0 to 1 second.")
            }
            guard ["motion", "bvh", "csv"].contains(suffix) else {
                throw ValidationError(
                    "--output takes a name that ends in .motion, .bvh or .csv, not \(output).")
            }
            if let to, ![.smpl, .smplh, .smplx].contains(to) {
                throw ValidationError("--to takes smpl, smplh or smplx.")
            }
        }

        private var suffix: String {
            URL(fileURLWithPath: output).pathExtension.lowercased()
        }

        func run() throws {
            let target = try requireWritable(output, overwrite: common.overwrite)
            let file = try MotionFile(
                contentsOf: URL(fileURLWithPath: motion),
                options: .init(metresPerUnit: options.unit))
            var result = file.motion.smoothed(seconds: smooth)
            if let fps { result = result.resampled(to: fps) }
            let kinds: [MotionSkeleton.Kind: MotionSkeleton] = [
                .smpl: .smpl, .smplh: .smplh, .smplx: .smplx,
            ]
            if let skeleton = to.flatMap({ kinds[$0] }), let source = result.skeleton {
                result = try Retargeter(from: source, to: skeleton).retarget(result).0
            }
            switch suffix {
            case "bvh":
                try AtomicFile.write(
                    Array(try result.bvh().utf8), to: target, overwrite: common.overwrite)
            case "csv":
                try AtomicFile.write(
                    Array(result.liveLinkCSV().utf8), to: target, overwrite: common.overwrite)
            default: try result.write(to: target, overwrite: common.overwrite)
            }
            if !common.quiet { for note in file.notes { Console.note("likeness: \(note)") } }
            let report = Converted(
                output: output, frames: result.frames.count, frameRate: result.frameRate)
            if common.json { return try Console.json(report) }
            Console.result(
                String(
                    format: "%@: %d frames at %g a second", output, report.frames,
                    report.frameRate))
        }

        /// What `--json` prints.
        private struct Converted: Encodable {
            let output: String
            let frames: Int
            let frameRate: Float
        }
    }
}

extension MotionSkeleton.Kind: ExpressibleByArgument {}
