import Foundation

/// Where things are in a capture.
public struct CaptureFolder: Equatable, Sendable {
    public let url: URL

    public init(_ url: URL) { self.url = url }

    public var manifest: URL { url.appendingPathComponent("capture.json") }
    /// Shape, poses, expressions, translations and landmarks.
    public var tracks: URL { url.appendingPathComponent("tracks.safetensors") }
    public var overlay: URL { url.appendingPathComponent("overlay.mp4") }

    /// The picture of a frame.
    public func frame(_ index: Int) -> URL { file("frames", index, "jpg") }
    /// The person's opacity, 8-bit grey.
    public func mask(_ index: Int) -> URL { file("masks", index, "png") }
    /// The distance of the surface in millimetres, 16-bit grey; 0 where not known.
    public func depth(_ index: Int) -> URL { file("depth", index, "png") }

    private func file(_ folder: String, _ index: Int, _ kind: String) -> URL {
        let digits = String(index)
        let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        return url.appendingPathComponent(folder).appendingPathComponent("\(name).\(kind)")
    }
}
