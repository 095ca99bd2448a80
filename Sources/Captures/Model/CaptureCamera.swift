import Spatial

/// A device that took pictures.
public struct CaptureCamera: Equatable, Sendable {
    /// What the layout calls it.
    public var name: String
    /// Size, lens and place as a pinhole; where it moves, the place of its first view.
    public var camera: Camera
    /// What its lens does beside; pictures that a capture hands out are freed of it.
    public var distortion: LensDistortion
    /// Whether lens and place were measured, and not supposed for want of anything better.
    public var isCalibrated: Bool

    public init(
        name: String, camera: Camera, distortion: LensDistortion = .none,
        isCalibrated: Bool = true
    ) {
        (self.name, self.camera) = (name, camera)
        (self.distortion, self.isCalibrated) = (distortion, isCalibrated)
    }
}
