import Foundation
import Media
import Spatial

/// What readers of layouts have in common.
enum LayoutSupport {
    /// The endings of pictures.
    static let pictureEndings: Set<String> = ["png", "jpg", "jpeg", "webp"]
    static let videoEndings: Set<String> = ["mp4", "mov", "m4v", "mkv", "webm", "avi"]

    /// The names of the files in a folder that end in one of `endings`, numbers in order of size; empty
    /// where there is no folder. Hidden ones are left out.
    static func names(in folder: URL, endings: Set<String>) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return all.filter { name in
            !name.hasPrefix(".") && endings.contains(ending(of: name).lowercased())
        }.sorted(by: isBefore)
    }

    /// The names of the folders in a folder, as `names`.
    static func folders(in folder: URL) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return all.filter { name in
            var isFolder: ObjCBool = false
            let path = folder.appendingPathComponent(name).path
            return !name.hasPrefix(".")
                && FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                && isFolder.boolValue
        }.sorted(by: isBefore)
    }

    static func ending(of name: String) -> Substring {
        name.lastIndex(of: ".").map { name[name.index(after: $0)...] } ?? ""
    }

    /// A name without its ending.
    static func stem(_ name: String) -> String {
        name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    /// The last number in a name, such as 12 in "color_000012".
    static func number(in name: String) -> Int? {
        let digits = name.reversed().drop { !$0.isASCII || !$0.isNumber }
            .prefix { $0.isASCII && $0.isNumber }.prefix(18)
        return Int(String(digits.reversed()))
    }

    /// Whether one name comes before another: digits count as numbers.
    static func isBefore(_ a: String, _ b: String) -> Bool {
        a.compare(b, options: [.numeric]) == .orderedAscending
    }

    /// Decodes a JSON file; of its keys `one_word` is `oneWord`.
    ///
    /// - Throws: `MediaError` where it is not there or not what is `expected`.
    static func json<Value: Decodable>(
        _ type: Value.Type, _ url: URL, expected: String
    ) throws -> Value {
        guard let data = try? Data(contentsOf: url) else {
            throw MediaError.notFound(file: url.relativePath)
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: data)
        } catch {
            throw MediaError.damaged(
                file: url.relativePath, found: phrase(error), expected: expected)
        }
    }

    private static func phrase(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _)?: "no \"\(key.stringValue)\""
        case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?:
            "another kind of value at \""
                + context.codingPath.map(\.stringValue).joined(separator: ".") + "\""
        default: "no JSON"
        }
    }

    /// The lines of a text, without the marks of their ends.
    ///
    /// - Throws: `MediaError.notFound`.
    static func lines(_ url: URL) throws -> [Substring] {
        guard let data = try? Data(contentsOf: url) else {
            throw MediaError.notFound(file: url.relativePath)
        }
        return String(decoding: data, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    }

    /// The bytes of a file.
    ///
    /// - Throws: `MediaError.notFound`.
    static func bytes(_ url: URL) throws -> [UInt8] {
        guard let data = try? Data(contentsOf: url) else {
            throw MediaError.notFound(file: url.relativePath)
        }
        return [UInt8](data)
    }

    /// A number of pixels out of a file; 0 where it is none that a picture can have.
    static func pixels(_ value: Float) -> Int {
        value >= 1 && value <= 65536 ? Int(value.rounded()) : 0
    }

    /// A camera out of a file, checked.
    ///
    /// - Throws: `MediaError.damaged` for a size that is none, or numbers that are not finite.
    static func camera(
        _ intrinsics: Intrinsics, width: Int, height: Int,
        viewMatrix: Spatial.AffineTransform = .identity, file: URL
    ) throws -> Camera {
        let m = viewMatrix.rowMajor
        guard (1...1 << 16).contains(width), (1...1 << 16).contains(height),
            width * height <= ImageFile.pixelLimit, intrinsics.fx > 0, intrinsics.fy > 0,
            (intrinsics.fx + intrinsics.fy + intrinsics.cx + intrinsics.cy).isFinite,
            m.allSatisfy(\.isFinite)
        else {
            throw MediaError.damaged(
                file: file.relativePath,
                found: "a camera of \(width) × \(height) pixels and focal lengths "
                    + "\(intrinsics.fx), \(intrinsics.fy)",
                expected: "a size, positive focal lengths and finite numbers")
        }
        return Camera(
            intrinsics: intrinsics, width: width, height: height, viewMatrix: viewMatrix)
    }

    /// A camera for pictures that nobody calibrated: its focal length is the one that EXIF gives, or 1.2
    /// times the longer side, as COLMAP supposes.
    static func guess(width: Int, height: Int, focalLength35mm: Float? = nil) -> Camera {
        let (w, h) = (Float(width), Float(height))
        let focal =
            focalLength35mm.map { $0 / 43.27 * (w * w + h * h).squareRoot() } ?? 1.2 * max(w, h)
        return Camera(
            intrinsics: Intrinsics(fx: focal, fy: focal, cx: w / 2, cy: h / 2), width: width,
            height: height)
    }
}
