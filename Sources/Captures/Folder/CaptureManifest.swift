import Foundation
import Media
import Spatial

/// What `capture.json` says: what was recorded, by which cameras, and how well it was understood.
public struct CaptureManifest: Equatable, Sendable, Codable {
    /// A camera. Where it moves, its places are in `tracks.safetensors` as `cameras.view_matrices`,
    /// T×C×4×4, and its lens's, if they change, as `cameras.intrinsics`, T×C×4 (fx, fy, cx, cy).
    public struct FixedCamera: Equatable, Sendable, Codable {
        public var name: String
        /// The size of its pictures in pixels.
        public var width: Int
        public var height: Int
        /// Focal lengths and principal point, pixels.
        public var intrinsics: Intrinsics
        /// The map from the world to the camera's space (OpenCV axes), 4 × 4 by rows.
        public var viewMatrix: [Float]
        /// What the lens bends; nil for a pinhole.
        public var distortion: LensDistortion?

        public init(name: String, camera: Camera, distortion: LensDistortion? = nil) {
            self.name = name
            self.distortion = distortion
            (width, height, intrinsics) = (camera.width, camera.height, camera.intrinsics)
            let (m, t) = (camera.viewMatrix.linear, camera.viewMatrix.translation)
            viewMatrix = (0..<3).flatMap { [m[$0, 0], m[$0, 1], m[$0, 2], t[$0]] } + [0, 0, 0, 1]
        }
    }

    /// A stretch of frames that is to be known of.
    public struct Event: Equatable, Sendable, Codable {
        public enum Kind: String, Sendable, Codable {
            /// Nobody was found: the pose is carried over.
            case nobody
            /// The picture changes all at once before the first frame.
            case cut
            /// Somebody else is in the picture too.
            case others
            /// The rig does not fit what was seen.
            case poorFit
        }
        public var kind: Kind
        public var first: Int
        public var last: Int

        public init(kind: Kind, first: Int, last: Int) {
            (self.kind, self.first, self.last) = (kind, first, last)
        }
    }

    /// How well the rig fits what was seen.
    public struct Quality: Equatable, Sendable, Codable {
        /// The mean distance of landmarks from the rig's, in shares of the person's box; nil where
        /// there were none.
        public var face: Float?
        public var body: Float?
        public var hands: Float?
        /// The mean overlap of the rig's silhouette with the mask, intersection over union.
        public var maskOverlap: Float?
        /// The root mean square of the joints' second differences, metres a frame².
        public var jitter: Float

        public init(
            face: Float?, body: Float?, hands: Float?, maskOverlap: Float?, jitter: Float
        ) {
            (self.face, self.body, self.hands) = (face, body, hands)
            (self.maskOverlap, self.jitter) = (maskOverlap, jitter)
        }
    }

    /// What is said of one frame.
    public struct FrameNote: Equatable, Sendable, Codable {
        /// The take that it belongs to; nil where there is only one.
        public var sequence: String?
        /// What is seen, in words.
        public var caption: String?

        public init(sequence: String? = nil, caption: String? = nil) {
            (self.sequence, self.caption) = (sequence, caption)
        }
    }

    /// Some of the views: all of some cameras, and all of some frames.
    public struct Portion: Equatable, Sendable, Codable {
        /// Names of cameras.
        public var cameras: [String]
        /// First and last of each stretch of frames.
        public var frames: [[Int]]

        public init(cameras: [String] = [], frames: [ClosedRange<Int>] = []) {
            self.cameras = cameras
            self.frames = frames.map { [$0.lowerBound, $0.upperBound] }
        }
    }

    /// What is not for training.
    public struct Split: Equatable, Sendable, Codable {
        public var test: Portion
        public var validation: Portion?

        public init(test: Portion, validation: Portion? = nil) {
            (self.test, self.validation) = (test, validation)
        }
    }

    public var format = "likeness-capture"
    public var version = 1
    /// The name of what was recorded from.
    public var source: String
    /// Frames a second; 0 for photographs.
    public var frameRate: Double
    public var frameCount: Int
    /// The rig of `tracks.safetensors`.
    public var rig: String
    public var cameras: [FixedCamera]
    public var events: [Event]
    public var quality: Quality?
    /// The same of each frame fitted by itself: what smoothness in time costs and brings.
    public var perFrameQuality: Quality?
    /// What made it, and how.
    public var provenance: [String: String]
    /// How the names of each kind's pictures end; nil for frames as JPEG and masks as PNG.
    public var pictures: [PictureKind: String]?
    /// What the numbers in `parts/` stand for, from 0, which is none.
    public var partNames: [String]?
    /// What is said of each frame, `frameCount` of them.
    public var frames: [FrameNote]?
    /// Which views are not for training; nil leaves it to `Capture`'s plain rule.
    public var split: Split?

    public init(
        source: String, frameRate: Double, frameCount: Int, rig: String, cameras: [FixedCamera],
        events: [Event] = [], quality: Quality? = nil, perFrameQuality: Quality? = nil,
        provenance: [String: String] = [:]
    ) {
        (self.source, self.frameRate, self.frameCount) = (source, frameRate, frameCount)
        (self.rig, self.cameras, self.events) = (rig, cameras, events)
        (self.quality, self.perFrameQuality) = (quality, perFrameQuality)
        self.provenance = provenance
    }

    /// Writes `capture.json`.
    ///
    /// - Throws: As `AtomicFile.write`.
    public func write(to url: URL, overwrite: Bool) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(Array(try encoder.encode(self)), to: url, overwrite: overwrite)
    }

    /// Reads `capture.json`.
    ///
    /// - Throws: `MediaError` where there is no such file or it is none.
    public init(contentsOf url: URL) throws {
        guard let bytes = try? Data(contentsOf: url) else {
            throw MediaError.notFound(file: url.relativePath)
        }
        guard let manifest = try? JSONDecoder().decode(Self.self, from: bytes),
            manifest.format == "likeness-capture", manifest.version == 1
        else {
            throw MediaError.damaged(
                file: url.relativePath, found: "no capture of version 1",
                expected: "the capture.json that likeness track writes")
        }
        self = manifest
    }
}
