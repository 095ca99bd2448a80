import Spatial

/// What a caption claims of a scene, and its words.
public struct SceneCaption: Equatable, Sendable {
    /// A solid as the caption names it.
    public struct Mention: Equatable, Hashable, Sendable {
        public var shape: ShapeScene.Shape
        public var colour: ShapeScene.Colour
        public var size: ShapeScene.Size?

        public init(
            _ colour: ShapeScene.Colour, _ shape: ShapeScene.Shape, _ size: ShapeScene.Size? = nil
        ) { (self.shape, self.colour, self.size) = (shape, colour, size) }
    }

    /// Where a solid that is alone stands.
    public enum Place: String, CaseIterable, Sendable {
        case left, middle, right
    }

    /// From left to right; one or two.
    public var mentions: [Mention]
    /// For a solid that is alone.
    public var place: Place?
    public var floor: ShapeScene.Floor?
    /// The words.
    public var text: String

    /// The caption of a scene, its wording and what it leaves out drawn from a seed.
    public init(of scene: ShapeScene, seed: UInt64) {
        var numbers = SplitMix(seed: seed ^ 0x63_6170_7469_6f6e)
        _ = numbers.next()
        mentions = scene.solids.map {
            Mention($0.colour, $0.shape, numbers.below(2) == 0 ? $0.size : nil)
        }
        floor = numbers.below(4) == 0 ? scene.floor : nil
        if scene.solids.count == 1, numbers.below(4) > 0 {
            place = Place(x: scene.solids[0].x)
        }
        text = ""
        text = Self.words(mentions, place, floor, &numbers)
    }

    /// A caption in the plainest words.
    public init(_ mentions: [Mention], place: Place? = nil, floor: ShapeScene.Floor? = nil) {
        (self.mentions, self.place, self.floor) = (mentions, place, floor)
        let first = Self.words(mentions[0])
        var text = mentions.count == 1 ? first : "\(first) left of \(Self.words(mentions[1]))"
        if mentions.count == 1, let place { text += " \(place.words)" }
        if let floor { text += " on a \(floor.rawValue) floor" }
        self.text = text
    }

    /// Whether all that the caption claims is true of a scene.
    public func holds(of scene: ShapeScene) -> Bool {
        guard scene.solids.count == mentions.count else { return false }
        for (mention, solid) in zip(mentions, scene.solids) {
            guard mention.shape == solid.shape, mention.colour == solid.colour else { return false }
            if let size = mention.size, size != solid.size { return false }
        }
        if let place, place != Place(x: scene.solids[0].x) { return false }
        return floor == nil || floor == scene.floor
    }

    /// Whether training never shows these two solids together: about one pair in ten.
    public var isHeldOut: Bool { mentions.count == 2 && Self.isHeldOut(mentions.map(\.kind)) }

    static func isHeldOut(_ kinds: [Int]) -> Bool {
        kinds.count == 2
            && SplitMix.mix(UInt64(kinds[0]), UInt64(kinds[1])) % 10 == 0
    }
}

extension SceneCaption.Place {
    /// Where a solid at x is said to stand.
    public init(x: Float) { self = x < -0.35 ? .left : x > 0.35 ? .right : .middle }

    var words: String { self == .middle ? "in the middle" : "on the \(rawValue)" }
}

extension SceneCaption.Mention {
    /// A number for shape and colour.
    var kind: Int { SceneCaption.kind(shape, colour) }
}

extension SceneCaption {
    static func kind(_ shape: ShapeScene.Shape, _ colour: ShapeScene.Colour) -> Int {
        ShapeScene.Shape.allCases.firstIndex(of: shape)! * ShapeScene.Colour.allCases.count
            + ShapeScene.Colour.allCases.firstIndex(of: colour)!
    }

    /// What the caption says, question by question: shape, colour and size of the left and of the right
    /// solid, place, floor; 0 where it says nothing.
    var claims: [Int] {
        func number<Value: CaseIterable & Equatable>(_ value: Value?) -> Int {
            value.map { Array(Value.allCases).firstIndex(of: $0)! + 1 } ?? 0
        }
        let solids = (0..<2).flatMap { i -> [Int] in
            guard i < mentions.count else { return [0, 0, 0] }
            let mention = mentions[i]
            return [number(mention.shape), number(mention.colour), number(mention.size)]
        }
        return solids + [number(place), number(floor)]
    }

    static let claimCounts: [Int] = {
        let solid = [
            ShapeScene.Shape.allCases.count, ShapeScene.Colour.allCases.count,
            ShapeScene.Size.allCases.count,
        ]
        return (solid + solid + [Place.allCases.count, ShapeScene.Floor.allCases.count])
            .map { $0 + 1 }
    }()

    /// Every word of every caption, for a vocabulary.
    public static var allWords: [String] {
        ShapeScene.Shape.allCases.flatMap(\.names) + ShapeScene.Colour.allCases.map(\.rawValue)
            + ShapeScene.Floor.allCases.map(\.rawValue) + ShapeScene.Size.allCases.map(\.rawValue)
            + ["a", "an", "and", "floor", "in", "is", "left", "middle", "of", "on", "right"]
            + ["stands", "the", "there", "to", "with", "before", "wall"]
    }

    /// - Parameter usesOtherName: says "ball" and not "sphere".
    private static func words(_ mention: Mention, usesOtherName: Bool = false) -> String {
        let names = mention.shape.names
        let index = usesOtherName ? names.count - 1 : 0
        let size = mention.size.map { "\($0.rawValue) " } ?? ""
        let phrase = "\(size)\(mention.colour.rawValue) \(names[index])"
        return (phrase.hasPrefix("orange") ? "an " : "a ") + phrase
    }

    private static func words(
        _ mentions: [Mention], _ place: Place?, _ floor: ShapeScene.Floor?,
        _ numbers: inout SplitMix
    ) -> String {
        var phrases: [String] = []
        for mention in mentions {
            phrases.append(words(mention, usesOtherName: numbers.below(4) == 0))
        }
        var text = phrases[0]
        if mentions.count == 2 {
            let (left, right) = (phrases[0], phrases[1])
            switch numbers.below(6) {
            case 0: text = "\(left) left of \(right)"
            case 1: text = "\(left) to the left of \(right)"
            case 2: text = "\(right) right of \(left)"
            case 3: text = "\(right) to the right of \(left)"
            case 4: text = "\(left) on the left and \(right) on the right"
            default: text = "\(left) on the left of \(right)"
            }
        } else if let place {
            text += " \(place.words)"
        }
        if let floor { text += " on a \(floor.rawValue) floor" }
        return text
    }
}

extension ShapeScene.Shape {
    /// What captions call it; the first name is the usual one.
    var names: [String] {
        switch self {
        case .sphere: ["sphere", "ball"]
        case .cube: ["cube", "box"]
        case .cylinder: ["cylinder"]
        case .cone: ["cone"]
        case .torus: ["torus", "ring"]
        }
    }
}
