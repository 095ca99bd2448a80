import Foundation
import Media
import Spatial

/// Where a picture lies, and how its samples become what its kind promises.
struct PictureFile: Sendable {
    enum Place: Sendable {
        /// A PNG, JPEG or WebP file.
        case image(URL)
        /// An .npy of H×W, H×W×C or C×H×W numbers.
        case array(URL)
        /// A TIFF file.
        case tiff(URL)
        /// An image file that is a record of a database.
        case record(LMDBFile, String)
        /// A frame of a video.
        case video(VideoFrames, Int)
    }

    /// What the samples mean.
    enum Coding: Sendable {
        /// As the kind says: colours in 0…1, opacity as the first channel, normals as (n + 1)/2 of
        /// images and as they are of arrays, numbers of parts.
        case plain
        /// 1 less the opacity.
        case inverted
        /// The alpha of a picture with colours; 1 everywhere where it has none.
        case alpha
        /// Depths in units of so many metres.
        case depth(metresPerUnit: Float)
        /// Depths in metres that are greatest where there is nothing, which is not known then.
        case depthBeforeNothing
        /// The same depths, as a mask of where there is something.
        case somethingByDepth
        /// Normals of an array in OpenGL's axes (x right, y up, z backward).
        case openGLNormal

        fileprivate var isMask: Bool {
            if case .somethingByDepth = self { true } else { false }
        }
    }

    /// Which columns of the file the picture is.
    enum Half: Sendable { case whole, left, right }

    var place: Place
    var coding = Coding.plain
    var half = Half.whole

    init(_ place: Place, coding: Coding = .plain, half: Half = .whole) {
        (self.place, self.coding, self.half) = (place, coding, half)
    }

    /// The file.
    var url: URL {
        switch place {
        case .image(let url), .array(let url), .tiff(let url): url
        case .record(let database, _): database.url
        case .video(let video, _): video.url
        }
    }

    /// Whether there is such a file or frame.
    var exists: Bool {
        switch place {
        case .image(let url), .array(let url), .tiff(let url):
            FileManager.default.fileExists(atPath: url.path)
        case .record(let database, let key): (try? database.contains(key)) == true
        case .video(let video, let frame): frame < video.frameCount
        }
    }

    /// The picture, of the size of its camera.
    ///
    /// - Throws: `MediaError` where the file is not there or damaged; `CaptureError.sizes`.
    func read(_ kind: PictureKind, size camera: Camera) async throws -> Image {
        var (image, highest) = try await samples()
        if half != .whole {
            let width = image.width / 2
            image = image.cropped(
                x: half == .left ? 0 : image.width - width, y: 0, width: width,
                height: image.height)
        }
        return try fitted(decoded(image, highest: highest, as: kind), kind, camera)
    }

    /// The samples as the file has them, and what the integer for 1 is; of an array 1.
    private func samples() async throws -> (Image, highest: Float) {
        func highest(_ file: ImageFile) -> Float { Float(1 << file.bitDepth - 1) }
        switch place {
        case .image(let url):
            let file = try ImageFile(contentsOf: url)
            return (file.image, highest(file))
        case .array(let url):
            return (try Image(array: NumPyArray.read(contentsOf: url), name: url.relativePath), 1)
        case .tiff(let url):
            return (try TIFFFile(contentsOf: url).image, 1)
        case .record(let database, let key):
            guard let bytes = try database.value(for: key) else {
                throw MediaError.missingEntry(
                    file: database.url.relativePath, name: key, available: [])
            }
            let file = try ImageFile(
                bytes: bytes, name: "\(database.url.relativePath) (\(key))")
            return (file.image, highest(file))
        case .video(let video, let frame):
            return (try await video.frame(frame), 255)
        }
    }

    private func decoded(_ image: Image, highest: Float, as kind: PictureKind) throws -> Image {
        switch (coding, kind) {
        case (.alpha, _):
            return image.alpha
                ?? Image(width: image.width, height: image.height, channels: 1, filledWith: 1)
        case (.inverted, _):
            return image.channels(0..<1).mapped { 1 - $0 }
        case (.depth(let unit), _):
            let factor = highest * unit
            return image.channels(0..<1).mapped { $0.isFinite ? $0 * factor : 0 }
        case (.depthBeforeNothing, _), (.somethingByDepth, _):
            let depth = image.channels(0..<1)
            let nothing = depth.samples.max() ?? 0
            return coding.isMask
                ? depth.mapped { $0 < nothing ? 1 : 0 } : depth.mapped { $0 < nothing ? $0 : 0 }
        case (.openGLNormal, _):
            return try threeChannels(image).turned()
        case (.plain, .colour), (.plain, .albedo):
            // Of what is transparent the colour is kept: alpha is the mask's business.
            return image.channels >= 3 ? image.channels(0..<3) : image.channels(0..<1).flattened()
        case (.plain, .mask): return image.channels(0..<1)
        case (.plain, .depth), (.plain, .parts):
            return highest == 1
                ? image.channels(0..<1) : image.channels(0..<1).mapped { $0 * highest }
        case (.plain, .normal):
            let normals = try threeChannels(image)
            return highest == 1 ? normals : normals.normalsFromColours()
        }
    }

    private func threeChannels(_ image: Image) throws -> Image {
        guard image.channels >= 3 else {
            throw MediaError.unsupported(
                file: url.relativePath, found: "a picture of \(image.channels) channels",
                expected: "normals of three")
        }
        return image.channels(0..<3)
    }

    /// The picture at its camera's size: others than colours may be coarser or finer.
    private func fitted(_ image: Image, _ kind: PictureKind, _ camera: Camera) throws -> Image {
        if image.width == camera.width && image.height == camera.height { return image }
        let shapes = (
            Float(image.width) * Float(camera.height), Float(image.height) * Float(camera.width)
        )
        guard kind != .colour, abs(shapes.0 / shapes.1 - 1) < 0.02 else {
            throw CaptureError.sizes(
                file: url.relativePath, found: "\(image.width) × \(image.height) pixels",
                expected: "\(camera.width) × \(camera.height)")
        }
        return kind.isContinuous
            ? image.resized(width: camera.width, height: camera.height)
            : image.nearest(width: camera.width, height: camera.height)
    }
}
