/// A projected Gaussian as the blending reads it: one cache line.
///
/// The exponent of 2 at a pixel at (dx, dy) from the centre is
/// `curvature`·(dx − `shear`·dy)² + `fall`·dy² + `logOpacity`: the quadratic form with its square
/// completed along the row, which cancels nothing however thin and slanted the ellipse is.
struct SplatRecord: BitwiseCopyable {
    /// u, v, curvature, shear, fall, logOpacity, reach (half the height of the ellipse inside which
    /// a pixel is blended, pixels), z.
    var geometry: SIMD8<Float>
    /// Red, green, blue, unused.
    var colour: SIMD4<Float>
    /// Unused.
    var spare: SIMD4<Float>
}

/// The tiles that the bounding box of a splat touches: columns x.. <x + w, rows y..<y + h.
struct TileRectangle: BitwiseCopyable {
    var x: UInt16, y: UInt16
    var endX: UInt16, endY: UInt16

    static let empty = TileRectangle(x: 0, y: 0, endX: 0, endY: 0)

    var count: Int { Int(endX &- x) &* Int(endY &- y) }
}

/// The grid of tiles over an image: 8 pixels, one vector, wide.
struct TileGrid: Equatable {
    static let tileWidth = 8
    static let tileHeight = 16

    var width = 0
    var height = 0
    var columns = 0
    var rows = 0

    init() {}

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        columns = (width + Self.tileWidth - 1) / Self.tileWidth
        rows = (height + Self.tileHeight - 1) / Self.tileHeight
    }

    var count: Int { columns * rows }
}
