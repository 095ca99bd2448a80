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

    /// The bytes they take.
    var bytes: Int { starts.bytes + entries.bytes + counters.bytes }

    /// Fills the lists.
    ///
    /// - Parameters:
    ///   - count: the number of items.
    ///   - pairs: the sum of the tiles of all their rectangles.
    ///   - columns: the width of the grid in tiles.
    ///   - tiles: the number of tiles.
    ///   - rectangle: the rectangle of an item, by its name.
    ///   - name: the name of the item that stands at a place of the order.
    ///   - placed: told, for each pair, the place in `entries` that it got; the pairs of an item come
    ///     row by row, and the last argument is their number within the item.
    @inline(__always)
    mutating func fill(
        count: Int, pairs: Int, columns: Int, tiles: Int,
        rectangle: (_ name: UInt32) -> TileRectangle, name: (_ place: Int) -> UInt32,
        placed: (_ name: UInt32, _ position: UInt32, _ pair: Int) -> Void
    ) {
        let chunks = chunkCount(count, grain: 4096)
        let chunk = (count + chunks - 1) / chunks
        counters.reserve(chunks * tiles)
        starts.reserve(tiles + 1)
        entries.reserve(pairs)
        self.count = pairs
        let (counters, entries) = (counters.start, entries.start)
        parallelFor(chunks) { index, _ in
            let own = counters + index * tiles
            own.update(repeating: 0, count: tiles)
            for place in index * chunk..<min(count, (index + 1) * chunk) {
                let rectangle = rectangle(name(place))
                for row in Int(rectangle.y)..<Int(rectangle.endY) {
                    for column in Int(rectangle.x)..<Int(rectangle.endX) {
                        own[row &* columns &+ column] &+= 1
                    }
                }
            }
        }
        startsFromCounts(counters, chunks: chunks, bins: tiles)
        starts.start.update(from: counters, count: tiles)
        starts.start[tiles] = UInt32(truncatingIfNeeded: pairs)
        parallelFor(chunks) { index, _ in
            let own = counters + index * tiles
            for place in index * chunk..<min(count, (index + 1) * chunk) {
                let item = name(place)
                let rectangle = rectangle(item)
                var pair = 0
                for row in Int(rectangle.y)..<Int(rectangle.endY) {
                    for column in Int(rectangle.x)..<Int(rectangle.endX) {
                        let tile = row &* columns &+ column
                        let position = own[tile]
                        own[tile] = position &+ 1
                        entries[Int(position)] = item
                        placed(item, position, pair)
                        pair &+= 1
                    }
                }
            }
        }
    }
}

/// How many equal chunks a pass over `count` items is cut into.
func chunkCount(_ count: Int, grain: Int) -> Int { max(1, min(Threads.count, count / grain)) }

/// Turns counts [chunks][bins] into the positions at which each chunk's items of each bin begin,
/// bins first, chunks within a bin.
func startsFromCounts(_ counts: UnsafeMutablePointer<UInt32>, chunks: Int, bins: Int) {
    var next: UInt32 = 0
    for bin in 0..<bins {
        for chunk in 0..<chunks {
            let count = counts[chunk * bins + bin]
            counts[chunk * bins + bin] = next
            next &+= count
        }
    }
}
