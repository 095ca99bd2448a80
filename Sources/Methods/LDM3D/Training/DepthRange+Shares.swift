import Foundation
import Media

extension DepthRange {
    /// The value of 0…1 that stands for a distance, clamped; networks learn it as −1…1.
    public func share(ofDistance distance: Float) -> Float {
        min(max((1 / distance - 1 / far) / (1 / near - 1 / far), 0), 1)
    }

    /// The distance in metres that a value of 0…1 stands for.
    public func distance(ofShare share: Float) -> Float { 1 / (share / near + (1 - share) / far) }

    /// Writes `depth.json`, for those who use the model.
    ///
    /// - Throws: `MediaError`.
    public func write(toModelFolder folder: URL) throws {
        let degrees = verticalFOV * 180 / .pi
        let text = "{\"near\": \(near), \"far\": \(far), \"verticalFOV\": \(degrees)}\n"
        try AtomicFile.write(
            Array(text.utf8), to: folder.appendingPathComponent("depth.json"), overwrite: true)
    }
}
