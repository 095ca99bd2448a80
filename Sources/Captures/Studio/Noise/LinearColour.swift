import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The sRGB transfer functions (IEC 61966-2-1): display values to light and back.
enum LinearColour {
    /// Light of a display value.
    static func linear(_ display: Float) -> Float {
        display <= 0.04045 ? display / 12.92 : powf((display + 0.055) / 1.055, 2.4)
    }

    static func linear(_ display: Vector3) -> Vector3 {
        Vector3(linear(display.x), linear(display.y), linear(display.z))
    }

    /// The display value of light.
    static func display(_ light: Float) -> Float {
        light <= 0.0031308 ? 12.92 * max(light, 0) : 1.055 * powf(light, 1 / 2.4) - 0.055
    }

    static func display(_ light: Vector3) -> Vector3 {
        Vector3(display(light.x), display(light.y), display(light.z))
    }

    /// Display values at the squares of 0…1, in 1024 steps: quick to look up, exact to 1e-5.
    static let table = StudioBuffer(
        (0...1025).map { display(Float($0 * $0) / (1024 * 1024)) }, default: 0)
}
