/// The image formats that are read, told apart by their first bytes and never by a file's name.
public enum ImageFormat: String, Sendable {
    case png = "PNG"
    case jpeg = "JPEG"
    case webp = "WebP"

    /// The format that `bytes` begin like, or nil.
    public init?(of bytes: [UInt8]) {
        if bytes.starts(with: PNG.signature) {
            self = .png
        } else if bytes.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if bytes.starts(with: Array("RIFF".utf8)),
            bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
        {
            self = .webp
        } else {
            return nil
        }
    }

    /// What the formats are called in a sentence.
    static let accepted = "a PNG, JPEG or WebP image"

    /// What a file that is none of them seems to be, with its article.
    static func describe(_ bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "an empty file" }
        let known: [(offset: Int, start: String, name: String)] = [
            (0, "GIF8", "a GIF image"), (0, "BM", "a BMP image"),
            (0, "II*\0", "a TIFF image"), (0, "MM\0*", "a TIFF image"),
            (4, "ftypheic", "an HEIC image"), (4, "ftypheix", "an HEIC image"),
            (4, "ftypmif1", "an HEIF image"), (4, "ftypavif", "an AVIF image"),
            (4, "ftyp", "a video"), (0, "\u{1a}E", "a video"), (0, "RIFF", "a RIFF file"),
            (0, "%PDF", "a PDF document"), (0, "PK\u{3}\u{4}", "a zip archive"),
            (0, "#?RADIANCE", "a Radiance HDR image"), (0, "8BPS", "a Photoshop document"),
        ]
        for (offset, start, name) in known
        where bytes.dropFirst(offset).starts(with: Array(start.utf8)) {
            return name
        }
        if bytes.starts(with: [0x1f, 0x8b]) { return "a gzip file" }
        if bytes.starts(with: [0xff, 0x0a]) { return "a JPEG XL image" }
        // A multi-byte character may be cut at the end of what is looked at.
        let start = bytes.prefix(1024)
        let isText =
            !start.contains { $0 < 9 || $0 > 13 && $0 < 32 && $0 != 27 }
            && (0..<4).contains { String(validating: start.dropLast($0), as: UTF8.self) != nil }
        return isText ? "a text file" : "a file of a kind that is not known"
    }
}
