import Foundation
import Spatial

/// A still image as a file had it: its samples and what the camera wrote beside them.
public struct ImageFile: Sendable {
    /// The picture, upright: the orientation that EXIF gives is applied. 1 channel (grey), 2 (grey,
    /// alpha), 3 (RGB) or 4 (RGB, alpha not premultiplied), display-encoded, in 0…1.
    ///
    /// Colour profiles and PNG's gAMA are ignored: samples are taken as sRGB.
    public let image: Image
    public let format: ImageFormat
    /// The bits of a sample in the file: 1, 2, 4, 8 or 16.
    public let bitDepth: Int
    /// The focal length that would give the same field of view on 35 mm film, millimetres; nil
    /// where the file does not say. The field of view along the diagonal is
    /// 2·atan(43.27 / (2·focalLength35mm)).
    public let focalLength35mm: Float?

    /// The greatest number of pixels that is read, 2²⁶ (67 megapixels): as RGB floats 805 MB.
    /// It is checked against the header, before any memory is taken.
    public static let pixelLimit = 1 << 26

    /// The greatest number of bytes of a file.
    static let byteLimit = 1 << 30

    /// Reads a PNG, JPEG or WebP image.
    ///
    /// - Throws: `MediaError` where there is no such file, it is something else, it has too many
    ///   pixels, or it is damaged or cut short.
    public init(contentsOf url: URL) throws {
        let source = try ByteSource(contentsOf: url)
        guard source.count <= Self.byteLimit else {
            throw MediaError.tooLarge(
                file: source.name, found: "\(source.count) bytes",
                limit: "\(Self.byteLimit) bytes for an image")
        }
        try self.init(bytes: source.readAll(), name: source.name)
    }

    /// Reads an image in memory; `name` is for error messages.
    public init(bytes: [UInt8], name: String) throws {
        guard let format = ImageFormat(of: bytes) else {
            throw MediaError.unsupported(
                file: name, found: ImageFormat.describe(bytes), expected: ImageFormat.accepted)
        }
        let raster: Raster
        switch format {
        case .png: raster = try PNG.decode(bytes, name: name)
        case .jpeg: raster = try JPEG.decode(bytes, name: name)
        case .webp: raster = try WebP.decode(bytes, name: name)
        }
        let exif = raster.exif.map { EXIF($0) } ?? EXIF()
        self.format = format
        bitDepth = raster.bitDepth
        focalLength35mm = exif.focalLength35mm
        image = raster.image.oriented(exif.orientation)
    }

    /// Refuses a size that is nothing or passes the limit.
    static func check(width: Int, height: Int, name: String) throws {
        guard width > 0, height > 0 else {
            throw MediaError.damaged(
                file: name, found: "a size of \(width) × \(height) pixels",
                expected: "an image that is not empty")
        }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixels <= pixelLimit else {
            throw MediaError.tooLarge(
                file: name, found: "\(width) × \(height) pixels",
                limit: "\(pixelLimit / 1_000_000) megapixels")
        }
    }
}

/// What a decoder returns.
struct Raster {
    var image: Image
    var bitDepth: Int
    /// The TIFF structure of the EXIF block, if there is one.
    var exif: ArraySlice<UInt8>?
}

extension Image {
    /// Reads a PNG, JPEG or WebP image, upright; see `ImageFile` for what else such a file says.
    ///
    /// - Throws: As `ImageFile.init(contentsOf:)`.
    public static func read(contentsOf url: URL) throws -> Image {
        try ImageFile(contentsOf: url).image
    }

    /// Reads a PNG, JPEG or WebP image in memory; `name` is for error messages.
    ///
    /// - Throws: As `ImageFile.init(bytes:name:)`.
    public init(decoding bytes: [UInt8], name: String) throws {
        self = try ImageFile(bytes: bytes, name: name).image
    }
}
