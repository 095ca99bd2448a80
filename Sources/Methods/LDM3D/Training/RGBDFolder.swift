import Foundation
import Media
import Spatial

/// A folder of one's own pictures to learn from: for each NAME.png (or .jpg) a 16-bit NAME-depth.png
/// and a NAME.txt with the caption.
///
/// Depth is relative inverse depth as DPT gives it: 65535 is nearest. An optional `depth.json` says what
/// it means: `{"near": 0.5, "far": 10, "verticalFOV": 55}` (metres, metres, degrees).
public struct RGBDFolder: RGBDExamples {
    public let url: URL
    /// Pixels of a side; pictures are cut to a square in their middle and resized.
    public let size: Int
    public let depthRange: DepthRange?
    private let files: [URL]
    private let captions: [String]

    /// Looks the folder through and reads the captions; pictures are read when they are asked for.
    ///
    /// - Throws: `TrainingDataError` where the folder holds no pictures, or one lacks its depth or
    ///   caption; `DiffusionError` where its depth.json makes no sense.
    public init(_ url: URL, size: Int) throws {
        (self.url, self.size) = (url, size)
        let entries = try? FileManager.default.contentsOfDirectory(
            at: url, includingPropertiesForKeys: nil)
        guard let entries else {
            throw TrainingDataError(
                "There is no folder \(url.relativePath) that can be read; --data takes a folder of "
                    + "NAME.png, NAME-depth.png and NAME.txt.")
        }
        files = entries.filter {
            ["png", "jpg", "jpeg", "webp"].contains($0.pathExtension.lowercased())
                && !$0.deletingPathExtension().lastPathComponent.hasSuffix("-depth")
        }.sorted { $0.lastPathComponent < $1.lastPathComponent }
        guard !files.isEmpty else {
            throw TrainingDataError(
                "\(url.relativePath) has no pictures; put NAME.png, NAME-depth.png (16 bits) and "
                    + "NAME.txt (the caption) into it.")
        }
        captions = try files.map(Self.caption(of:))
        depthRange = try DepthRange(modelFolder: url)
    }

    public var count: Int { files.count }
    public var name: String { "\(files.count) pictures of \(url.relativePath)" }

    public var words: [String] { captions }
    public func caption(_ index: Int) -> String { captions[index] }

    public func example(_ index: Int) throws -> RGBDExample {
        let file = files[index]
        var colour = try Image.read(contentsOf: file)
        if colour.channels == 1 {
            colour = Image(
                width: colour.width, height: colour.height, channels: 3,
                samples: colour.samples + colour.samples + colour.samples)
        } else if colour.channels != 3 {
            colour = colour.channels(0..<3)
        }
        let depth = try ImageFile(contentsOf: Self.depthFile(of: file))
        guard depth.bitDepth == 16 else {
            throw TrainingDataError(
                "\(Self.depthFile(of: file).relativePath) has \(depth.bitDepth) bits a sample, and "
                    + "16 are needed; write depth as a 16-bit PNG.")
        }
        guard depth.image.width == colour.width, depth.image.height == colour.height else {
            throw TrainingDataError(
                "\(Self.depthFile(of: file).relativePath) has \(depth.image.width) × "
                    + "\(depth.image.height) pixels, and the picture beside it \(colour.width) × "
                    + "\(colour.height); make them the same.")
        }
        let samples =
            colour.squared(to: size).samples
            + depth.image.channels(0..<1).squared(to: size).samples
        return RGBDExample(
            image: Image(width: size, height: size, channels: 4, samples: samples),
            caption: captions[index])
    }

    private static func depthFile(of file: URL) -> URL {
        file.deletingLastPathComponent().appendingPathComponent(
            file.deletingPathExtension().lastPathComponent + "-depth.png")
    }

    private static func caption(of file: URL) throws(TrainingDataError) -> String {
        let stem = file.deletingPathExtension()
        guard FileManager.default.fileExists(atPath: depthFile(of: file).path) else {
            throw TrainingDataError(
                "\(file.relativePath) has no \(depthFile(of: file).lastPathComponent) beside it; "
                    + "add its depth as a 16-bit PNG, or remove the picture.")
        }
        let text = stem.appendingPathExtension("txt")
        guard let caption = try? String(contentsOf: text, encoding: .utf8) else {
            throw TrainingDataError(
                "\(file.relativePath) has no readable \(text.lastPathComponent) beside it; "
                    + "write its caption there, or remove the picture.")
        }
        return caption.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

extension Image {
    /// The largest square in the middle, at another size.
    fileprivate func squared(to size: Int) -> Image {
        let side = min(width, height)
        return cropped(x: (width - side) / 2, y: (height - side) / 2, width: side, height: side)
            .resized(width: size, height: size)
    }
}

/// Data to learn from that cannot be used.
public struct TrainingDataError: InputError, Equatable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
