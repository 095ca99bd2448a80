import Foundation
import Spatial

/// Looks at the frames of a clip one after the other and gathers what the fit needs of each.
///
/// It follows one person: where there are several, the largest at first, later the one who is nearest
/// to where the person was.
final class EvidenceGatherer {
    /// How often it is looked whether there are others, in frames.
    private static let censusInterval = 10

    private let holistic: HolisticTracker
    private let faces: FaceTracker
    private let matter: PersonMatter
    private var thumbnail: [Float]?
    private var meanChange: Float = 0.02
    private var hasOthers = false
    private var index = 0
    private(set) var evidence: ClipEvidence

    init(graphs: TrackingGraphs, width: Int, height: Int) throws {
        holistic = try HolisticTracker(
            graphs: graphs, isVideo: true, wantsMask: false, smooths: false)
        faces = try FaceTracker(graphs: graphs, isVideo: true)
        matter = try PersonMatter(graphs: graphs)
        evidence = ClipEvidence(width: width, height: height)
    }

    /// Begins a run of frames anew, so that it does not depend on how the one before was come by but
    /// through its last frame.
    func restart(after last: ClipEvidence?, number: Int) {
        holistic.restart()
        holistic.poses.place = last.flatMap { run in
            (0..<run.count).reversed().lazy.compactMap { run.box($0)?.centre }.first
        }
        thumbnail = nil
        meanChange = 0.02
        hasOthers = last?.flags.last?.contains(.others) ?? false
        index = number
        evidence = ClipEvidence(width: evidence.width, height: evidence.height)
    }

    /// All that the next frame depends on but the evidence.
    struct State: Codable {
        var holistic: HolisticTracker.State
        var faces: [Region]
        var thumbnail: [Float]?
        var meanChange: Float
        var hasOthers: Bool
        var index: Int
    }

    var state: State {
        State(
            holistic: holistic.state, faces: faces.regions, thumbnail: thumbnail,
            meanChange: meanChange, hasOthers: hasOthers, index: index)
    }

    /// Goes on inside a run, as if it had not been interrupted.
    func resume(_ state: State, _ evidence: ClipEvidence) {
        holistic.state = state.holistic
        faces.regions = state.faces
        (thumbnail, meanChange) = (state.thumbnail, state.meanChange)
        (hasOthers, index) = (state.hasOthers, state.index)
        self.evidence = evidence
    }

    /// Takes a frame of three channels.
    ///
    /// - Parameters:
    ///   - depth: The distance of each pixel in millimetres, one channel, 0 where not known.
    ///   - isAlone: Whether the picture does not follow the one before.
    /// - Returns: The person's mask at the picture's size; nil for nobody.
    func take(_ image: Image, at time: Double, depth: Image? = nil, isAlone: Bool = false)
        throws -> Image?
    {
        var flags: FrameFlags = []
        if isCut(to: image) || isAlone {
            flags.insert(.cut)
            holistic.restart()
        }
        var frame = TrackedFrame(time: time, width: image.width, height: image.height)
        var mask: Image?
        if let person = try holistic.track(image, at: time) {
            frame.pose = person.pose
            frame.faces = [person.face].compactMap { $0 }
            frame.hands = [person.leftHand, person.rightHand].compactMap { $0 }
            let whole = Region(wholeOf: image)
            let picture = Box(minimum: .zero, maximum: whole.size)
            if let box = (person.pose.outline ?? person.pose.box())?.intersection(picture) {
                holistic.poses.place = box.centre
                mask = try matter.quickMatte(image, pose: person.pose, box: box)
            }
        }
        if frame.faces.isEmpty && frame.pose == nil, let face = try faces.track(image).first {
            frame.faces = [face]
            let reach = Vector2(2, 1) * face.box.size
            let below = Box(
                minimum: face.box.minimum - reach,
                maximum: face.box.maximum + reach * Vector2(1, 5))
            let picture = Box(minimum: .zero, maximum: Region(wholeOf: image).size)
            if let box = below.intersection(picture) {
                mask = try matter.quickMatte(image, pose: nil, box: box)
            }
        }
        if frame.isEmpty { flags.insert(.nobody) }
        if index % Self.censusInterval == 0 || flags.contains(.cut) {
            hasOthers = try countPeople(image) > 1
        }
        if hasOthers { flags.insert(.others) }
        index += 1
        evidence.append(frame, picture: image, mask: mask, depth: depth, flags: flags)
        return mask
    }

    private func countPeople(_ image: Image) throws -> Int {
        var boxes: [Region] = []
        for person in try holistic.poses.people(in: image) {
            let region = PoseLandmarker.region(of: person)
            let isNew = boxes.allSatisfy {
                ($0.centre - region.centre).length > 0.15 * max($0.size.x, region.size.x)
            }
            if isNew { boxes.append(region) }
        }
        return boxes.count
    }

    /// Whether most of the picture has changed since the frame before, and much more than it does.
    private func isCut(to image: Image) -> Bool {
        let small = image.resized(width: 24, height: 24).samples
        defer { thumbnail = small }
        guard let thumbnail, thumbnail.count == small.count else { return false }
        let change =
            zip(small, thumbnail).reduce(Float(0)) { $0 + abs($1.0 - $1.1) } / Float(small.count)
        defer { meanChange += 0.1 * (min(change, 0.1) - meanChange) }
        return change > max(0.12, 5 * meanChange)
    }
}
