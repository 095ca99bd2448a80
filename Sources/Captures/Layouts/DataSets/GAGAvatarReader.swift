import Foundation
import Media
import Spatial

/// Reads a database of heads as GAGAvatar's tracker makes it: pictures in the LMDB `img_lmdb/` by
/// "VIDEO_FRAME", and `optim.pkl` (or `smoothed.pkl`) with, for each, bbox, shapecode 300, expcode 100,
/// posecode 6, eyecode 6 and transform_matrix 3×4; `dataset.json` lists what is for training,
/// validation and testing.
///
/// The matrix [R | T] is PyTorch3D's: a row vector x goes to x·R + T, x left and y up. The focal length is
/// 12 of half the picture, and lengths are FLAME's times 5.
enum GAGAvatarReader {
    /// The focal length in halves of the picture.
    private static let focal: Float = 12
    /// How much FLAME is enlarged.
    private static let scale = "5"

    /// The file with the parameters.
    static func records(in place: Place) -> String? {
        ["optim.pkl", "smoothed.pkl"].first { place.names.contains($0) }
    }

    static func read(_ url: URL) throws -> Capture {
        guard let name = records(in: Place(url)) else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .gagAvatar, missing: "it has no optim.pkl")
        }
        let file = url.appendingPathComponent(name)
        let database = try LMDBFile(contentsOf: url.appendingPathComponent("img_lmdb"))
        guard case .dictionary(let pairs) = try Pickle.read(contentsOf: file) else {
            throw MediaError.damaged(
                file: file.relativePath, found: "no dictionary", expected: "records by picture")
        }
        var records: [String: PickleValue] = [:]
        for (key, value) in pairs { if let key = key.text { records[key] = value } }
        var capture = Capture(layout: .gagAvatar, url: url)
        let parts = try parts(&capture)
        let keys = try order(
            records.keys.filter { parts == nil || parts![$0] != nil }, file: file)
        let size = try size(database, keys, url)
        for key in keys {
            let camera = try camera(records[key]!, key, size, file)
            capture.frames.append(
                CaptureFrame(name: key, sequence: sequence(key)))
            capture.views.append(
                CaptureView(
                    frame: capture.frames.count - 1, cameraIndex: 0, camera: camera,
                    part: parts?[key] ?? .train))
        }
        capture.cameras = [CaptureCamera(name: "camera", camera: capture.views[0].camera)]
        if parts == nil { splitBySequence(&capture) }
        capture.provenance["flame_scale"] = scale
        capture.kinds = [.colour]
        capture.locate = { kind, view in
            kind == .colour ? PictureFile(.record(database, keys[view])) : nil
        }
        let tracks = keys.map { records[$0]! }
        capture.tracks = CaptureTracks(
            rig: "flame", isTracked: tracks.indices.contains,
            read: { try parameters(tracks[$0]) })
        return capture
    }

    /// The video of a key, all before the last "_".
    private static func sequence(_ key: String) -> String {
        key.lastIndex(of: "_").map { String(key[..<$0]) } ?? ""
    }

    private static func order(_ keys: [String], file: URL) throws -> [String] {
        guard !keys.isEmpty else {
            throw MediaError.damaged(
                file: file.relativePath, found: "no records of pictures", expected: "some")
        }
        return keys.sorted(by: LayoutSupport.isBefore)
    }

    private static func parts(_ capture: inout Capture) throws -> [String: CaptureView.Part]? {
        let file = capture.url.appendingPathComponent("dataset.json")
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let lists = try LayoutSupport.json(
            [String: [String]].self, file, expected: "lists of keys by train, val and test")
        capture.splitRule = "as dataset.json says"
        var parts: [String: CaptureView.Part] = [:]
        let names: [(String, CaptureView.Part)] = [
            ("train", .train), ("val", .validation), ("test", .test),
        ]
        for (name, part) in names { for key in lists[name] ?? [] { parts[key] = part } }
        return parts
    }

    /// People are held out, and not pictures of people that were learned from.
    private static func splitBySequence(_ capture: inout Capture) {
        var sequences: [String] = []
        for frame in capture.frames where sequences.last != frame.sequence {
            sequences.append(frame.sequence)
        }
        guard sequences.count >= 8 else { return capture.splitByRule() }
        let heldOut = Set(sequences.enumerated().filter { $0.offset % 8 == 0 }.map(\.element))
        capture.splitRule = "each eighth video is held out"
        for index in capture.views.indices
        where heldOut.contains(capture.frames[capture.views[index].frame].sequence) {
            capture.views[index].part = .test
        }
    }

    private static func size(
        _ database: LMDBFile, _ keys: [String], _ url: URL
    ) throws -> (width: Int, height: Int) {
        for key in keys.prefix(64) {
            guard let bytes = try database.value(for: key) else { continue }
            let header = try ImageHeader(
                bytes: bytes, name: "\(database.url.relativePath) (\(key))")
            return (header.width, header.height)
        }
        throw CaptureError.incomplete(
            path: url.relativePath, layout: .gagAvatar,
            missing: "img_lmdb/ has none of the first pictures of its records")
    }

    private static func numbers(_ value: PickleValue?) throws -> [Float]? {
        if let tensor = value?.tensor { return try tensor.read().floats() }
        guard let items = value?.items else { return nil }
        var numbers: [Float] = []
        for item in items {
            if let real = item.real {
                numbers.append(Float(real))
            } else if let row = try self.numbers(item) {
                numbers += row
            } else {
                return nil
            }
        }
        return numbers
    }

    private static func camera(
        _ record: PickleValue, _ key: String, _ size: (width: Int, height: Int), _ file: URL
    ) throws -> Camera {
        guard let m = try numbers(record["transform_matrix"]), m.count >= 12 else {
            throw MediaError.damaged(
                file: file.relativePath, found: "no transform_matrix of \"\(key.prefix(60))\"",
                expected: "3 × 4 numbers")
        }
        let matrix = AffineTransform(rowMajor: m)
        // From row vectors to columns, and from x left, y up to x right, y down.
        let turn = Matrix3(diagonal: Vector3(-1, -1, 1))
        let half = Float(min(size.width, size.height)) / 2
        return try LayoutSupport.camera(
            Intrinsics(
                fx: focal * half, fy: focal * half, cx: Float(size.width) / 2,
                cy: Float(size.height) / 2), width: size.width, height: size.height,
            viewMatrix: AffineTransform(
                linear: turn * matrix.linear.transposed, translation: turn * matrix.translation),
            file: file)
    }

    /// A record's parameters under VHAP's names.
    private static func parameters(_ record: PickleValue) throws -> [String: TensorData] {
        var values: [String: TensorData] = [:]
        let names = [
            "shapecode": "shape", "expcode": "expr", "eyecode": "eyes_pose", "bbox": "bbox",
        ]
        for (theirs, ours) in names {
            if let numbers = try numbers(record[theirs]) { values[ours] = TensorData(numbers) }
        }
        if let pose = try numbers(record["posecode"]), pose.count == 6 {
            values["rotation"] = TensorData(Array(pose[..<3]))
            values["jaw_pose"] = TensorData(Array(pose[3...]))
        }
        return values
    }
}
