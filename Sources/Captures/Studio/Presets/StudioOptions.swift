/// What is asked of the studio.
public struct StudioOptions: Equatable, Sendable, Codable {
    public var preset: StudioPreset
    public var seed: UInt64
    /// The side of the pictures, pixels.
    public var size: Int
    /// Frames (of each person); nil for what the preset is made for.
    public var frames: Int?
    /// Cameras of `multiview`.
    public var cameras: Int?
    /// People of `talking-heads` and `rgbd-faces`.
    public var people: Int?
    /// Frames with a video diffusion model's faults, of `single-photo`.
    public var generated: Int

    public init(
        preset: StudioPreset, seed: UInt64 = 0, size: Int = 512, frames: Int? = nil,
        cameras: Int? = nil, people: Int? = nil, generated: Int = 0
    ) {
        (self.preset, self.seed, self.size) = (preset, seed, size)
        (self.frames, self.cameras, self.people) = (frames, cameras, people)
        self.generated = generated
    }
}
