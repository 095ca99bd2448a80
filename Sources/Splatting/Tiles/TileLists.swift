import Spatial

/// For each tile of a grid, the list of the items whose rectangle touches it, in the items' order.
///
/// A counting sort by tile: stable, so that lists keep the order, whatever the number of threads,
/// and no pair is ever compared with another.
struct TileLists: ~Copyable {
    /// Tile t has `entries[starts[t]..<starts[t + 1]]`.
    private(set) var starts = Scratch<UInt32>()
    private(set) var entries = Scratch<UInt32>()
    /// The number of entries.
    private(set) var count = 0
    private var counters = Scratch<UInt32>()
    /// The rectangles in the items' order.
    private var ordered = Scratch<TileRectangle>()

    /// The bytes they take.
    var bytes: Int { starts.bytes + entries.bytes + counters.bytes + ordered.bytes }

    /// Fills the lists.
    ///
    /// - Parameters:
    ///   - count: the number of items.
    ///   - pairs: the sum of the tiles of all their rectangles.
    ///   - columns: the width of the grid in tiles.
    ///   - tiles: the number of tiles.
    ///   - rectangle: the rectangle of an item, by its name.
    ///   - name: the name of the item that stands at a place of the order.
    @inline(__always)
    mutating func fill(
        count: Int, pairs: Int, columns: Int, tiles: Int,
        rectangle: (_ name: UInt32) -> TileRectangle, name: (_ place: Int) -> UInt32
    ) {
        self.count = pairs
        guard tiles > 0 else { return }
        let chunks = chunkCount(count, grain: 4096)
        let chunk = (count + chunks - 1) / chunks
        // A row and a column more than the grid has.
        let width = columns + 1
        let size = width * (tiles / columns + 1)
        counters.reserve(chunks * size)
        starts.reserve(tiles + 1)
        entries.reserve(pairs)
        ordered.reserve(count)
        let (counters, entries, ordered) = (counters.start, entries.start, ordered.start)
        parallelFor(chunks) { index, _ in
            let own = counters + index * size
            own.update(repeating: 0, count: size)
            // Corners, which added up along both axes are the counts: no loop over the tiles of an
            // item, whose length the processor would guess wrong.
            for place in index * chunk..<min(count, (index + 1) * chunk) {
                let rectangle = rectangle(name(place))
                ordered[place] = rectangle
                let (x, endX) = (Int(rectangle.x), Int(rectangle.endX))
                let (top, bottom) = (Int(rectangle.y) &* width, Int(rectangle.endY) &* width)
                own[top &+ x] &+= 1
                own[top &+ endX] &-= 1
                own[bottom &+ x] &-= 1
                own[bottom &+ endX] &+= 1
            }
            Self.addUp(own, width: width, columns: columns, tiles: tiles)
        }
        startsFromCounts(counters, chunks: chunks, stride: size, bins: tiles)
        starts.start.update(from: counters, count: tiles)
        starts.start[tiles] = UInt32(truncatingIfNeeded: pairs)
        parallelFor(chunks) { index, _ in
            let own = counters + index * size
            for place in index * chunk..<min(count, (index + 1) * chunk) {
                let item = name(place)
                let rectangle = ordered[place]
                for row in Int(rectangle.y)..<Int(rectangle.endY) {
                    for column in Int(rectangle.x)..<Int(rectangle.endX) {
                        let tile = row &* columns &+ column
                        let position = own[tile]
                        own[tile] = position &+ 1
                        entries[Int(position)] = item
                    }
                }
            }
        }
    }

    /// Makes counts of `columns` to a row, in place, out of corners of `width` to a row.
    private static func addUp(
        _ values: UnsafeMutablePointer<UInt32>, width: Int, columns: Int, tiles: Int
    ) {
        for row in 0..<tiles / columns {
            var sum: UInt32 = 0
            for column in 0..<columns {
                // The row above has been moved already.
                sum &+= values[row * width + column]
                let above = row > 0 ? values[(row - 1) * columns + column] : 0
                values[row * columns + column] = sum &+ above
            }
        }
    }
}

/// How many equal chunks a pass over `count` items is cut into.
func chunkCount(_ count: Int, grain: Int) -> Int { max(1, min(Threads.count, count / grain)) }

/// Turns counts [chunks][stride], `bins` of them used, into the positions at which each chunk's items of each bin begin,
/// bins first, chunks within a bin.
func startsFromCounts(
    _ counts: UnsafeMutablePointer<UInt32>, chunks: Int, stride: Int, bins: Int
) {
    var next: UInt32 = 0
    for bin in 0..<bins {
        for chunk in 0..<chunks {
            let count = counts[chunk * stride + bin]
            counts[chunk * stride + bin] = next
            next &+= count
        }
    }
}
