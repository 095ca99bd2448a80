import Foundation
import Media

/// Where LiteRT's library and MediaPipe's graphs lie.
public struct TrackingGraphs: Sendable {
    /// LiteRT's library.
    public var library: URL
    /// The folder of MediaPipe's modules, each a folder of its graphs.
    public var modules: URL

    public init(library: URL, modules: URL) {
        self.library = library
        self.modules = modules
    }

    /// Those that scripts/bootstrap brought.
    ///
    /// - Throws: `MediaError.notInstalled`.
    public static func installed() throws -> TrackingGraphs {
        #if canImport(Darwin)
            let name = "libLiteRt.dylib"
        #else
            let name = "libLiteRt.so"
        #endif
        return TrackingGraphs(
            library: try Installation.locate("ai_edge_litert/\(name)"),
            modules: try Installation.locate("mediapipe/modules"))
    }

    /// Loads the graph at `path` below the modules' folder.
    ///
    /// The library trusts a graph's offsets, and a damaged one would crash it: so only the very files
    /// of mediapipe 0.10.21 are let through.
    ///
    /// - Parameters:
    ///   - operators: What the graph needs and the library lacks.
    ///   - edit: Changes the file's content before the library reads it.
    /// - Throws: `TrackingError`.
    func model(
        _ path: String, operators: [CustomOperator] = [], edit: (inout Data) -> Void = { _ in }
    ) throws -> LiteRTModel {
        let file = modules.appendingPathComponent(path)
        guard let known = Self.known[path] else {
            preconditionFailure("\(path) is no graph of mediapipe 0.10.21")
        }
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw TrackingError.graphMissing(file: file.path)
        }
        guard var data = try? Data(contentsOf: file) else {
            throw TrackingError.graphUnusable(
                file: file.path, found: "that it cannot be read", expected: "a readable file")
        }
        let sum = data.withUnsafeBytes { Zlib.crc32($0) }
        guard data.count == known.bytes, sum == known.sum else {
            throw TrackingError.graphUnusable(
                file: file.path, found: Self.describe(bytes: data.count, sum: sum),
                expected: Self.describe(bytes: known.bytes, sum: known.sum))
        }
        edit(&data)
        return try LiteRTModel(
            data, file: file, library: LiteRTLibrary.open(library), operators: operators)
    }

    private static func describe(bytes: Int, sum: UInt32) -> String {
        "\(bytes) bytes with CRC-32 \(String(sum, radix: 16))"
    }

    /// Length and CRC-32 of each graph in the wheel mediapipe 0.10.21.
    private static let known: [String: (bytes: Int, sum: UInt32)] = [
        "face_detection/face_detection_full_range_sparse.tflite": (676746, 0xbca4_8844),
        "face_detection/face_detection_short_range.tflite": (229714, 0x17e6_bd28),
        "face_landmark/face_landmark.tflite": (1242398, 0xfe66_fba3),
        "face_landmark/face_landmark_with_attention.tflite": (2495106, 0x50cc_b7c4),
        "hand_landmark/hand_landmark_full.tflite": (5478917, 0x7217_7464),
        "hand_landmark/hand_landmark_lite.tflite": (2071597, 0xb37b_412f),
        "holistic_landmark/hand_recrop.tflite": (123792, 0xad06_21d3),
        "iris_landmark/iris_landmark.tflite": (2640568, 0x6edc_57bb),
        "palm_detection/palm_detection_full.tflite": (2339846, 0x201c_1877),
        "palm_detection/palm_detection_lite.tflite": (1985440, 0x76ed_ad6a),
        "pose_detection/pose_detection.tflite": (2959046, 0xc131_14c3),
        "pose_landmark/pose_landmark_full.tflite": (6440512, 0xfecd_3a27),
        "selfie_segmentation/selfie_segmentation.tflite": (249505, 0xd22a_2bfa),
        "selfie_segmentation/selfie_segmentation_landscape.tflite": (250145, 0x9337_27de),
    ]
}
