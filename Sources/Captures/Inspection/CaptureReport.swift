import Foundation
import Media
import Spatial

/// What a capture consists of, and what is wrong with it.
public struct CaptureReport: Encodable, Sendable {
    /// A device.
    public struct CameraLine: Encodable, Sendable {
        public let name: String
        public let width: Int
        public let height: Int
        /// The vertical field of view, degrees.
        public let verticalFOV: Float
        /// The model of its lens: "none", "polynomial", "fisheye" or "fieldOfView".
        public let distortion: String
        public let isCalibrated: Bool
        /// Whether its place differs between views.
        public let moves: Bool
        public let views: Int
    }

    /// What a tracker found out.
    public struct TrackLine: Encodable, Sendable {
        public let rig: String
        /// How many frames have a track.
        public let frames: Int
    }

    /// Points of a scan or a reconstruction.
    public struct PointLine: Encodable, Sendable {
        public let count: Int
        public let faces: Int
        /// The extent along x, y and z.
        public let extent: [Float]
    }

    public let path: String
    public let layout: CaptureLayout
    public let frameRate: Double
    public let frames: Int
    /// How many takes the frames belong to.
    public let sequences: Int
    public let views: Int
    public let cameras: [CameraLine]
    /// Of how many views there is a picture of each kind.
    public internal(set) var pictures: [PictureKind: Int] = [:]
    /// The bytes of the files that hold pictures.
    public internal(set) var bytes = 0
    /// How many views are for what.
    public let parts: [CaptureView.Part: Int]
    public let splitRule: String
    public let tracks: TrackLine?
    public internal(set) var points: PointLine?
    public let partNames: [String]
    public let provenance: [String: String]
    /// A sentence each; empty where nothing is wrong that was looked for.
    public internal(set) var problems: [String]

    /// Looks at all of a capture: at the header of every picture, and at masks of up to `maskLimit` views,
    /// evenly spread.
    ///
    /// - Parameter progress: Called with how many views were looked at.
    /// - Throws: `CancellationError`, and what `progress` throws. What is wrong with files becomes
    ///   problems.
    public init(
        of capture: Capture, maskLimit: Int = 200, progress: (Int) throws -> Void = { _ in }
    ) async throws {
        path = capture.url.relativePath
        layout = capture.layout
        frameRate = capture.frameRate
        frames = capture.frames.count
        sequences = Set(capture.frames.map(\.sequence)).count
        views = capture.views.count
        cameras = Self.lines(of: capture)
        parts = Dictionary(capture.views.map { ($0.part, 1) }, uniquingKeysWith: +)
        splitRule = capture.splitRule
        partNames = capture.partNames
        provenance = capture.provenance
        problems = capture.problems
        tracks = capture.tracks.map { tracks in
            TrackLine(
                rig: tracks.rig, frames: capture.frames.indices.count { tracks.isTracked($0) })
        }
        try checkFiles(of: capture, progress)
        try await checkMasks(of: capture, limit: maskLimit)
        checkTracks(of: capture)
        checkCameras(of: capture)
        checkPoints(of: capture)
    }

    private static func lines(of capture: Capture) -> [CameraLine] {
        var counts = [Int](repeating: 0, count: capture.cameras.count)
        var moves = [Bool](repeating: false, count: capture.cameras.count)
        for view in capture.views {
            counts[view.cameraIndex] += 1
            if view.camera.viewMatrix != capture.cameras[view.cameraIndex].camera.viewMatrix {
                moves[view.cameraIndex] = true
            }
        }
        return capture.cameras.enumerated().map { index, camera in
            let distortion =
                switch camera.distortion {
                case .none: "none"
                case .polynomial: "polynomial"
                case .fisheye: "fisheye"
                case .fieldOfView: "fieldOfView"
                }
            let pinhole = camera.camera
            return CameraLine(
                name: camera.name, width: pinhole.width, height: pinhole.height,
                verticalFOV: pinhole.verticalFOV * 180 / .pi, distortion: distortion,
                isCalibrated: camera.isCalibrated, moves: moves[index], views: counts[index])
        }
    }

    private mutating func checkTracks(of capture: Capture) {
        guard let tracks, tracks.frames < frames, let all = capture.tracks else { return }
        let without = capture.frames.indices.filter { !all.isTracked($0) }
        problems.append(
            "\(without.count) of \(frames) frames have no track: \(Self.stretches(without)).")
    }

    private mutating func checkPoints(of capture: Capture) {
        guard capture.hasPoints else { return }
        do {
            guard let mesh = try capture.points() else { return }
            let finite = mesh.positions.filter { $0.x.isFinite && $0.y.isFinite && $0.z.isFinite }
            let first = finite.first ?? .zero
            let extent =
                finite.reduce(first, pointwiseMax) - finite.reduce(first, pointwiseMin)
            points = PointLine(
                count: mesh.positions.count, faces: mesh.faces.count,
                extent: [extent.x, extent.y, extent.z])
            if finite.count < mesh.positions.count {
                problems.append(
                    "\(mesh.positions.count - finite.count) of \(mesh.positions.count) points are at "
                        + "no place: their coordinates are no finite numbers.")
            }
            if finite.isEmpty { problems.append("There are no points.") }
        } catch {
            problems.append("\(error)")
        }
    }

    /// Numbers as ranges, the first few of them: "3, 7–9 and 4 more".
    static func stretches(_ numbers: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers {
            if let last = ranges.last, number == last.upperBound + 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        let shown = ranges.prefix(6).map {
            $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)"
        }
        let rest = ranges.dropFirst(6).reduce(0) { $0 + $1.count }
        return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}

extension Camera {
    /// The full vertical field of view, radians.
    fileprivate var verticalFOV: Float { 2 * atan2(Float(height) / 2, intrinsics.fy) }
}
