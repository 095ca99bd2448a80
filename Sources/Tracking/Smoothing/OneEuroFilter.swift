import Foundation
import Spatial

/// The One-Euro filter (Casiez, Roussel and Vogel, CHI 2012) over a set of points, each of their
/// coordinates by itself: steady when they rest, and without delay when they move fast.
///
/// As MediaPipe's LandmarksSmoothingCalculator has it: the speed that opens the filter is that of the
/// raw values, in units of the object's size; single and double precision change where they change
/// there.
struct OneEuroFilter {
    /// The cut-off frequency at rest, hertz.
    let minimumCutoff: Float
    /// By how much the cut-off rises with speed.
    let beta: Float
    /// The cut-off frequency of the speed itself, hertz.
    var derivativeCutoff: Float = 1

    /// Frames a second, from the last two times.
    private var frequency = 30.0
    private var lastTime: Int64?
    private var points: [SIMD3<Float>] = []
    private var speeds: [SIMD3<Float>] = []
    private var filtered: [SIMD3<Float>] = []

    init(minimumCutoff: Float, beta: Float) {
        self.minimumCutoff = minimumCutoff
        self.beta = beta
    }

    /// Forgets the past.
    mutating func reset() {
        points = []
        frequency = 30
        lastTime = nil
    }

    /// The points smoothed.
    ///
    /// - Parameters:
    ///   - raw: As many as the time before, unless the filter was reset.
    ///   - time: Seconds, taken to the microsecond. A time that is not later than the last leaves the
    ///     points as they are.
    ///   - scale: The object's size, in the unit of the points; 1 takes speeds as they are. Too small
    ///     a one (below 10⁻⁶) leaves the points as they are.
    mutating func apply(_ raw: [Vector3], at time: Double, scale: Float = 1) -> [Vector3] {
        guard scale >= 1e-6 else { return raw }
        let moment = Int64((time * 1e6).rounded())
        if let lastTime {
            guard moment > lastTime else { return raw }
            frequency = 1 / (Double((moment - lastTime) * 1000) * 1e-9)
        }
        lastTime = moment
        guard points.count == raw.count else {
            (points, filtered) = (raw, raw)
            speeds = raw.map { _ in .zero }
            return raw
        }
        let speedShare = share(Double(derivativeCutoff))
        let perSize = Double(1 / scale)
        for i in raw.indices {
            for axis in 0..<3 {
                let step = Double(raw[i][axis]) - Double(points[i][axis])
                speeds[i][axis] = Self.mixed(
                    Float(step * perSize * frequency), speeds[i][axis], share: speedShare)
                let cutoff = Double(minimumCutoff) + Double(beta) * abs(Double(speeds[i][axis]))
                filtered[i][axis] = Self.mixed(
                    raw[i][axis], filtered[i][axis], share: share(cutoff))
            }
        }
        points = raw
        return filtered
    }

    /// A value let through a low-pass filter that gives the new one this share.
    static func mixed(_ new: Float, _ old: Float, share: Float) -> Float {
        Float(Double(share * new) + (1 - Double(share)) * Double(old))
    }

    /// The new value's share in a low-pass filter of that cut-off.
    private func share(_ cutoff: Double) -> Float {
        Float(1 / (1 + 1 / (2 * .pi * cutoff) / (1 / frequency)))
    }
}
