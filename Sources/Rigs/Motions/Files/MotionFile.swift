import Foundation
import Media
import Spatial

/// A motion out of a file, in any of the formats that are read.
///
/// The format is told by the content, not by the name.
public struct MotionFile: Sendable {
    /// The formats.
    public enum Format: String, CaseIterable, Codable, Sendable {
        /// Our own: a safetensors file; see `Motion.write(to:overwrite:)`.
        case likeness
        /// AMASS's and its relatives': an .npz of SMPL, SMPL-H or SMPL-X poses.
        case amass
        /// Biovision hierarchy: a skeleton and its channels, as text.
        case bvh
        /// The table that the app Live Link Face records.
        case liveLink = "live-link-face"
        /// ARKit's weights by name, a list a frame, as JSON.
        case arkit = "arkit-json"
    }

    /// What a reader cannot know from the file.
    public struct Options: Sendable {
        /// Metres a unit of length of a BVH file; nil guesses from the length of the legs.
        public var metresPerUnit: Float?
        /// Frames a second where the file does not say; nil is the format's usual rate.
        public var frameRate: Float?

        public init(metresPerUnit: Float? = nil, frameRate: Float? = nil) {
            (self.metresPerUnit, self.frameRate) = (metresPerUnit, frameRate)
        }
    }

    public let format: Format
    public var motion: Motion
    /// The person's shape as the file gives it: betas of SMPL's kind; empty if it does not.
    public var betas: [Float] = []
    /// What the reader guessed, and what it left out: a sentence each.
    public var notes: [String] = []

    /// The most bytes that are read.
    static let sizeLimit = 1 << 30
    /// The most frames a motion may have, more than half an hour at 120 frames a second: in memory a
    /// frame of SMPL-X takes some kilobytes.
    static let frameLimit = 1 << 18

    init(format: Format, motion: Motion, betas: [Float] = [], notes: [String] = []) {
        (self.format, self.motion, self.betas, self.notes) = (format, motion, betas, notes)
    }

    /// Reads a file.
    ///
    /// - Throws: `MediaError` where there is no such file or its container is damaged;
    ///   `RigError.motion` where the content is not what its format asks for.
    public init(contentsOf url: URL, options: Options = Options()) throws {
        let bytes = try readFile(url, limit: Self.sizeLimit)
        try self.init(bytes: bytes, name: url.relativePath, options: options)
    }

    /// Reads a file in memory; `name` is for error messages, and its stem the motion's name.
    public init(bytes: [UInt8], name: String, options: Options = Options()) throws {
        let stem = URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent
        switch Self.format(of: bytes) {
        case .likeness:
            self = try SafetensorsMotion.read(bytes, file: name)
        case .amass:
            self = try AMASSMotion.read(bytes, file: name, stem: stem, options: options)
        case .bvh:
            self = try BVHMotion.read(bytes, file: name, stem: stem, options: options)
        case .liveLink:
            self = try LiveLinkMotion.read(bytes, file: name, stem: stem, options: options)
        case .arkit:
            self = try ARKitMotion.read(bytes, file: name, stem: stem, options: options)
        case nil:
            throw RigError.motion(
                file: name, found: bytes.isEmpty ? "nothing" : "content of no known kind",
                expected: "an AMASS .npz, a BVH, a Live Link Face CSV, ARKit weights in JSON "
                    + "or a motion of our own")
        }
    }

    /// The format of a file's content, or nil.
    static func format(of bytes: [UInt8]) -> Format? {
        if ZipArchive.matches(bytes.prefix(64)) { return .amass }
        // Our own: a header's length of 8 bytes, then the JSON header.
        if bytes.count > 9, bytes[8] == UInt8(ascii: "{") { return .likeness }
        var start = bytes.prefix(4096)
        if start.starts(with: [0xef, 0xbb, 0xbf]) { start = start.dropFirst(3) }
        let text = String(decoding: start.drop { $0 <= 32 }, as: UTF8.self)
        if text.hasPrefix("{") { return .arkit }
        let first = text.prefix { !$0.isNewline }.lowercased()
        if first.hasPrefix("hierarchy") { return .bvh }
        if first.contains("timecode"), first.contains(",") { return .liveLink }
        return nil
    }
}

extension Motion {
    /// The first thing that is wrong with the values, or nil: something not finite, or no frames.
    var flaw: String? {
        if frames.isEmpty { return "no frames" }
        if !(frameRate.isFinite && frameRate > 0 && frameRate <= 10_000) {
            return "a frame rate of \(frameRate)"
        }
        for (index, frame) in frames.enumerated() {
            for (name, rotation) in frame.rotations
            where !rotation.components.length.isFinite || rotation.components.length < 1e-6 {
                return "a rotation of \(name) in frame \(index + 1) that is not a finite number"
            }
            let root: Vector3
            switch frame.root {
            case .offset(let vector), .position(let vector): root = vector
            }
            if !(root.lengthSquared.isFinite && root.length < 1e6) {
                return "a root in frame \(index + 1) that is not a sensible position"
            }
            if !frame.expression.weights.allSatisfy({ $0.isFinite }) {
                return "a weight in frame \(index + 1) that is not a finite number"
            }
            let looks = frame.gaze.map { $0.left + $0.right } ?? .zero
            if !looks.lengthSquared.isFinite {
                return "a gaze in frame \(index + 1) that is not a finite number"
            }
        }
        return nil
    }

    /// The motion itself.
    ///
    /// - Throws: `RigError.motion` where `flaw` finds something.
    func checked(_ file: String) throws -> Motion {
        if let flaw {
            throw RigError.motion(file: file, found: flaw, expected: "frames of finite numbers")
        }
        return self
    }
}
