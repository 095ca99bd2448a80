/// What can be measured on pairs of pictures, by the names of the command line.
public enum EvaluationMetric: String, CaseIterable, Sendable {
    case psnr, ssim
    case msssim = "ms-ssim"
    case lpips
    case lpipsVGG = "lpips-vgg"
    case lpipsSqueeze = "lpips-squeeze"
    case fid
    case rfid
    case cleanFID = "fid-clean"
    case inceptionScore = "is"
    case clip
    case flicker
    case landmarks
    case landmarksOfBox = "landmarks-box"
    case landmarksOfEyes = "landmarks-eyes"
    case expression
    case headPose = "head-pose"
    case identity
    case identityRank = "identity-rank"
    case iou
    case absRel = "absrel"
    case rmse
    case absRelAligned = "absrel-aligned"
    case rmseAligned = "rmse-aligned"
    case normals

    /// What the pictures of a metric are.
    public enum Subject: Sendable { case colour, mask, depth, normal }

    /// What it compares.
    public var subject: Subject {
        switch self {
        case .iou: .mask
        case .absRel, .rmse, .absRelAligned, .rmseAligned: .depth
        case .normals: .normal
        default: .colour
        }
    }

    /// Whether it is a figure of the whole set, not of each pair.
    public var isOfSet: Bool { isOfInception || self == .flicker }

    /// Whether it compares what Inception sees.
    var isOfInception: Bool { [.fid, .rfid, .cleanFID, .inceptionScore].contains(self) }

    /// Whether faces have to be tracked for it.
    public var needsFace: Bool {
        needsIdentity
            || [.landmarks, .landmarksOfBox, .landmarksOfEyes, .expression, .headPose].contains(
                self)
    }

    /// Whether it compares whose faces they are.
    var needsIdentity: Bool { self == .identity || self == .identityRank }

    /// What a better value is.
    public var isBetterHigher: Bool {
        [.psnr, .ssim, .msssim, .inceptionScore, .clip, .identity, .iou].contains(self)
    }

    /// The name in tables.
    public var title: String {
        switch self {
        case .psnr: "PSNR"
        case .ssim: "SSIM"
        case .msssim: "MS-SSIM"
        case .lpips: "LPIPS"
        case .lpipsVGG: "LPIPS-VGG"
        case .lpipsSqueeze: "LPIPS-Squeeze"
        case .fid: "FID"
        case .rfid: "rFID"
        case .cleanFID: "clean-FID"
        case .inceptionScore: "IS"
        case .clip: "CLIP-score"
        case .flicker: "Flicker"
        case .landmarks: "Landmarks-px"
        case .landmarksOfBox: "Landmarks-box%"
        case .landmarksOfEyes: "Landmarks-eyes%"
        case .expression: "Expression"
        case .headPose: "Head-pose°"
        case .identity: "Identity"
        case .identityRank: "Identity-rank"
        case .iou: "IoU"
        case .absRel: "AbsRel"
        case .rmse: "RMSE"
        case .absRelAligned: "AbsRel-aligned"
        case .rmseAligned: "RMSE-aligned"
        case .normals: "Normal-error"
        }
    }

    /// The network of an LPIPS.
    var architecture: ClassifierFeatures.Architecture? {
        switch self {
        case .lpips: .alexnet
        case .lpipsVGG: .vgg16
        case .lpipsSqueeze: .squeezenet
        default: nil
        }
    }
}
