import Spatial

/// MediaPipe's Holistic: body, face and both hands of one person, of a picture or through a video.
///
/// The body says where face and hands are; a small detector for each finds their exact regions.
public final class HolisticTracker {
    /// What was found of the person.
    public struct Person: Sendable {
        public var pose: PoseLandmarks
        public var face: FaceLandmarks?
        /// The person's own left hand.
        public var leftHand: HandLandmarks?
        public var rightHand: HandLandmarks?
        /// The body's mask at the picture's size, if wanted.
        public var mask: Image?
    }

    let poses: PoseTracker
    private let faceDetector: FaceDetector
    private let mesh: FaceMesh
    private let recropper: HandRecropper
    private let landmarker: HandLandmarker
    private let isVideo: Bool
    /// What the frame before showed.
    private var face: FaceLandmarks?
    private var hands: [HandLandmarks.Side: HandLandmarks] = [:]

    /// Loads the graphs.
    ///
    /// - Parameters:
    ///   - isVideo: Whether pictures follow one another, so that each part is looked for where it was,
    ///     and the body's points are smoothed in time.
    ///   - wantsMask: Whether to give the body's mask too.
    /// - Throws: `TrackingError`.
    public convenience init(graphs: TrackingGraphs, isVideo: Bool, wantsMask: Bool = false) throws {
        try self.init(graphs: graphs, isVideo: isVideo, wantsMask: wantsMask, smooths: isVideo)
    }

    init(graphs: TrackingGraphs, isVideo: Bool, wantsMask: Bool, smooths: Bool) throws {
        poses = try PoseTracker(
            graphs: graphs, isVideo: isVideo, wantsMask: wantsMask, smooths: smooths)
        faceDetector = try FaceDetector(.short, graphs: graphs)
        mesh = try FaceMesh(isRefined: true, graphs: graphs)
        recropper = try HandRecropper(graphs: graphs)
        landmarker = try HandLandmarker(graphs: graphs)
        self.isVideo = isVideo
    }

    /// The person of a picture of at least three channels; nil if there is none.
    ///
    /// - Parameter time: Seconds, later than the frame's before.
    public func track(_ image: Image, at time: Double) throws -> Person? {
        guard let (pose, mask) = try poses.track(image, at: time) else {
            (face, hands) = (nil, [:])
            return nil
        }
        let found = Person(
            pose: pose, face: try face(of: pose, in: image),
            leftHand: try hand(.left, of: pose, in: image),
            rightHand: try hand(.right, of: pose, in: image), mask: mask)
        if isVideo {
            face = found.face
            hands[.left] = found.leftHand
            hands[.right] = found.rightHand
        }
        return found
    }

    /// Where everything was, without what is smoothed.
    struct State: Codable {
        var region: Region?
        var place: Vector2?
        var face: FaceLandmarks?
        var hands: [HandLandmarks]
    }

    /// What the frame before showed; to be set where none is smoothed.
    var state: State {
        get {
            State(
                region: poses.region, place: poses.place, face: face,
                hands: [.left, .right].compactMap { hands[$0] })
        }
        set {
            poses.restart(at: newValue.region)
            poses.place = newValue.place
            face = newValue.face
            hands = Dictionary(uniqueKeysWithValues: newValue.hands.map { ($0.side, $0) })
        }
    }

    /// Forgets where everything was, but for the region to look for the body in.
    func restart(at region: Region? = nil) {
        poses.restart(at: region)
        (face, hands) = (nil, [:])
    }

    private func face(of pose: PoseLandmarks, in image: Image) throws -> FaceLandmarks? {
        let points = pose.points.prefix(11).map(\.position.planar)
        let unit = pose.region.unit
        var about = Region(around: points.map { $0 / unit }, unit: unit)
        about.rotation = Region.rotation(
            from: points[PosePoint.rightEye.rawValue], to: points[PosePoint.leftEye.rawValue],
            target: 0)
        let region = about.transformed(scale: 3)
        guard let detection = try faceDetector.detect(in: image, region: region).first else {
            return nil
        }
        var close = detection.core
        close.rotation = Region.rotation(
            from: detection.keypoints[0], to: detection.keypoints[1], target: 0)
        let place = close.transformed(scale: 2, shift: Vector2(0, -0.1)).following(
            face.map(FaceMesh.region(of:)), points: face?.allPoints ?? [], tolerance: .face)
        let found = try mesh.landmarks(in: image, region: place)
        return found.score > 0.5 ? found : nil
    }

    private func hand(
        _ side: HandLandmarks.Side, of pose: PoseLandmarks, in image: Image
    ) throws -> HandLandmarks? {
        let names: [PosePoint] =
            side == .left
            ? [.leftWrist, .leftPinky, .leftIndex] : [.rightWrist, .rightPinky, .rightIndex]
        guard pose[names[0]].visibility > 0.1 else { return nil }
        let points = names.map { pose[$0].position.planar }
        let rough = HandRecropper.region(
            wrist: points[0], little: points[1], index: points[2], unit: pose.region.unit)
        let before = hands[side]
        let place = try recropper.region(in: image, rough: rough).following(
            before.map(HandLandmarker.region(of:)), points: before?.points ?? [],
            tolerance: .hand)
        var found = try landmarker.landmarks(in: image, region: place)
        guard found.score > 0.5 else { return nil }
        // The body knows better than the hand by itself whose it is.
        if found.side != side {
            found.side = side
            found.sideScore = 1 - found.sideScore
        }
        return found
    }
}
