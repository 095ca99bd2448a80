import Spatial

extension Rasteriser {
    /// Sorts the visible Gaussians front to back into `sorted`: by depth, ties by index.
    ///
    /// A radix sort from the low digits up is stable, and stable sorting has one result: it does not
    /// depend on how many threads share the work. Only the bits in which the depths differ are
    /// looked at, in digits of at most 12 bits, so that the counters of a digit fit the first cache.
    func sortByDepth() {
        let count = statistics.visible
        sorted.reserve(count)
        gatherBlocks()
        let (smallest, largest) = depthKeys
        let bits = count > 1 ? UInt32.bitWidth - (largest - smallest).leadingZeroBitCount : 0
        if bits == 0 { return }
        unsorted.reserve(count)
        let passes = (bits + 11) / 12
        let digitBits = (bits + passes - 1) / passes
        for pass in 0..<passes {
            radixPass(
                count, shift: UInt64(32 + pass * digitBits), digitBits: digitBits,
                bias: UInt64(smallest) << 32)
            swap(&sorted, &unsorted)
        }
    }

    /// Joins the visible Gaussians of all blocks, in the order of their indices, in `sorted`.
    private func gatherBlocks() {
        let (blocks, sorted, unsorted) = (blocks.start, sorted.start, unsorted.start)
        parallelFor(blockCount, grain: 16) { range, _ in
            for index in range {
                let block = blocks[index]
                (sorted + block.firstVisible).update(
                    from: unsorted + index * Self.projectionGrain, count: Int(block.visible))
            }
        }
    }

    /// One stable pass from `sorted` to `unsorted`.
    private func radixPass(_ count: Int, shift: UInt64, digitBits: Int, bias: UInt64) {
        let bins = 1 << digitBits
        let mask = UInt64(bins - 1)
        let chunks = chunkCount(count, grain: 8192)
        let chunk = (count + chunks - 1) / chunks
        counters.reserve(chunks * bins)
        let counters = counters.start
        let (source, target) = (sorted.start, unsorted.start)
        parallelFor(chunks) { index, _ in
            let own = counters + index * bins
            own.update(repeating: 0, count: bins)
            for item in index * chunk..<min(count, (index + 1) * chunk) {
                own[Int(truncatingIfNeeded: ((source[item] &- bias) &>> shift) & mask)] &+= 1
            }
        }
        startsFromCounts(counters, chunks: chunks, stride: bins, bins: bins)
        parallelFor(chunks) { index, _ in
            let own = counters + index * bins
            for item in index * chunk..<min(count, (index + 1) * chunk) {
                let value = source[item]
                let bin = Int(truncatingIfNeeded: ((value &- bias) &>> shift) & mask)
                target[Int(own[bin])] = value
                own[bin] &+= 1
            }
        }
    }
}
