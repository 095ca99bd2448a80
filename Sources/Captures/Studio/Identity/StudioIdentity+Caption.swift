import Rigs
import Spatial

extension StudioIdentity {
    /// The person in words, such as "a young woman with long brown hair, wearing a striped red shirt".
    public var caption: String {
        let isFemale = shape[.gender] > 0.5
        let age = shape[.age] < 0.72 ? "young" : shape[.age] < 0.84 ? "middle-aged" : "old"
        let article = age == "old" ? "an" : "a"
        var text = "\(article) \(age) \(isFemale ? "woman" : "man") with \(hairWords)"
        if hair.beard > 0 {
            text += " and a beard"
        } else if skin.stubble > 0.5 {
            text += " and stubble"
        }
        if skin.freckles > 0.3 { text += ", freckles" }
        return text + ", wearing \(outfit.top.words)"
    }

    private var hairWords: String {
        let tint =
            hair.grey > 0.5
            ? "grey" : Self.colourName(hair.colour, among: Self.hairNames)
        switch hair.style {
        case .bald: return "a bald head"
        case .buzz: return "very short \(tint) hair"
        case .crop: return "short \(tint) hair"
        case .sidePart: return "short parted \(tint) hair"
        case .curls: return "curly \(tint) hair"
        case .bob: return "a \(tint) bob"
        case .long: return "long \(tint) hair"
        case .wavy: return "long wavy \(tint) hair"
        case .bun: return "\(tint) hair in a bun"
        }
    }

    private static let hairNames: [(String, Vector3)] = [
        ("black", Vector3(0.055, 0.045, 0.04)), ("dark brown", Vector3(0.13, 0.085, 0.06)),
        ("brown", Vector3(0.24, 0.15, 0.09)), ("light brown", Vector3(0.4, 0.22, 0.11)),
        ("red", Vector3(0.42, 0.17, 0.08)), ("dark blond", Vector3(0.64, 0.47, 0.28)),
        ("blond", Vector3(0.74, 0.6, 0.4)),
    ]

    static func colourName(_ colour: Vector3, among names: [(String, Vector3)]) -> String {
        names.min { ($0.1 - colour).lengthSquared < ($1.1 - colour).lengthSquared }!.0
    }
}

extension Garment {
    private static let names: [(String, Vector3)] = [
        ("white", Vector3(0.93, 0.92, 0.89)), ("black", Vector3(0.16, 0.17, 0.19)),
        ("navy", Vector3(0.13, 0.2, 0.36)), ("red", Vector3(0.55, 0.13, 0.14)),
        ("green", Vector3(0.2, 0.36, 0.28)), ("yellow", Vector3(0.78, 0.62, 0.3)),
        ("light blue", Vector3(0.46, 0.56, 0.68)), ("pink", Vector3(0.72, 0.5, 0.48)),
        ("grey", Vector3(0.42, 0.42, 0.44)), ("brown", Vector3(0.5, 0.36, 0.26)),
        ("beige", Vector3(0.84, 0.78, 0.68)), ("purple", Vector3(0.33, 0.24, 0.42)),
        ("teal", Vector3(0.16, 0.44, 0.5)), ("orange", Vector3(0.86, 0.44, 0.26)),
    ]

    /// The garment in words, such as "a striped red t-shirt".
    var words: String {
        let kind: [Cut: String] = [
            .tank: "tank top", .shirt: "t-shirt", .longSleeve: "long-sleeved shirt",
            .sweater: "sweater", .trousers: "trousers", .jeans: "jeans", .shorts: "shorts",
            .skirt: "skirt", .shoes: "shoes",
        ]
        let look: [Pattern: String] = [
            .plain: "", .stripes: "striped ", .checks: "checked ", .dots: "dotted ",
            .print: "printed ", .denim: "", .knit: "knitted ",
        ]
        let tint = StudioIdentity.colourName(colour, among: Self.names)
        let words = "\(look[pattern]!)\(tint) \(kind[cut]!)"
        return "aeiou".contains(words.first!) ? "an \(words)" : "a \(words)"
    }
}
