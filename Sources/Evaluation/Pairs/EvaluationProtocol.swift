/// What papers compare, named after them: which pixels, by whose formulas, and which figures they
/// report.
public enum EvaluationProtocol: String, CaseIterable, Sendable {
    /// All of both pictures, over white.
    case full
    /// PSNR and SSIM of the true mask's pixels alone; the other metrics as `persona`.
    case masked
    /// The box around the true mask, for all metrics.
    case box
    /// All of both pictures, white outside the true mask: PERSONA's, ExAvatar's and NeuMan's.
    case persona
    /// PSNR and SSIM as `full`; LPIPS on the mask's box, 50 pixels wider, made square on white and
    /// resized to 512: DEGAS'.
    case degas
    /// All of both pictures; keypoints, expression and head pose besides: GAGAvatar's.
    case gagavatar
    /// All of both pictures, and how far the face's landmarks are off: HiFi3DFace's fits.
    case hifi3dface
    /// What a face tracker reads from the edited picture against what was asked for: DiffusionRig's.
    case diffusionrig
    /// Sets of pictures, their captions, and their depths: LDM3D's.
    case ldm3d
    /// Colour and depth of a face whose expression was changed.
    case expressionEdit = "expression-edit"

    /// Whether a mask is needed.
    public var needsMask: Bool { [.masked, .box, .persona, .degas].contains(self) }

    /// Whether a pixel is the person's or not, by which side of ½ its mask is on, and none is mixed with
    /// white.
    public var cutsHard: Bool { self == .persona || self == .masked }

    /// Whose SSIM it is: PERSONA's scripts call torchmetrics; for the others, whose scripts are not
    /// published or do not say, it is scikit-image's.
    public var similarity: SSIM.Variant { self == .persona ? .torchmetrics : .scikitImage }

    /// What is measured on pictures of a kind where nothing else is asked for.
    public func metrics(of subject: EvaluationMetric.Subject) -> [EvaluationMetric] {
        switch (self, subject) {
        case (_, .mask): [.iou]
        case (_, .normal): [.normals]
        case (.ldm3d, .depth), (.expressionEdit, .depth), (.hifi3dface, .depth): [.absRel, .rmse]
        case (_, .depth): [.absRel, .rmse, .absRelAligned, .rmseAligned]
        case (.full, _), (.masked, _), (.box, _): [.psnr, .ssim, .msssim, .lpips]
        case (.persona, _), (.degas, _): [.psnr, .ssim, .lpips]
        case (.gagavatar, _): [.psnr, .ssim, .lpips, .identity, .expression, .headPose, .landmarks]
        case (.hifi3dface, _): [.psnr, .ssim, .lpips, .landmarksOfEyes, .identityRank]
        case (.diffusionrig, _): [.expression, .headPose, .landmarksOfEyes, .identity]
        case (.ldm3d, _): [.fid, .inceptionScore, .clip]
        case (.expressionEdit, _):
            [.psnr, .ssim, .lpips, .expression, .headPose, .landmarksOfEyes, .identity]
        }
    }

    /// What the paper reports besides that is not measured, or is measured in another way; nil where all
    /// is as it has it.
    public var remark: String? {
        switch self {
        case .full, .masked, .box, .persona: nil
        case .degas:
            "DEGAS' own wrappers of PSNR and SSIM are not published: these are scikit-image's."
        case .gagavatar:
            "Expression, head pose and landmarks (the paper's AED, APD and AKD) are read by MediaPipe's "
                + "face mesh, not by Deep3DFaceRecon, identity (CSIM) by FaceNet, not by ArcFace."
        case .hifi3dface:
            "Whose face it is is told by FaceNet, not by the paper's network, among these pictures and "
                + "--distractors."
        case .diffusionrig:
            "Expression and head pose are read by MediaPipe's face mesh, not by DECA, identity by "
                + "FaceNet; shape and light are not measured."
        case .ldm3d, .expressionEdit: nil
        }
    }
}
