import Foundation
import Spatial

/// The One-Euro filter (Casiez, Roussel and Vogel, CHI 2012) over a set of points, each of their
/// coordinates by itself: steady when they rest, and without delay when they move fast.
///
/// As MediaPipe's LandmarksSmoothingCalculator has it: the speed that opens the filter is that of the
/// raw values, in units of the object's size.
struct OneEuroFilter {
    /// The cut-off frequency at rest, hertz.
    let minimumCutoff: Double
    /// By how much the cut-off rises with speed.
    let beta: Double
    /// The cut-off frequency of the speed itself, hertz.
    var derivativeCutoff: Double = 1

    /// Frames a second, from the last two times.
    private var frequency = 30.0
    private var lastTime: Double?
    private var points: [State] = []

    init(minimumCutoff: Double, beta: Double) {
        self.minimumCutoff = minimumCutoff
        self.beta = beta
    }

    private struct State {
        var raw: SIMD3<Float>
        var speed: SIMD3<Float>
        var filtered: SIMD3<Float>
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
    ///   - time: Seconds. A time that is not later than the last leaves the points as they are.
    ///   - scale: The object's size, in the unit of the points; 1 takes speeds as they are. Too small
    ///     a one (below 10⁻⁶) leaves the points as they are.
    mutating func apply(_ raw: [Vector3], at time: Double, scale: Float = 1) -> [Vector3] {
        guard scale >= 1e-6 else { return raw }
        if let lastTime {
            guard time > lastTime else { return raw }
            frequency = 1 / (time - lastTime)
        }
        lastTime = time
        guard points.count == raw.count else {
            points = raw.map { State(raw: $0, speed: .zero, filtered: $0) }
            return raw
        }
        let speedShare = Float(share(derivativeCutoff))
        let perSecond = Float(frequency) / scale
        for i in raw.indices {
            var state = points[i]
            let speed = (raw[i] - state.raw) * perSecond
            state.speed += speedShare * (speed - state.speed)
            state.raw = raw[i]
            for axis in 0..<3 {
                let cutoff = minimumCutoff + beta * abs(Double(state.speed[axis]))
                let part = Float(share(cutoff))
                state.filtered[axis] = part * raw[i][axis] + (1 - part) * state.filtered[axis]
            }
            points[i] = state
        }
        return points.map(\.filtered)
    }

    /// The new value's weight in a low-pass filter of that cut-off.
    private func share(_ cutoff: Double) -> Double {
        1 / (1 + frequency / (2 * .pi * cutoff))
    }
}
