/// What kind of recording the studio imitates, each after what one system learns from.
public enum StudioPreset: String, CaseIterable, Sendable, Codable {
    /// A ring of cameras around one person who moves and talks (DEGAS).
    case multiview
    /// A phone that walks around one person who moves (PERSONA, NeuMan).
    case monocular
    /// One photograph, and frames as a video diffusion model would make of it (PERSONA).
    case singlePhoto = "single-photo"
    /// A depth camera that sweeps around a still head: front, left, right, up (HiFi3DFace).
    case selfieRGBD = "selfie-rgbd"
    /// Many people who talk (GAGAvatar).
    case talkingHeads = "talking-heads"
    /// Photographs of one person in different light, pose and expression (DiffusionRig).
    case portraits
    /// Heads with depth in named expressions, each with a caption (expression editing, LDM3D).
    case rgbdFaces = "rgbd-faces"
}
