/// What the blending's derivative leaves for each pair of a Gaussian and a patch of a band: those of a
/// Gaussian stand together, patch by patch.
struct PairSums {
    let blocks: UnsafePointer<ProjectionBlock>
    let offsets: UnsafePointer<UInt32>
    /// [pairs, pairStride], [pairs, featureCount].
    let gradients: UnsafeMutablePointer<Float>
    let features: UnsafeMutablePointer<Float>
    let featureCount: Int

    /// In the sums: more than 0 if any tile reached the Gaussian.
    static let touchedSlot = 9

    /// The number of the pair of a Gaussian and the patch of the band at (`column`, `row`), which is
    /// in the Gaussian's `rectangle`; `offset` is that of the Gaussian's first pair.
    @inline(__always)
    func pair(
        _ gaussian: Int, offset: UInt32, _ rectangle: TileRectangle, column: Int, row: Int
    ) -> Int {
        let width = Int(rectangle.endX &- rectangle.x)
        return blocks[gaussian / Rasteriser.projectionGrain].firstPair &+ Int(offset)
            &+ (row &- Int(rectangle.y)) &* width &+ (column &- Int(rectangle.x))
    }

    /// Adds up the pairs of a Gaussian, patch by patch. Rows of patches, and patches of a row, come in
    /// order: bands one after another give the sum that the whole grid gives, bit for bit.
    @inline(__always)
    func add(
        _ gaussian: Int, pairCount: Int, to sums: UnsafeMutablePointer<Float>,
        features target: UnsafeMutablePointer<Float>
    ) {
        let block = blocks[gaussian / Rasteriser.projectionGrain]
        let first = block.firstPair &+ Int(offsets[gaussian])
        let memory = UnsafeMutableRawPointer(sums)
        var low = memory.loadUnaligned(as: SIMD8<Float>.self)
        var high = memory.loadUnaligned(fromByteOffset: 32, as: SIMD4<Float>.self)
        for pair in first..<first + pairCount {
            let source = UnsafeRawPointer(gradients + pair * BlendingGradientPass.pairStride)
            low += source.loadUnaligned(as: SIMD8<Float>.self)
            high += source.loadUnaligned(fromByteOffset: 32, as: SIMD4<Float>.self)
            let values = features + pair * featureCount
            for f in 0..<featureCount { target[f] += values[f] }
        }
        memory.storeBytes(of: low, as: SIMD8<Float>.self)
        memory.storeBytes(of: high, toByteOffset: 32, as: SIMD4<Float>.self)
    }
}
