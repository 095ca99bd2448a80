import Rigs
import Spatial

extension ClipMotion {
    /// The motion without what jumps from frame to frame: of each number the median, then the mean, over
    /// `radius` frames to each side, within a shot. Eyes leap, and stay as they are.
    func steadied(_ flags: [FrameFlags], radius: Int) -> ClipMotion {
        var result = unwound
        var first = 0
        for t in 1...count where t == count || flags[t].contains(.cut) {
            Self.steady(&result.turns, first..<t, of: count, radius)
            Self.steady(&result.translations, first..<t, of: count, radius)
            Self.steady(&result.expressions, first..<t, of: count, radius)
            first = t
        }
        for unit in EyeTurns.all {
            for i in stride(from: unit.rawValue, to: expressions.count, by: FaceUnit.count) {
                result.expressions[i] = expressions[i]
            }
        }
        return result
    }

    /// Rotations told so that none is a whole turn away from that of the frame before.
    private var unwound: ClipMotion {
        var result = self
        let size = turns.count / max(1, count)
        func vector(_ i: Int) -> Vector3 {
            Vector3(result.turns[i], result.turns[i + 1], result.turns[i + 2])
        }
        for i in stride(from: size, to: turns.count, by: 3) {
            let (here, before) = (vector(i), vector(i - size))
            guard here.length > 1e-3 else { continue }
            let other = here * (1 - 2 * .pi / here.length)
            guard (other - before).lengthSquared < (here - before).lengthSquared else { continue }
            for k in 0..<3 { result.turns[i + k] = other[k] }
        }
        return result
    }

    private static func steady(
        _ values: inout [Float], _ frames: Range<Int>, of count: Int, _ radius: Int
    ) {
        let size = values.count / count
        for k in 0..<size {
            var track = frames.map { values[$0 * size + k] }
            for isMedian in [true, false] {
                track = track.indices.map { t in
                    let near = track[max(0, t - radius)...min(track.count - 1, t + radius)]
                    return isMedian
                        ? near.sorted()[near.count / 2]
                        : near.reduce(0, +) / Float(near.count)
                }
            }
            for (t, value) in zip(frames, track) { values[t * size + k] = value }
        }
    }
}
