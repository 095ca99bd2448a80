/// The ways in which captures lie on disk.
public enum CaptureLayout: String, CaseIterable, Sendable, Codable {
    case likeness
    case xHumans = "x-humans"
    case neuMan = "neuman"
    case actorsHQ = "actorshq"
    case dreams = "dreams-avatar"
    case persona
    case gaussianAvatars = "gaussian-avatars"
    case gagAvatar = "gagavatar"
    case colmap
    case nerfstudio
    case rgbd = "rgb-d"
    case images
    case video
    case pointCloud = "point-cloud"

    /// What it is, in a sentence that begins "PATH is".
    public var title: String {
        switch self {
        case .likeness: "a capture of our own"
        case .xHumans: "a subject of X-Humans"
        case .neuMan: "a sequence of NeuMan"
        case .actorsHQ: "a capture of ActorsHQ"
        case .dreams: "a capture of DREAMS-Avatar"
        case .persona: "a subject of PERSONA"
        case .gaussianAvatars: "a head tracked by VHAP for GaussianAvatars"
        case .gagAvatar: "a database of heads for GAGAvatar"
        case .colmap: "a reconstruction by COLMAP"
        case .nerfstudio: "a capture for nerfstudio"
        case .rgbd: "a folder of colour and depth"
        case .images: "a folder of images"
        case .video: "a video"
        case .pointCloud: "a point cloud"
        }
    }

    /// What it is recognised by.
    var sign: String {
        switch self {
        case .likeness: "capture.json of likeness track or likeness studio"
        case .xHumans: "train/ or test/ with Take*/render/image"
        case .neuMan: "images/, segmentations/ and sparse/"
        case .actorsHQ: "calibration.csv with rgbs/ or images/, here or in 1x, 2x or 4x"
        case .dreams: "cameras.json, capture.json and videos/"
        case .persona: "captured/images or images/ with cam_params/"
        case .gaussianAvatars: "transforms_train.json whose frames have timestep_index"
        case .gagAvatar: "img_lmdb/ and optim.pkl"
        case .colmap: "cameras.bin or cameras.txt in sparse/0, sparse or here"
        case .nerfstudio: "transforms.json or transforms_train.json"
        case .rgbd: "a folder depth/ beside rgb/, color/, colour/, image/ or images/"
        case .images: "PNG, JPEG or WebP files"
        case .video: "a file that ends in .mp4, .mov, .m4v, .mkv, .webm or .avi"
        case .pointCloud: "a file that ends in .ply"
        }
    }
}
