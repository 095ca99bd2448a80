import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Motion.Frame {
    /// The moment on the way from `a` (t = 0) to `b` (t = 1): rotations by slerp, all else linear.
    ///
    /// A rotation that only one of them has is taken from it.
    public static func interpolate(_ a: Motion.Frame, _ b: Motion.Frame, _ t: Float)
        -> Motion.Frame
    {
        if t <= 0 { return a }
        if t >= 1 { return b }
        var frame = a
        frame.rotations.merge(b.rotations) { Quaternion.slerp($0, $1, t).normalized }
        frame.influence = a.influence + (b.influence - a.influence) * t
        switch (a.root, b.root) {
        case (.offset(let from), .offset(let to)): frame.root = .offset(from + (to - from) * t)
        case (.position(let from), .position(let to)):
            frame.root = .position(from + (to - from) * t)
        default: frame.root = t < 0.5 ? a.root : b.root
        }
        frame.expression = .interpolate(a.expression, b.expression, t)
        frame.gaze = .interpolate(a.gaze, b.gaze, t)
        frame.cameraAzimuth = a.cameraAzimuth + (b.cameraAzimuth - a.cameraAzimuth) * t
        return frame
    }
}

extension Motion {
    /// The motion at another frame rate, the first frame at the same time and nothing beyond the
    /// last: rotations by slerp, all else linear.
    public func resampled(to rate: Float) -> Motion {
        precondition(rate > 0 && rate.isFinite, "a frame rate is positive")
        guard rate != frameRate, frames.count > 1 else {
            var same = self
            same.frameRate = rate
            return same
        }
        let ratio = Double(frameRate) / Double(rate)
        // What rounding leaves of the last step is not to cost a frame.
        let count = Int(Double(frames.count - 1) / ratio + 1e-4) + 1
        var result = self
        result.frameRate = rate
        result.frames = (0..<count).map { index in
            let place = Double(index) * ratio
            let before = min(Int(place), frames.count - 1)
            let after = min(before + 1, frames.count - 1)
            return .interpolate(frames[before], frames[after], Float(place - Double(before)))
        }
        result.captions = captions.map { caption in
            func scaled(_ frame: Int) -> Int {
                min(Int((Double(frame) / ratio).rounded()), count)
            }
            return Caption(
                caption.text,
                frames: scaled(caption.frames.lowerBound)..<scaled(caption.frames.upperBound))
        }
        return result
    }

    /// The motion with jitter taken out: each value a Gaussian-weighted mean of its neighbours in
    /// time, rotations as quaternions brought to one hemisphere and summed (for a narrow window the
    /// mean rotation).
    ///
    /// - Parameter seconds: the standard deviation of the window; 0 leaves the motion alone.
    public func smoothed(seconds: Float) -> Motion {
        let sigma = seconds * frameRate
        guard sigma > 0, sigma.isFinite, frames.count > 2 else { return self }
        let reach = min(max(1, Int((3 * sigma).rounded(.up))), frames.count - 1)
        let weights = (0...reach).map { exp(-0.5 * Float($0 * $0) / (sigma * sigma)) }
        var result = self
        for index in frames.indices {
            // The window shrinks evenly at the ends, so that they stay where they are.
            let half = min(reach, index, frames.count - 1 - index)
            guard half > 0 else { continue }
            result.frames[index] = mean(around: index, half: half, weights: weights)
        }
        return result
    }

    private func mean(around index: Int, half: Int, weights: [Float]) -> Frame {
        let centre = frames[index]
        var frame = centre
        var total: Float = 0
        var rotations = centre.rotations.mapValues { _ in SIMD4<Float>.zero }
        var root = Vector3.zero
        var expression = FaceExpression.neutral
        var (left, right, looking) = (Vector2.zero, Vector2.zero, Float(0))
        for offset in -half...half {
            let weight = weights[abs(offset)]
            let other = frames[index + offset]
            total += weight
            for (name, rotation) in centre.rotations {
                let components = (other.rotations[name] ?? rotation).components
                let sign: Float = dot(components, rotation.components) < 0 ? -1 : 1
                rotations[name]! += components * (sign * weight)
            }
            switch other.root {
            case .offset(let vector), .position(let vector): root += vector * weight
            }
            for unit in expression.weights.indices {
                expression.weights[unit] += other.expression.weights[unit] * weight
            }
            if let gaze = other.gaze {
                left += gaze.left * weight
                right += gaze.right * weight
                looking += weight
            }
        }
        frame.rotations = rotations.mapValues { Quaternion(components: $0).normalized }
        switch centre.root {
        case .offset: frame.root = .offset(root / total)
        case .position: frame.root = .position(root / total)
        }
        frame.expression = expression * (1 / total)
        if centre.gaze != nil, looking > 0 {
            frame.gaze = Gaze(left: left / looking, right: right / looking)
        }
        return frame
    }
}
