import Foundation
import Media

/// What a tracker found out about the person: what holds for all frames, and what for each, as tensors
/// under the names that the rig's own software uses.
///
/// For the rig "anny": `shape.phenotypes` and `shape.local_changes`; `pose` J×4 (w, x, y, z, as in
/// `Pose`), `translation` 3, `expression` 52 in the order of `FaceUnit`. For "smplx": `betas`;
/// `global_orient` 3, `body_pose` 63, `jaw_pose`, `leye_pose`, `reye_pose` 3, `left_hand_pose`,
/// `right_hand_pose` 45 (axis-angles, radians), `expression`, `transl` (metres), and codes of expression
/// `dpe` n×512 where DEGAS' were made (`FaceCodes`). For "flame": `shape`;
/// `expr`, `rotation`, `neck_pose`, `jaw_pose`, `eyes_pose`, `translation` as VHAP names them.
public struct CaptureTracks: Sendable {
    /// The rig: "anny", "smpl", "smplx", "flame".
    public let rig: String
    /// What holds for all frames.
    public let shared: [String: TensorData]
    private let hasTrack: @Sendable (_ frame: Int) -> Bool
    private let read: @Sendable (_ frame: Int) throws -> [String: TensorData]

    /// - Parameters:
    ///   - isTracked: Whether a frame has a track; false for frames that are not there.
    ///   - read: Reads the parameters of a frame that has one.
    init(
        rig: String, shared: [String: TensorData] = [:],
        isTracked: @escaping @Sendable (_ frame: Int) -> Bool,
        read: @escaping @Sendable (_ frame: Int) throws -> [String: TensorData]
    ) {
        (self.rig, self.shared) = (rig, shared)
        (hasTrack, self.read) = (isTracked, read)
    }

    /// Tracks of a file a frame.
    init(
        rig: String, shared: [String: TensorData] = [:], files: [URL?],
        read: @escaping @Sendable (URL) throws -> [String: TensorData]
    ) {
        self.init(
            rig: rig, shared: shared,
            isTracked: { frame in
                guard files.indices.contains(frame), let file = files[frame] else { return false }
                return FileManager.default.fileExists(atPath: file.path)
            }, read: { try read(files[$0]!) })
    }

    /// Whether a frame has a track.
    public func isTracked(_ frame: Int) -> Bool { hasTrack(frame) }

    /// The parameters at a frame, without a dimension for frames; nil where it has no track.
    ///
    /// - Throws: `MediaError` where their file is damaged.
    public func parameters(at frame: Int) throws -> [String: TensorData]? {
        hasTrack(frame) ? try read(frame) : nil
    }

    /// The tracks with more parameters of the frames that have some.
    func adding(
        _ more: @escaping @Sendable (_ frame: Int) throws -> [String: TensorData]
    ) -> CaptureTracks {
        CaptureTracks(rig: rig, shared: shared, isTracked: hasTrack) { frame in
            try read(frame).merging(more(frame)) { _, new in new }
        }
    }

    /// Tracks out of tensors whose first dimension is that of the frames; others hold for all frames.
    ///
    /// - Parameter isTracked: Whether a frame has a track.
    init(
        rig: String, stacked: [String: TensorData], frameCount: Int,
        isTracked: @escaping @Sendable (Int) -> Bool = { _ in true }
    ) {
        let perFrame = stacked.filter { !$0.value.shape.isEmpty && $0.value.shape[0] == frameCount }
        self.init(
            rig: rig, shared: stacked.filter { perFrame[$0.key] == nil },
            isTracked: { (0..<frameCount).contains($0) && isTracked($0) },
            read: { frame in perFrame.mapValues { $0.row(frame) } })
    }

    /// Tracks in a safetensors file, of which only the rows that are asked for are read.
    ///
    /// - Throws: `MediaError` where what holds for all frames cannot be read.
    init(
        rig: String, file: SafetensorsFile, frameCount: Int, leavingOut omitted: Set<String> = [],
        isTracked: @escaping @Sendable (Int) -> Bool
    ) throws {
        let names = file.names.filter { !omitted.contains($0) }
        let perFrame = names.filter {
            $0.hasPrefix("shape.") ? false : file.layout(of: $0)?.shape.first == frameCount
        }
        var shared: [String: TensorData] = [:]
        for name in names where !perFrame.contains(name) { shared[name] = try file.tensor(name) }
        self.init(
            rig: rig, shared: shared,
            isTracked: { (0..<frameCount).contains($0) && isTracked($0) },
            read: { frame in
                var values: [String: TensorData] = [:]
                for name in perFrame {
                    values[name] = try file.tensor(name, rows: frame..<frame + 1).row(0)
                }
                return values
            })
    }
}

extension TensorData {
    /// The elements at one index of the first dimension, which is left away.
    func row(_ index: Int) -> TensorData {
        let size = bytes.count / max(1, shape[0])
        return TensorData(
            elementType: elementType, shape: Array(shape.dropFirst()),
            bytes: Array(bytes[index * size..<(index + 1) * size]))
    }
}
