import Foundation
import Spatial

extension CaptureReport {
    /// The report for people, line by line.
    public func lines(path: String) -> [String] {
        var lines = ["\(path): \(layout.title)"]
        func add(_ key: String, _ text: String) {
            lines.append("  \(key.padding(toLength: 11, withPad: " ", startingAt: 0)) \(text)")
        }
        if frames > 0 {
            var text = Self.count(frames, "frame")
            if frameRate > 0 {
                text += String(
                    format: ", %.4g a second, %.1f s", frameRate, Double(frames) / frameRate)
            }
            if sequences > 1 { text += ", \(sequences) takes" }
            add("frames", text)
        }
        for (index, camera) in cameras.prefix(8).enumerated() {
            add(index == 0 ? "cameras" : "", Self.text(camera))
        }
        if cameras.count > 8 { add("", "and \(cameras.count - 8) more") }
        if views > 0 {
            let kinds = PictureKind.allCases.compactMap { kind in
                pictures[kind].map { "\(kind.rawValue) \($0)" }
            }
            add("pictures", "\(kinds.joined(separator: ", ")) of \(Self.count(views, "view"))")
            add("size", ByteCountFormatter.string(fromByteCount: Int64(bytes), countStyle: .file))
            let split = CaptureView.Part.allCases.compactMap { part in
                parts[part].map { "\(part.rawValue) \($0)" }
            }
            add("split", "\(split.joined(separator: ", ")): \(splitRule)")
        }
        if let tracks { add("tracks", "\(tracks.rig), of \(Self.count(tracks.frames, "frame"))") }
        if let points {
            let extent = points.extent.map { String(format: "%.3g", $0) }
            add(
                "points",
                "\(points.count)" + (points.faces > 0 ? " in \(points.faces) triangles" : "")
                    + ", \(extent.joined(separator: " × "))")
        }
        if !partNames.isEmpty { add("parts", partNames.joined(separator: ", ")) }
        for (key, value) in provenance.sorted(by: { $0.key < $1.key }) { add(key, value) }
        for problem in problems { add("problem", problem) }
        return lines
    }

    private static func text(_ camera: CameraLine) -> String {
        var text =
            "\(camera.name): \(camera.width) × \(camera.height), "
            + String(format: "%.1f° high", camera.verticalFOV)
        if camera.distortion != "none" { text += ", distortion \(camera.distortion)" }
        if camera.moves { text += ", moves" }
        return text + (camera.isCalibrated ? "" : ", lens and place not known")
    }

    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
