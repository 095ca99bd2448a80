import Spatial

extension SplitMix {
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

    mutating func uniform(_ range: ClosedRange<Float>) -> Float { .random(in: range, using: &self) }
}
