/// Eight by two tiles: what one worker draws at a time, and what splats are listed by.
///
/// A splat of a few pixels reaches two tiles or three but rarely more than one patch, so the lists of
/// patches are short; and what a patch reads of its splats, and adds up for them, fits the second
/// cache.
enum Patch {
    static let columnShift: UInt32 = 3
    static let rowShift: UInt32 = 1
    static let columns = 1 << Int(columnShift)
    static let rows = 1 << Int(rowShift)
    static let tileCount = columns * rows

    /// The grid of patches over an image.
    @inline(__always)
    static func grid(width: Int, height: Int) -> TileGrid {
        TileGrid(
            width: width, height: height, tileWidth: columns * TileGrid.tileWidth,
            tileHeight: rows * TileGrid.tileHeight)
    }

    /// Reads one number of each cache line of the patch whose first tile is (`column`, `row`), so that
    /// all their misses are under way at once: its rows are too short to look like a stream to the
    /// processor.
    ///
    /// - Parameter planes: [count, H, W].
    static func touch(
        _ planes: UnsafePointer<Float>, planes count: Int, _ grid: TileGrid, column: Int, row: Int,
        _ scratch: UnsafeMutablePointer<Lanes>
    ) {
        let (x, y) = (column * TileGrid.tileWidth, row * TileGrid.tileHeight)
        let endX = min(grid.width, x + columns * TileGrid.tileWidth)
        var sum: Float = 0
        for plane in 0..<count {
            for y in y..<min(grid.height, y + rows * TileGrid.tileHeight) {
                let line = planes + (plane * grid.height + y) * grid.width
                for x in stride(from: x, to: endX, by: 16) { sum += line[x] }
            }
        }
        // Written where it is overwritten: only so is the loop not removed.
        scratch[0] = Lanes(repeating: sum)
    }
}

/// Up to 512 successive splats of a patch, copied next to one another, and listed by tile.
struct PatchChunk {
    static let capacity = 512

    private static let recordCount = capacity * MemoryLayout<SplatRecord>.stride / 32
    private static let listCount = Patch.tileCount * capacity * 2 / 32
    /// The vectors of memory it needs.
    static let scratchCount = recordCount + listCount + Patch.tileCount * (4 + 8) / 32 + 64 * 4 / 32

    private let start: UnsafeMutablePointer<Lanes>

    init(_ scratch: UnsafeMutablePointer<Lanes>) { start = scratch }

    /// The splats.
    var records: UnsafeMutablePointer<SplatRecord> {
        UnsafeMutableRawPointer(start).assumingMemoryBound(to: SplatRecord.self)
    }

    /// Of each tile, which of the splats its rectangles touch, front to back.
    @inline(__always)
    func list(_ tile: Int) -> UnsafeMutablePointer<UInt16> {
        UnsafeMutableRawPointer(start + Self.recordCount).assumingMemoryBound(to: UInt16.self)
            + tile * Self.capacity
    }

    /// How many that are.
    var counts: UnsafeMutablePointer<Int32> {
        UnsafeMutableRawPointer(start + Self.recordCount + Self.listCount).assumingMemoryBound(
            to: Int32.self)
    }

    /// Of 64 splats: bit i of word t is set if splat i touches tile t; bit t of word i likewise.
    private var tileSplats: UnsafeMutablePointer<UInt64> {
        UnsafeMutableRawPointer(counts + Patch.tileCount).assumingMemoryBound(to: UInt64.self)
    }
    private var splatTiles: UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(tileSplats + Patch.tileCount).assumingMemoryBound(to: UInt32.self)
    }

    /// Takes the splats `entries[0..<count]` of the patch whose first tile is (`column`, `row`).
    @inline(__always)
    func fill(
        _ source: UnsafePointer<SplatRecord>, _ entries: UnsafePointer<UInt32>, count: Int,
        column: Int, row: Int
    ) {
        // A loop of copies alone: all cache misses of it are under way at once.
        for i in 0..<count { records[i] = source[Int(entries[i])] }
        counts.update(repeating: 0, count: Patch.tileCount)
        for first in stride(from: 0, to: count, by: 64) {
            list(first, count: min(64, count - first), column: column, row: row)
        }
    }

    /// Lists up to 64 of the splats by tile. How many tiles a splat touches is nothing that the processor
    /// could guess: so first bits are set, and then each tile goes through its own.
    @inline(__always)
    private func list(_ first: Int, count: Int, column: Int, row: Int) {
        tileSplats.update(repeating: 0, count: Patch.tileCount)
        splatTiles.update(repeating: 0, count: 64)
        for i in 0..<count {
            let tiles = records[first + i].tiles
            let x = max(0, Int(tiles.x) &- column)
            let endX = min(Patch.columns, Int(tiles.endX) &- column)
            let columns = (1 &<< UInt32(endX)) &- (1 &<< UInt32(x))
            let upper: UInt32 = Int(tiles.y) <= row ? columns : 0
            let lower: UInt32 = Int(tiles.endY) > row &+ 1 ? columns : 0
            splatTiles[i] = upper | lower &<< UInt32(Patch.columns)
        }
        for group in 0..<(count + 7) / 8 {
            let masks = UnsafeRawPointer(splatTiles + 8 * group).load(as: SIMD8<UInt32>.self)
            transposeBits(masks, into: tileSplats, byte: group)
        }
        for tile in 0..<Patch.tileCount {
            var splats = tileSplats[tile]
            let list = list(tile)
            var n = Int(counts[tile])
            while splats != 0 {
                list[n] = UInt16(truncatingIfNeeded: first &+ splats.trailingZeroBitCount)
                n &+= 1
                splats &= splats &- 1
            }
            counts[tile] = Int32(truncatingIfNeeded: n)
        }
    }
}
