/// A grid of tiles over an image.
struct TileGrid: Equatable {
    /// Tiles of splats: one vector of pixels wide.
    static let tileWidth = 8
    static let tileHeight = 16

    var width = 0
    var height = 0
    var columns = 0
    var rows = 0

    init() {}

    init(
        width: Int, height: Int, tileWidth: Int = tileWidth, tileHeight: Int = tileHeight
    ) {
        self.width = width
        self.height = height
        columns = (width + tileWidth - 1) / tileWidth
        rows = (height + tileHeight - 1) / tileHeight
    }

    var count: Int { columns * rows }
}

/// The tiles that a bounding box touches: columns `x..<endX`, rows `y..<endY`.
struct TileRectangle: BitwiseCopyable {
    var x: UInt16, y: UInt16
    var endX: UInt16, endY: UInt16

    static let empty = TileRectangle(x: 0, y: 0, endX: 0, endY: 0)

    var count: Int { Int(endX &- x) &* Int(endY &- y) }

    /// The patches that these tiles are in.
    @inline(__always)
    var patches: TileRectangle {
        // The last columns of the widest picture and seven more are no 16 bits.
        let lastX = UInt32(endX) &+ (UInt32(Patch.columns) - 1)
        let lastY = UInt32(endY) &+ (UInt32(Patch.rows) - 1)
        return TileRectangle(
            x: x &>> UInt16(Patch.columnShift), y: y &>> UInt16(Patch.rowShift),
            endX: UInt16(truncatingIfNeeded: lastX &>> Patch.columnShift),
            endY: UInt16(truncatingIfNeeded: lastY &>> Patch.rowShift))
    }
}
