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
        let (columnShift, rowShift) = (UInt16(Patch.columnShift), UInt16(Patch.rowShift))
        return TileRectangle(
            x: x &>> columnShift, y: y &>> rowShift,
            endX: (endX &+ UInt16(Patch.columns - 1)) &>> columnShift,
            endY: (endY &+ UInt16(Patch.rows - 1)) &>> rowShift)
    }
}
