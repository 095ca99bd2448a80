import Foundation
import Media
import Spatial

extension RGBDExamples {
    /// Writes the first examples as a folder that `RGBDFolder` reads: NNNNNN.png, NNNNNN-depth.png of 16
    /// bits, NNNNNN.txt, and depth.json where it is known what depth means.
    ///
    /// - Throws: `MediaError`; what `example` throws.
    public func write(_ count: Int, to folder: URL, overwrite: Bool = false) throws {
        for index in 0..<min(count, self.count) {
            let example = try example(index)
            let stem = String(format: "%06d", index)
            try example.image.channels(0..<3).writePNG(
                to: folder.appendingPathComponent("\(stem).png"), overwrite: overwrite)
            try example.image.channels(3..<4).writePNG(
                to: folder.appendingPathComponent("\(stem)-depth.png"), bitDepth: 16,
                overwrite: overwrite)
            try AtomicFile.write(
                Array((example.caption + "\n").utf8),
                to: folder.appendingPathComponent("\(stem).txt"), overwrite: overwrite)
        }
        try depthRange?.write(toModelFolder: folder)
    }
}
