import Foundation
import Media

/// Where LiteRT's library and MediaPipe's graphs lie.
public struct TrackingGraphs: Sendable {
    /// LiteRT's library.
    public var library: URL
    /// The folder of MediaPipe's modules, each a folder of its graphs.
    public var modules: URL

    public init(library: URL, modules: URL) {
        self.library = library
        self.modules = modules
    }

    /// Those that scripts/bootstrap brought.
    ///
    /// - Throws: `MediaError.notInstalled`.
    public static func installed() throws -> TrackingGraphs {
        #if canImport(Darwin)
            let name = "libLiteRt.dylib"
        #else
            let name = "libLiteRt.so"
        #endif
        return TrackingGraphs(
            library: try Installation.locate("ai_edge_litert/\(name)"),
            modules: try Installation.locate("mediapipe/modules"))
    }

    /// Loads the graph at `path` below the modules' folder.
    func model(_ path: String) throws -> LiteRTModel {
        try LiteRTModel(
            contentsOf: modules.appendingPathComponent(path), library: LiteRTLibrary.open(library))
    }
}
