import Spatial

extension PersonMatter {
    /// The opacity of one person in a frame of a video: one channel, 0…1, the picture's size.
    ///
    /// What the graphs say is brought to the picture's own edges by a guided filter: a hundredth of
    /// the time that closed-form matting of a photograph takes.
    ///
    /// - Parameters:
    ///   - pose: The person's pose, whose own outline keeps other people out; nil for a face alone.
    ///   - box: The person's box, so far as known, in pixels.
    func quickMatte(_ image: Image, pose: PoseLandmarks?, box: Box) throws -> Image {
        let picture = Box(
            minimum: .zero, maximum: Vector2(Float(image.width), Float(image.height)))
        let grid = Self.grid(around: box, in: image, limit: 448)
        var region = Region(box)
        region.size *= 1.2
        region.size.x = max(region.size.x, 0.6 * region.size.y)
        region.size.y = max(region.size.y, 0.6 * region.size.x)
        let selfie = MaskEvidence(
            mask: try segmenter.segment(image, region: region), region: region, weight: 1)
        let count = grid.width * grid.height
        func share(_ evidence: MaskEvidence) -> (value: [Float], weight: [Float]) {
            var sums = [Float](repeating: 0, count: count)
            var weights = sums
            evidence.add(to: &sums, &weights, grid: grid, picture: picture)
            return (zip(sums, weights).map { $1 > 0 ? $0 / $1 : 0 }, weights)
        }
        let first = share(selfie)
        var alpha = first.value
        if let pose {
            let own = MaskEvidence(mask: pose.segmentation, region: pose.region, weight: 1)
            let body = share(own)
            // The pose's cells may be much coarser than the other graph's: then they only say whose
            // the pixels are.
            let coarse = own.cell > 2 * selfie.cell
            for i in 0..<count where body.weight[i] > 0 {
                let mean = (alpha[i] * first.weight[i] + body.value[i]) / (first.weight[i] + 1)
                let gate = min(1, 4 * body.value[i])
                alpha[i] = coarse ? alpha[i] * max(gate, 0.25) : mean
            }
        }
        let cell = selfie.cell / max(grid.step.x, grid.step.y)
        let work = Self.crop(image, grid)
        let filter = GuidedFilter(
            guide: work, radius: max(2, Int((1.5 * cell).rounded())), epsilon: 1e-4)
        // Steeper, because the filter widens what the graphs leave soft.
        let sharp = alpha.map { min(max(($0 - 0.5) * 2 + 0.5, 0), 1) }
        let refined = Self.cleaned(
            filter.apply(sharp).map { min(max(($0 - 0.5) * 1.5 + 0.5, 0), 1) }, grid: grid,
            cell: cell)
        return Self.place(refined, grid: grid, work: work, in: image)
    }
}
