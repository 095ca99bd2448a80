/// What can be measured on pairs of pictures, by the names of the command line.
public enum EvaluationMetric: String, CaseIterable, Sendable {
    case psnr, ssim
    case msssim = "ms-ssim"
    case lpips
    case lpipsVGG = "lpips-vgg"
    case lpipsSqueeze = "lpips-squeeze"
    case fid
    case inceptionScore = "is"
    case flicker
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
    public var isOfSet: Bool { [.fid, .inceptionScore, .flicker].contains(self) }

    /// What a better value is.
    public var isBetterHigher: Bool {
        [.psnr, .ssim, .msssim, .inceptionScore, .iou].contains(self)
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
        case .inceptionScore: "IS"
        case .flicker: "Flicker"
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
