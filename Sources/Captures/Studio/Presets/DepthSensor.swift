import Spatial

/// How a depth camera measures: with noise that grows with the distance, and gaps.
public struct DepthSensor: Equatable, Sendable, Codable {
    /// The noise along the ray at half a metre, and how it grows: σ(z) = base + growth·(z − 0.4 m)²
    /// (Nguyen et al. 2012, of a structured-light camera; here half of theirs), metres.
    public var base: Float = 0.0006
    public var growth: Float = 0.001
    /// Surfaces that face away by more than this cosine are not seen.
    public var grazing: Float = 0.18

    public init() {}

    /// What the sensor says of a true depth, metres; 0 where it says nothing.
    ///
    /// Depth is read a share of a pixel beside where it is asked for, so that edges fray; hair, which
    /// scatters, drops out here and there.
    func measure(_ frame: StudioFrame, seed: UInt32) -> Image {
        let (width, height) = (frame.depth.width, frame.depth.height)
        let plane = width * height
        var result = frame.depth
        for y in 0..<height {
            for x in 0..<width {
                let i = y * width + x
                let own = seed &+ UInt32(i) &* 4
                func normal(_ tag: UInt32) -> Float {
                    // Twelve uniform numbers add up to about a normal one; four do here.
                    (0..<4).reduce(Float(0)) {
                        $0 + StudioNoise.hash(own, tag, UInt32($1)) - 0.5
                    } * 1.732
                }
                let sx = min(max(x + Int((normal(1) * 0.5).rounded()), 0), width - 1)
                let sy = min(max(y + Int((normal(2) * 0.5).rounded()), 0), height - 1)
                let source = sy * width + sx
                let z = frame.depth.samples[source]
                let cosine = -frame.normal.samples[2 * plane + source]
                let isHair = frame.labels[source] == StudioLabel.hair.rawValue
                let gap: Float = isHair ? 0.16 : 0.002
                if z <= 0 || cosine < grazing || StudioNoise.hash(own, 9) < gap {
                    result.samples[i] = 0
                    continue
                }
                let sigma = base + growth * (z - 0.4) * (z - 0.4)
                result.samples[i] = max(z + normal(3) * sigma * (isHair ? 2.5 : 1), 0)
            }
        }
        return result
    }
}
