/// A rectangle of tiles that is binned and drawn at one go: the whole grid, unless its lists would
/// take too much memory.
struct TileBand: Equatable {
    var x = 0
    var y = 0
    var columns: Int
    var rows: Int

    var count: Int { columns * rows }

    /// The column and row of the grid that tile `index` of the band is.
    @inline(__always)
    func position(_ index: Int) -> (column: Int, row: Int) {
        let (row, column) = index.quotientAndRemainder(dividingBy: columns)
        return (x + column, y + row)
    }

    /// The part of a rectangle of the grid that lies in the band, counted from the band's corner.
    @inline(__always)
    func part(of rectangle: TileRectangle) -> TileRectangle {
        @inline(__always)
        func clip(_ value: UInt16, _ start: Int, _ count: Int) -> UInt16 {
            UInt16(truncatingIfNeeded: max(0, min(count, Int(value) - start)))
        }
        return TileRectangle(
            x: clip(rectangle.x, x, columns), y: clip(rectangle.y, y, rows),
            endX: clip(rectangle.endX, x, columns), endY: clip(rectangle.endY, y, rows))
    }
}

extension TileGrid {
    /// The band of all tiles.
    var whole: TileBand { TileBand(columns: columns, rows: rows) }

    /// Cuts the grid into bands that hold at most `limit` pairs each, if `counts` are those of the
    /// tiles: whole rows of tiles, or parts of one row, or a single tile however many it has. In
    /// each Gaussian's rectangle the tiles of an earlier band come before those of a later one.
    func bands(limit: Int, counts: [Int]) -> [TileBand] {
        var bands: [TileBand] = []
        var pairs = 0
        for y in 0..<rows {
            let own = counts[y * columns..<(y + 1) * columns]
            let sum = own.reduce(0, +)
            if sum > limit {
                pairs = 0
                for x in 0..<columns {
                    let count = own[own.startIndex + x]
                    if x > 0 && pairs + count <= limit {
                        bands[bands.count - 1].columns += 1
                        pairs += count
                    } else {
                        bands.append(TileBand(x: x, y: y, columns: 1, rows: 1))
                        pairs = count
                    }
                }
                // The next row does not join parts of this one.
                pairs = limit
            } else if let last = bands.last, last.columns == columns, pairs + sum <= limit {
                bands[bands.count - 1].rows += 1
                pairs += sum
            } else {
                bands.append(TileBand(y: y, columns: columns, rows: 1))
                pairs = sum
            }
        }
        return bands
    }
}
