extension FeatureSource {
    /// Reads the gradients at eight pixels.
    @inline(__always)
    func readGradients(
        _ gradients: FrameGradients, pixel: Int, plane: Int, _ columnCount: Int,
        medianPlaces: Lanes, into target: UnsafeMutablePointer<Lanes>
    ) {
        @inline(__always)
        func values(_ source: UnsafePointer<Float>?, _ index: Int) -> Lanes {
            source.map { read($0 + index * plane + pixel, columnCount) } ?? Lanes()
        }
        var target = target
        if hasDepth {
            target[0] = values(gradients.depth, 0)
            target += 1
        }
        if normals != nil {
            for axis in 0..<3 { target[axis] = values(gradients.normals, axis) }
            target += 3
        }
        for c in 0..<channelCount { target[c] = values(gradients.channels, c) }
        target += channelCount
        if hasMedian {
            target[0] = values(gradients.medianDepth, 0)
            target[1] = medianPlaces
        }
    }

    /// Adds weight·gradient of each feature to `sums`, and returns Σ value·gradient of those that
    /// reach the geometry. `place` is 1 + that of the splat in the patch's list, `gradients` what
    /// `readGradients` left.
    @inline(__always)
    func differentiate(
        _ gaussian: Int, depth: Float, _ weight: Lanes, place: Lanes,
        _ gradients: UnsafePointer<Lanes>, into sums: UnsafeMutablePointer<Lanes>
    ) -> Lanes {
        var gain = Lanes()
        let all = gradients
        var (gradients, sums) = (gradients, sums)
        if hasDepth {
            gain = gradients[0] * depth
            sums[0].addProduct(weight, gradients[0])
            // Which splat is the median one is a choice; through it only its depth passes.
            if hasMedian { sums[0] += all[count].masked(all[count + 1] .== place) }
            gradients += 1
            sums += 1
        }
        if let normals {
            for axis in 0..<3 {
                gain.addProduct(gradients[axis], normals[3 * gaussian + axis])
                sums[axis].addProduct(weight, gradients[axis])
            }
            gradients += 3
            sums += 3
        }
        guard let channels else { return gain }
        let values = channels + gaussian * channelCount
        for c in 0..<channelCount {
            if detached &>> UInt64(c) & 1 == 0 { gain.addProduct(gradients[c], values[c]) }
            sums[c].addProduct(weight, gradients[c])
        }
        return gain
    }
}
