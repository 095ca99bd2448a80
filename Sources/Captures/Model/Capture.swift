import Foundation
import Media
import Spatial

/// What was recorded of a person: moments, cameras, and for each camera at each moment a view with its
/// pictures.
///
/// Opening one reads what says what there is; pictures, tracks and points are read when asked for.
/// Views are ordered by frame, then by camera. A `CapturePictures` keeps pictures in memory and reads
/// ahead.
public struct Capture: Sendable {
    /// How its files are laid out.
    public let layout: CaptureLayout
    /// The file or folder it was read from.
    public let url: URL
    /// Frames a second; 0 for photographs.
    public var frameRate: Double = 0
    public var frames: [CaptureFrame] = []
    public var cameras: [CaptureCamera] = []
    public var views: [CaptureView] = []
    /// What there are pictures of, of some views at least.
    public var kinds: Set<PictureKind> = []
    /// Whether depth is in metres; otherwise it is right up to a factor and an offset only.
    public var depthIsMetric = true
    /// What the numbers of `PictureKind.parts` stand for; the first is what is no part.
    public var partNames: [String] = []
    /// How views came to be for training or for testing, in words.
    public var splitRule = ""
    /// The person's shape, and pose and expression at each frame; nil where nobody tracked it.
    public var tracks: CaptureTracks?
    /// Stretches of frames to be known of.
    public var events: [CaptureManifest.Event] = []
    /// What its makers wrote about it, by key.
    public var provenance: [String: String] = [:]
    /// What its reader stumbled over, a sentence each.
    public var problems: [String] = []
    /// Where a picture of a view lies; nil where the layout has no place for one.
    var locate: @Sendable (_ kind: PictureKind, _ view: Int) -> PictureFile? = { _, _ in nil }
    /// Reads the points of the scene or the scan.
    var readPoints: (@Sendable () throws -> ColouredMesh)?

    init(layout: CaptureLayout, url: URL) {
        (self.layout, self.url) = (layout, url)
    }

    /// A picture of a view, freed of its lens's distortion, of the size of the view's camera; nil where
    /// there is none of that kind.
    ///
    /// - Throws: `MediaError` where its file is damaged, or the picture that must be there is not;
    ///   `CaptureError.sizes` where it is of another shape than the camera says.
    public func picture(_ kind: PictureKind, of view: Int) async throws -> Image? {
        guard let file = locate(kind, view), kind == .colour || file.exists else { return nil }
        let camera = views[view].camera
        let image = try await file.read(kind, size: camera)
        return cameras[views[view].cameraIndex].distortion
            .undistorted(image, of: camera, kind: kind)
    }

    /// Whether there is a picture, as far as can be told without decoding it.
    public func hasPicture(_ kind: PictureKind, of view: Int) -> Bool {
        locate(kind, view)?.exists ?? false
    }

    /// The file that a picture is in; nil where the layout has no place for one.
    public func file(_ kind: PictureKind, of view: Int) -> URL? { locate(kind, view)?.url }

    /// Whether the capture has points: a scan, or what a reconstruction found.
    public var hasPoints: Bool { readPoints != nil }

    /// The points, with faces where they are a scan's; nil where there are none.
    ///
    /// - Throws: `MediaError` where their file is damaged.
    public func points() throws -> ColouredMesh? { try readPoints?() }

    /// The views that are for something, as indices into `views`.
    public func views(for part: CaptureView.Part) -> [Int] {
        views.indices.filter { views[$0].part == part }
    }

    /// The views of a frame: they lie together.
    public func views(ofFrame frame: Int) -> Range<Int> {
        let start = views.partitioningIndex { $0.frame >= frame }
        return start..<views.partitioningIndex { $0.frame > frame }
    }
}

extension Array {
    /// The first index whose element satisfies a condition that all after it satisfy too.
    fileprivate func partitioningIndex(where isSecond: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
