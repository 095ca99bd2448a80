import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// What Python MediaPipe's four solutions found: scripts/fixtures/tracking_solutions.py.
struct SolutionFixture {
    private let file: NPZFile
    /// The points of a face that a video's fixture keeps.
    let kept: [Int]

    init(_ name: String) throws {
        let url = try #require(
            Bundle.module.url(forResource: "Fixtures/solutions_\(name)", withExtension: "npz"))
        file = try NPZFile(contentsOf: url)
        kept = file.contains("kept") ? try file.tensor("kept").floats().map { Int($0) } : []
    }

    /// An array's numbers and its shape; nil if there is none.
    func values(_ key: String) throws -> (values: [Float], shape: [Int])? {
        guard file.contains(key) else { return nil }
        let tensor = try file.tensor(key)
        return (tensor.floats(), tensor.shape)
    }

    /// Rows of numbers [N, D] of a photograph; nil if nothing was found.
    func rows(_ key: String) throws -> [[Float]]? {
        guard let (values, shape) = try values(key) else { return nil }
        let width = shape.last ?? 1
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }

    /// The points of each frame of a video [T, N, D], or of one of several things [T, n, N, D], in
    /// the unit that `scale` divides; nil for a frame without them.
    func track(_ key: String, scale: Float, item: Int? = nil) throws -> [[[Float]]?] {
        let (values, shape) = try #require(try values(key))
        let (points, width) = (shape[shape.count - 2], shape[shape.count - 1])
        let items = item == nil ? 1 : shape[1]
        return (0..<shape[0]).map { t in
            let start = (t * items + (item ?? 0)) * points * width
            guard values[start] > -32768 else { return nil }
            return (0..<points).map { i in
                (0..<width).map { values[start + i * width + $0] / scale }
            }
        }
    }
}

/// Whether LiteRT's kernels are here those that the reference ran on, so that results are the same to
/// the bit; on other processors sums round otherwise.
let roundsAsTheReference: Bool =
    (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.contains(" avx512f") ?? false

/// How far points lie from those expected, frame by frame, in shares of the subject's box.
struct Deviation: CustomStringConvertible {
    private(set) var distances: [Float] = []
    /// Frames in which only one of both has found the thing.
    private(set) var disagreements: [Int] = []
    private var frame = 0

    /// Takes a frame.
    mutating func take(_ points: [Vector3]?, _ expected: [[Float]]?) {
        defer { frame += 1 }
        guard let points, let expected else {
            if (points == nil) != (expected == nil) { disagreements.append(frame) }
            return
        }
        let box = Box(around: expected.lazy.map { Vector2($0[0], $0[1]) })
        let side = max(box?.size.x ?? 1, box?.size.y ?? 1)
        distances.append(meanDistance(points, expected) / side)
    }

    var mean: Float { distances.reduce(0, +) / Float(max(1, distances.count)) }
    var median: Float { distances.isEmpty ? 0 : distances.sorted()[distances.count / 2] }
    var worst: Float { distances.max() ?? 0 }

    var description: String {
        String(
            format:
                "mean %.4f %%, median %.4f %%, worst %.3f %% of the box in %d frames; %d of %d disagree",
            100 * mean, 100 * median, 100 * worst, distances.count, disagreements.count, frame)
            + (disagreements.isEmpty ? "" : " \(disagreements.prefix(12))")
    }
}
