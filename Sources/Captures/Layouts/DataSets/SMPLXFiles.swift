import Foundation
import Media

/// The parameters of SMPL-X as PERSONA, ExAvatar and their kin keep them: a JSON file of arrays a frame in
/// `smplx_params/`, and what holds for the person in `shape_param.json`, `face_offset.json` and
/// `joint_offset.json` beside it.
enum SMPLXFiles {
    /// Their names, and those of SMPL-X's own software.
    private static let names = [
        "root_pose": "global_orient", "body_pose": "body_pose", "jaw_pose": "jaw_pose",
        "leye_pose": "leye_pose", "reye_pose": "reye_pose", "lhand_pose": "left_hand_pose",
        "rhand_pose": "right_hand_pose", "expr": "expression", "trans": "transl",
    ]

    /// Tracks out of such files.
    ///
    /// - Parameters:
    ///   - person: The folder with what holds for the person.
    ///   - files: The file of each frame.
    /// - Throws: `MediaError` where the person's files are damaged.
    static func tracks(person: URL, files: [URL]) throws -> CaptureTracks {
        var shared: [String: TensorData] = [:]
        for (file, name) in [
            ("shape_param", "betas"), ("face_offset", "face_offset"),
            ("joint_offset", "joint_offset"), ("locator_offset", "locator_offset"),
        ] {
            let url = person.appendingPathComponent("\(file).json")
            guard FileManager.default.fileExists(atPath: url.path) else { continue }
            let array = try LayoutSupport.json(
                NumberArray.self, url, expected: "an array of numbers")
            shared[name] = array.tensor
        }
        return CaptureTracks(rig: "smplx", shared: shared, files: files) { file in
            let arrays = try LayoutSupport.json(
                [String: NumberArray].self, file, expected: "arrays of numbers by name")
            return Dictionary(
                arrays.map { (names[$0.key] ?? $0.key, flat($0.value.tensor)) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    /// Joints' rotations one after the other.
    private static func flat(_ tensor: TensorData) -> TensorData { tensor.reshaped([tensor.count]) }
}

/// An array of numbers of any depth in JSON; every row of one is as long as the others.
struct NumberArray: Decodable {
    let tensor: TensorData

    init(from decoder: any Decoder) throws {
        var values: [Float] = []
        let shape = try Self.collect(decoder, &values, depth: 0)
        tensor = TensorData(values, shape: shape)
    }

    private static func collect(
        _ decoder: any Decoder, _ values: inout [Float], depth: Int
    ) throws -> [Int] {
        guard depth < 8, var items = try? decoder.unkeyedContainer() else {
            values.append(try decoder.singleValueContainer().decode(Float.self))
            return []
        }
        var shape: [Int]?
        var count = 0
        while !items.isAtEnd {
            let inner = try collect(items.superDecoder(), &values, depth: depth + 1)
            guard shape == nil || shape == inner else {
                throw DecodingError.dataCorruptedError(
                    in: items, debugDescription: "rows of different lengths")
            }
            shape = inner
            count += 1
        }
        return [count] + (shape ?? [])
    }
}

extension CaptureTracks {
    /// Tracks in an .npz, whose arrays are stacked over frames where they have as many rows.
    ///
    /// - Parameter rows: The row of each frame; nil where it has none. Those that the file does not have
    ///   are of frames without a track.
    /// - Throws: `MediaError` where the file is damaged.
    init(rig: String, npz url: URL, rows: [Int?]) throws {
        let file = try NPZFile(contentsOf: url)
        let tensors = try file.tensors()
        // As many rows as what must be there for every frame has.
        let count =
            ["transl", "global_orient", "poses", "trans", "frames"].lazy
            .compactMap { tensors[$0]?.shape.first }.first ?? 0
        guard count > 0 else {
            throw MediaError.damaged(
                file: url.relativePath, found: "no rows", expected: "one of each frame")
        }
        let stacked = CaptureTracks(rig: rig, stacked: tensors, frameCount: count)
        self.init(
            rig: rig, shared: stacked.shared,
            isTracked: { frame in
                guard rows.indices.contains(frame), let row = rows[frame] else { return false }
                return (0..<count).contains(row)
            },
            read: { try stacked.parameters(at: rows[$0]!) ?? [:] })
    }
}
