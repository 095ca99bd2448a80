/// What the blending's derivative left for each pair of a Gaussian and a patch of a band.
struct PairSums {
    let blocks: UnsafePointer<ProjectionBlock>
    let offsets: UnsafePointer<UInt32>
    let positions: UnsafePointer<UInt32>
    /// [pairs, pairStride], [pairs, featureCount], [pairs]: the first two are only defined where
    /// the last is 1.
    let gradients: UnsafePointer<Float>
    let features: UnsafePointer<Float>
    let isTouched: UnsafePointer<UInt8>
    let featureCount: Int

    /// In the sums of a Gaussian: 1 if any tile reached it.
    static let touchedSlot = 9

    /// Adds up the pairs of a Gaussian, patch by patch. Rows of patches, and patches of a row, come in
    /// order: bands one after another give the sum that the whole grid gives, bit for bit.
    @inline(__always)
    func add(
        _ gaussian: Int, pairCount: Int, to sums: UnsafeMutablePointer<Float>,
        features target: UnsafeMutablePointer<Float>
    ) {
        let stride = BlendingGradientPass.pairStride
        let first = firstPair(gaussian)
        let memory = UnsafeMutableRawPointer(sums)
        var low = memory.loadUnaligned(as: SIMD8<Float>.self)
        var high = memory.loadUnaligned(fromByteOffset: 32, as: SIMD4<Float>.self)
        for pair in first..<first + pairCount {
            let position = Int(positions[pair])
            if isTouched[position] == 0 { continue }
            let source = UnsafeRawPointer(gradients + position * stride)
            low += source.loadUnaligned(as: SIMD8<Float>.self)
            var rest = source.loadUnaligned(fromByteOffset: 32, as: SIMD4<Float>.self)
            rest[Self.touchedSlot - 8] = 0
            high += rest
            high[Self.touchedSlot - 8] = 1
            let values = features + position * featureCount
            for f in 0..<featureCount { target[f] += values[f] }
        }
        memory.storeBytes(of: low, as: SIMD8<Float>.self)
        memory.storeBytes(of: high, toByteOffset: 32, as: SIMD4<Float>.self)
    }

    @inline(__always)
    private func firstPair(_ gaussian: Int) -> Int {
        Int(offsets[gaussian]) + blocks[gaussian / Rasteriser.projectionGrain].firstPair
    }

    /// Reads one number of each pair of consecutive Gaussians, so that their cache misses are under
    /// way at once. `lastCount` is the number of pairs of the last of them.
    @inline(__always)
    func touch(
        _ first: Int, count: Int, lastCount: Int, _ target: UnsafeMutablePointer<Lanes>
    ) {
        var sum: Float = 0
        for pair in firstPair(first)..<firstPair(first + count - 1) + lastCount {
            sum += gradients[Int(positions[pair]) * BlendingGradientPass.pairStride]
        }
        // Written where it is overwritten: only so is the loop not removed.
        target[0] = Lanes(repeating: sum)
    }
}
