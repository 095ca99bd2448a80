import Spatial

/// What one camera saw at one moment.
public struct CaptureView: Equatable, Sendable {
    /// What a view is for.
    public enum Part: String, CaseIterable, Sendable, Codable, CodingKeyRepresentable {
        /// To learn from.
        case train
        /// To decide by, while learning.
        case validation
        /// To be judged by, and never to be learned from.
        case test
    }

    /// Which frame, an index into `Capture.frames`.
    public var frame: Int
    /// Which camera, an index into `Capture.cameras`.
    public var cameraIndex: Int
    /// The pinhole that the picture, freed of distortion, was taken by: size, lens, place.
    public var camera: Camera
    public var part: Part

    public init(frame: Int, cameraIndex: Int, camera: Camera, part: Part = .train) {
        (self.frame, self.cameraIndex) = (frame, cameraIndex)
        (self.camera, self.part) = (camera, part)
    }
}
