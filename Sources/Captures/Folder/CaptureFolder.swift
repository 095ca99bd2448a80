import Foundation

/// Where things are in a capture.
///
/// Pictures lie in a folder for each kind, by the number of their frame; where there are several
/// cameras, in a folder for each of them below.
public struct CaptureFolder: Equatable, Sendable {
    public let url: URL

    public init(_ url: URL) { self.url = url }

    public var manifest: URL { url.appendingPathComponent("capture.json") }
    /// Shape, poses, expressions, translations and landmarks.
    public var tracks: URL { url.appendingPathComponent("tracks.safetensors") }
    public var overlay: URL { url.appendingPathComponent("overlay.mp4") }

    /// The picture of a frame.
    public func frame(_ index: Int) -> URL { picture(.colour, frame: index) }
    /// The person's opacity, 8-bit grey.
    public func mask(_ index: Int) -> URL { picture(.mask, frame: index) }
    /// The distance of the surface in millimetres, 16-bit grey; 0 where not known.
    public func depth(_ index: Int) -> URL { picture(.depth, frame: index) }

    /// A picture of a frame.
    ///
    /// Masks are 8-bit grey; depth 16-bit grey in millimetres, 0 where not known; normals RGB as
    /// (n + 1)/2, black where not known; parts 8-bit grey, the number of the part.
    ///
    /// - Parameters:
    ///   - camera: The camera's name; nil where there is only one.
    ///   - ending: How the name ends; nil for what `likeness track` writes.
    public func picture(
        _ kind: PictureKind, frame index: Int, camera: String? = nil, ending: String? = nil
    ) -> URL {
        let digits = String(index)
        let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        var folder = url.appendingPathComponent(Self.folder(of: kind))
        if let camera { folder.appendPathComponent(camera) }
        return folder.appendingPathComponent(
            "\(name).\(ending ?? (kind == .colour ? "jpg" : "png"))")
    }

    /// The folder that the pictures of a kind lie in.
    static func folder(of kind: PictureKind) -> String {
        switch kind {
        case .colour: "frames"
        case .mask: "masks"
        case .depth: "depth"
        case .normal: "normals"
        case .albedo: "albedo"
        case .parts: "parts"
        }
    }
}
