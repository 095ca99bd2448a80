import Foundation

/// What pictures are to show, in words.
public enum Captions {
    /// The captions of a sequence's pictures, in their order.
    ///
    /// - Parameter file: nil takes NAME.txt beside each picture. Else a file: .json, an object of captions by
    ///   the pictures' names; .jsonl, an object with "file_name" and "text" a line, as Hugging Face's image
    ///   folders have it; any other, a caption a line, in the pictures' order.
    /// - Throws: `EvaluationError.mismatch` where a picture has none.
    public static func read(for pictures: PictureSequence, file: URL?) throws -> [String] {
        guard let file else {
            return try pictures.files.map { picture in
                let url = picture.deletingPathExtension().appendingPathExtension("txt")
                guard let text = try? String(contentsOf: url, encoding: .utf8) else {
                    throw EvaluationError.mismatch(
                        file: url.relativePath, found: "no text",
                        expected: "the caption of \(picture.lastPathComponent), or --captions,")
                }
                return text.trimmingCharacters(in: .whitespacesAndNewlines)
            }
        }
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            throw EvaluationError.mismatch(
                file: file.relativePath, found: "no text", expected: "captions")
        }
        let lines = text.split(whereSeparator: \.isNewline)
        var named: [String: String] = [:]
        switch file.pathExtension.lowercased() {
        case "json": named = object(text) as? [String: String] ?? [:]
        case "jsonl":
            for line in lines {
                guard let entry = object(String(line)), let name = entry["file_name"] as? String
                else { continue }
                named[name] = entry["text"] as? String
            }
        default:
            guard lines.count == pictures.files.count else {
                throw EvaluationError.mismatch(
                    file: file.relativePath, found: "\(lines.count) lines",
                    expected: "one for each of the \(pictures.files.count) pictures")
            }
            return lines.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        return try pictures.files.map { picture in
            let name = picture.lastPathComponent
            guard
                let caption = named[name]
                    ?? named[picture.deletingPathExtension().lastPathComponent]
            else {
                throw EvaluationError.mismatch(
                    file: file.relativePath, found: "no caption for \(name)",
                    expected: "one for each picture")
            }
            return caption
        }
    }

    private static func object(_ text: String) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    }
}
