import Spatial

extension Rasteriser {
    /// Lists the Gaussians of each tile, front to back. With `tracksPairs`, `pairPositions` says
    /// where the pairs of each Gaussian went.
    func binIntoTiles(tracksPairs: Bool) {
        let (sorted, rectangles) = (sorted.start, rectangles.start)
        if tracksPairs {
            pairPositions.reserve(statistics.pairs)
            let (pairOffsets, blocks) = (pairOffsets.start, blocks.start)
            let pairPositions = pairPositions.start
            tileLists.fill(
                count: statistics.visible, pairs: statistics.pairs, columns: grid.columns,
                tiles: grid.count, rectangles: rectangles,
                name: { UInt32(truncatingIfNeeded: sorted[$0]) },
                placed: { gaussian, position, pair in
                    let block = Int(gaussian) / Self.projectionGrain
                    let first = Int(pairOffsets[Int(gaussian)]) &+ blocks[block].firstPair
                    pairPositions[first &+ pair] = position
                })
        } else {
            tileLists.fill(
                count: statistics.visible, pairs: statistics.pairs, columns: grid.columns,
                tiles: grid.count, rectangles: rectangles,
                name: { UInt32(truncatingIfNeeded: sorted[$0]) }, placed: { _, _, _ in })
        }
    }
}
