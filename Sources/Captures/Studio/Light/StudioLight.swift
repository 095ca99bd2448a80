import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The light of a scene: an environment of second-order spherical harmonics, and one key light far
/// away.
public struct StudioLight: Equatable, Sendable, Codable {
    /// The environment's radiance, nine coefficients of red, green and blue: L(d) = Σ cₖ·Yₖ(d) in the
    /// basis of `SphericalHarmonics`, linear light.
    public var harmonics: [Vector3]
    /// Towards the key light, world space, unit length.
    public var keyDirection: Vector3
    /// What a white surface that faces the key light reflects of it.
    public var keyColour: Vector3
    /// The key light's angular radius, radians: how soft its shadows are.
    public var keyRadius: Float

    public init(
        harmonics: [Vector3], keyDirection: Vector3, keyColour: Vector3, keyRadius: Float
    ) {
        precondition(harmonics.count == 9, "nine coefficients of second order")
        (self.harmonics, self.keyDirection) = (harmonics, keyDirection.normalized)
        (self.keyColour, self.keyRadius) = (keyColour, keyRadius)
    }

    /// The nine basis functions at a unit direction.
    @inline(__always)
    static func basis(_ d: Vector3) -> (SIMD8<Float>, Float) {
        let (c1, x, y, z) = (Float(0.4886025), d.x, d.y, d.z)
        return (
            SIMD8(
                0.2820948, -c1 * y, c1 * z, -c1 * x, 1.0925485 * x * y, -1.0925485 * y * z,
                0.3153916 * (2 * z * z - x * x - y * y), -1.0925485 * x * z),
            0.5462742 * (x * x - y * y)
        )
    }

    /// The radiance from a direction, not below 0.
    func radiance(_ direction: Vector3) -> Vector3 {
        let (low, last) = Self.basis(direction)
        var sum = harmonics[8] * last
        for k in 0..<8 { sum += harmonics[k] * low[k] }
        return pointwiseMax(sum, .zero)
    }

    /// What a white Lambertian surface of a normal reflects of the whole environment: E(n)/π, with the
    /// factors 1, 2/3 and 1/4 a band (Ramamoorthi and Hanrahan 2001).
    public func irradiance(_ normal: Vector3) -> Vector3 {
        let (low, last) = Self.basis(normal)
        var sum = harmonics[8] * (last * 0.25)
        for k in 0..<8 { sum += harmonics[k] * (low[k] * (k == 0 ? 1 : k < 4 ? 2 / 3 : 0.25)) }
        return pointwiseMax(sum, .zero)
    }

    /// The coefficients of lights of some directions and colours, each spread over about a hemisphere.
    static func harmonics(_ lights: [(direction: Vector3, colour: Vector3)], ambient: Vector3)
        -> [Vector3]
    {
        var sums = [Vector3](repeating: .zero, count: 9)
        sums[0] = ambient / 0.2820948
        for light in lights {
            let (low, last) = basis(light.direction.normalized)
            // Windowed, so that nothing rings below 0.
            for k in 0..<8 {
                sums[k] += light.colour * (low[k] * (k == 0 ? 1 : k < 4 ? 0.75 : 0.35) * 3)
            }
            sums[8] += light.colour * (last * 0.35 * 3)
        }
        return sums
    }

    /// Light drawn at random: a studio, an overcast sky, a low sun, a window.
    ///
    /// - Parameter yaw: the direction, about the vertical axis, that the camera looks from.
    public static func sample(seed: UInt64, yaw: Float = 0) -> StudioLight {
        var draw = StudioDraw(seed: seed &+ 0x6c69_6768)
        func direction(_ azimuth: Float, _ height: Float) -> Vector3 {
            let angle = azimuth + yaw
            return Vector3(sinf(angle) * cosf(height), sinf(height), cosf(angle) * cosf(height))
        }
        let side: Float = draw.chance(0.5) ? 1 : -1
        let kind = draw.integer(below: 4)
        let warmth = draw.uniform(-1, 1)
        let warm = Vector3(1 + 0.07 * warmth, 1, 1 - 0.1 * warmth)
        switch kind {
        case 0:  // A studio: key, fill and rim.
            return StudioLight(
                harmonics: harmonics(
                    [
                        (direction(-side * 0.9, 0.15), Vector3(0.3, 0.32, 0.36)),
                        (direction(side * 2.6, 0.4), Vector3(0.32, 0.31, 0.3)),
                    ], ambient: Vector3(0.17, 0.17, 0.18)),
                keyDirection: direction(side * draw.uniform(0.45, 0.8), draw.uniform(0.45, 0.75)),
                keyColour: warm * draw.uniform(0.85, 1.05), keyRadius: 0.06)
        case 1:  // Under clouds.
            return StudioLight(
                harmonics: harmonics(
                    [(direction(0.2, 1.3), Vector3(0.6, 0.63, 0.68))],
                    ambient: Vector3(0.26, 0.27, 0.28)),
                keyDirection: direction(side * draw.uniform(0.2, 0.7), draw.uniform(0.7, 1)),
                keyColour: Vector3(0.5, 0.5, 0.5), keyRadius: 0.14)
        case 2:  // A low sun.
            return StudioLight(
                harmonics: harmonics(
                    [
                        (direction(-side * 1.2, 0.7), Vector3(0.3, 0.36, 0.46)),
                        (direction(side, -0.5), Vector3(0.2, 0.15, 0.11)),
                    ], ambient: Vector3(0.17, 0.18, 0.21)),
                keyDirection: direction(side * draw.uniform(0.5, 1), draw.uniform(0.3, 0.55)),
                keyColour: Vector3(1.12, 0.94, 0.72), keyRadius: 0.03)
        default:  // By a window.
            return StudioLight(
                harmonics: harmonics(
                    [
                        (direction(side * 1.1, 0.3), Vector3(0.5, 0.54, 0.6)),
                        (direction(-side * 1.6, 0.1), Vector3(0.16, 0.13, 0.1)),
                    ], ambient: Vector3(0.18, 0.17, 0.16)),
                keyDirection: direction(side * draw.uniform(0.7, 1), draw.uniform(0.3, 0.5)),
                keyColour: Vector3(0.62, 0.66, 0.7), keyRadius: 0.12)
        }
    }
}
