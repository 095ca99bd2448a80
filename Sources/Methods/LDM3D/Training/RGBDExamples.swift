import Spatial

/// Pictures with depth and captions to learn from.
public protocol RGBDExamples: Sendable {
    /// How many there are.
    var count: Int { get }
    /// What they are, for reports.
    var name: String { get }
    /// What depth means in metres, where it is known.
    var depthRange: DepthRange? { get }
    /// Texts whose words captions are made of, for a vocabulary.
    var words: [String] { get }
    /// How many answers each question about a caption has, where it is known what captions claim.
    var claimCounts: [Int] { get }

    /// One of them; the same for the same index, whatever the thread.
    ///
    /// - Throws: `MediaError` or `TrainingDataError` where it comes from a file that cannot be used.
    func example(_ index: Int) throws -> RGBDExample
    /// The caption of one of them, as `example` gives it, without the picture.
    func caption(_ index: Int) -> String
    /// A caption, perhaps of no example, and its answer to each question.
    func claims(_ index: Int) -> (caption: String, answers: [Int])
}

extension RGBDExamples {
    public var claimCounts: [Int] { [] }
    public func claims(_ index: Int) -> (caption: String, answers: [Int]) { ("", []) }
}

/// A picture with depth and its caption.
public struct RGBDExample: Sendable {
    /// Four channels in 0…1: display RGB, and relative inverse depth (larger is nearer).
    public var image: Image
    public var caption: String

    public init(image: Image, caption: String) { (self.image, self.caption) = (image, caption) }
}

/// Generated scenes of simple solids: endless, exact, and the same for the same seed.
public struct ShapeScenes: RGBDExamples {
    public let count: Int
    public let seed: UInt64
    public let size: Int
    /// Whether pairs of solids come up that training never shows together.
    public let isComplete: Bool

    /// - Parameters:
    ///   - count: how many there are to be.
    ///   - size: pixels of a side.
    public init(seed: UInt64, count: Int, size: Int = 64, isComplete: Bool = false) {
        (self.seed, self.count, self.size) = (seed, count, size)
        self.isComplete = isComplete
    }

    public var name: String { "\(count) generated scenes of seed \(seed)" }
    public var depthRange: DepthRange? { ShapeScene.depthRange }
    public var words: [String] { SceneCaption.allWords }

    /// The scene and its caption; unless the set is complete, pairs that are held out do not come up.
    public func scene(_ index: Int) -> (scene: ShapeScene, caption: SceneCaption) {
        var seed = SplitMix.mix(seed, UInt64(index))
        while true {
            let scene = ShapeScene.random(seed: seed)
            let caption = SceneCaption(of: scene, seed: seed)
            if isComplete || !caption.isHeldOut { return (scene, caption) }
            seed = SplitMix.mix(seed, 1)
        }
    }

    public func caption(_ index: Int) -> String { scene(index).caption.text }

    public var claimCounts: [Int] { SceneCaption.claimCounts }

    public func claims(_ index: Int) -> (caption: String, answers: [Int]) {
        let caption = scene(index).caption
        return (caption.text, caption.claims)
    }

    public func example(_ index: Int) -> RGBDExample {
        let (scene, caption) = scene(index)
        return RGBDExample(image: scene.rendered(size: size), caption: caption.text)
    }
}
