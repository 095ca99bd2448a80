/// A projected Gaussian as the blending reads it: one cache line.
///
/// The exponent of 2 at a pixel at (dx, dy) from the centre is
/// `curvature`·(dx − `shear`·dy)² + `fall`·dy² + `logOpacity`: the quadratic form with its square
/// completed along the row, which cancels nothing however thin and slanted the ellipse is.
struct SplatRecord: BitwiseCopyable {
    /// u, v, curvature, shear, fall, logOpacity, reach (half the height of the ellipse inside which
    /// a pixel is blended, pixels), z.
    var geometry: SIMD8<Float>
    /// Red, green, blue; the rest is unused.
    var colour: SIMD8<Float>
}
