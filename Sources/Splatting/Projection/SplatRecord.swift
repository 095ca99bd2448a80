/// A projected Gaussian as the blending reads it: one cache line.
///
/// The exponent of 2 at a pixel at (dx, dy) from the centre is
/// `curvature`·(dx − `shear`·dy)² + `fall`·dy² + `logOpacity`: the quadratic form with its square
/// completed along the row, which cancels nothing however thin and slanted the ellipse is.
struct SplatRecord: BitwiseCopyable {
    /// u, v, curvature, shear, fall, logOpacity, reach (half the height of the ellipse inside which
    /// a pixel is blended, pixels), z.
    var geometry: SIMD8<Float>
    /// Red, green, blue; the bits of the rectangle of tiles and of `firstPair`; the rest is unused.
    var colour: SIMD8<Float>

    /// The tiles that the bounding box of the ellipse touches.
    @inline(__always)
    var tiles: TileRectangle {
        let (low, high) = (colour[3].bitPattern, colour[4].bitPattern)
        return TileRectangle(
            x: UInt16(truncatingIfNeeded: low), y: UInt16(truncatingIfNeeded: low &>> 16),
            endX: UInt16(truncatingIfNeeded: high), endY: UInt16(truncatingIfNeeded: high &>> 16))
    }

    /// The number of its first pair with a patch, as in `Rasteriser.pairOffsets`.
    @inline(__always)
    var firstPair: UInt32 {
        get { colour[5].bitPattern }
        set { colour[5] = Float(bitPattern: newValue) }
    }
}
