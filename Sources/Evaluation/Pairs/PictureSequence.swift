import Foundation
import Media
import Spatial

/// The pictures of a file or a folder, in order, read one at a time.
public struct PictureSequence: Sendable {
    /// The pictures' files.
    public let files: [URL]
    /// What was given.
    public let url: URL

    private static let endings: Set<String> = ["png", "jpg", "jpeg", "webp"]

    /// The pictures of a folder in the order of their names, numbers by their value; or one picture.
    ///
    /// - Throws: `EvaluationError.empty` where there is none.
    public init(_ url: URL) throws {
        self.url = url
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw EvaluationError.empty(path: url.relativePath, expected: "a picture or a folder")
        }
        if isFolder.boolValue {
            let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
            files = names.filter {
                !$0.hasPrefix(".")
                    && Self.endings.contains(
                        URL(fileURLWithPath: $0).pathExtension.lowercased())
            }.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
                .map { url.appendingPathComponent($0) }
        } else {
            files = [url]
        }
        guard !files.isEmpty else {
            throw EvaluationError.empty(
                path: url.relativePath, expected: "a folder with .png, .jpg or .webp pictures")
        }
    }

    /// The files of a folder that were written to it, such as the frames of a video.
    public init(files: [URL], of url: URL) { (self.files, self.url) = (files, url) }

    /// Whether the first picture is a map of numbers of 16 bits, as depths are.
    public func holdsDepth() throws -> Bool {
        let first = try ImageFile(contentsOf: files[0])
        return first.bitDepth == 16 && first.image.channels == 1
    }

    /// The pictures of both that belong together: of the same names, within what was given and without
    /// their endings; or, where no name is in both, in their order.
    ///
    /// - Throws: `EvaluationError.mismatch` where some have no partner.
    public func paired(with other: PictureSequence) throws -> [(own: URL, other: URL)] {
        let named = Dictionary(
            other.files.map { (other.name(of: $0), $0) }, uniquingKeysWith: { a, _ in a })
        let matches = files.compactMap { file in
            named[name(of: file)].map { (own: file, other: $0) }
        }
        if matches.count == files.count { return matches }
        guard matches.isEmpty, files.count == other.files.count else {
            let lonely = files.first { named[name(of: $0)] == nil } ?? files[0]
            throw EvaluationError.mismatch(
                file: other.url.relativePath,
                found: "\(other.files.count) pictures and none for \(lonely.lastPathComponent)",
                expected: "one for each of the \(files.count) in \(url.relativePath)")
        }
        return zip(files, other.files).map { (own: $0, other: $1) }
    }

    /// A picture's path within the folder, or its name where it is the only one, without its ending.
    private func name(of file: URL) -> String {
        let (whole, parts) = (url.standardizedFileURL.path, file.standardizedFileURL.path)
        let inner = parts.hasPrefix(whole + "/") ? String(parts.dropFirst(whole.count + 1)) : nil
        let name = inner ?? file.lastPathComponent
        return String(name.dropLast(file.pathExtension.count))
    }
}
