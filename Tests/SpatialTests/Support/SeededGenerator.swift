import Spatial

/// The same sequence for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func vector(_ range: ClosedRange<Float> = -1...1) -> Vector3 {
        Vector3(
            .random(in: range, using: &self), .random(in: range, using: &self),
            .random(in: range, using: &self))
    }

    mutating func rotation() -> Quaternion { Quaternion(axisAngle: vector(-2...2)) }

    mutating func image(_ width: Int, _ height: Int, channels: Int) -> Image {
        Image(
            width: width, height: height, channels: channels,
            samples: (0..<width * height * channels).map { _ in .random(in: 0...1, using: &self) })
    }
}

extension SeededGenerator {
    mutating func uniform(_ range: ClosedRange<Float>) -> Float { .random(in: range, using: &self) }
}
