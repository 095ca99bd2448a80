import Spatial

/// One graph's opinion of where the person is, over one region of the picture.
struct MaskEvidence {
    /// The person's share of each cell, 0…1, one channel.
    var mask: Image
    /// What the cells cover.
    var region: Region
    /// How much it counts beside the others.
    var weight: Float

    /// The side of a cell in pixels of the picture.
    var cell: Float {
        max(abs(region.size.x) / Float(mask.width), abs(region.size.y) / Float(mask.height))
    }

    /// Adds share × weight and weight at each pixel of a grid.
    ///
    /// The weight falls off towards the region's border, where a graph sees too little around,
    /// except where the picture itself ends there.
    func add(
        to sums: inout [Float], _ weights: inout [Float], grid: PixelGrid, picture: Box
    ) {
        let margin: Float = 0.08
        let box = Box(
            around: [Vector2.zero, Vector2(1, 0), Vector2(1, 1), Vector2(0, 1)]
                .map(region.point(at:)))
        let side = min(abs(region.size.x), abs(region.size.y))
        // Whether each side of the region lies inside the picture, and so has an edge to distrust.
        let low = box.map { $0.minimum .> picture.minimum + 2 } ?? .init(repeating: true)
        let high = box.map { $0.maximum .< picture.maximum - 2 } ?? .init(repeating: true)
        let size = Vector2(Float(mask.width), Float(mask.height))
        sums.withUnsafeMutableBufferPointer { sums in
            weights.withUnsafeMutableBufferPointer { weights in
                nonisolated(unsafe) let sums = sums
                nonisolated(unsafe) let weights = weights
                parallelFor(grid.height) { y, _ in
                    for x in 0..<grid.width {
                        let point = grid.point(x, y)
                        let fraction = region.fraction(of: point)
                        guard all(fraction .>= 0), all(fraction .<= 1), let box else { continue }
                        var reach = side * margin
                        if low[0] { reach = min(reach, point.x - box.minimum.x) }
                        if low[1] { reach = min(reach, point.y - box.minimum.y) }
                        if high[0] { reach = min(reach, box.maximum.x - point.x) }
                        if high[1] { reach = min(reach, box.maximum.y - point.y) }
                        let weight = self.weight * max(0, reach) / (side * margin)
                        let i = y * grid.width + x
                        sums[i] += weight * mask.sample(fraction * size, channel: 0)
                        weights[i] += weight
                    }
                }
            }
        }
    }
}

/// A regular grid of pixels laid over a box of the picture.
struct PixelGrid {
    let width: Int
    let height: Int
    /// The picture's point at the grid's corner.
    let origin: Vector2
    /// Pixels of the picture for each pixel of the grid.
    let step: Vector2

    /// The grid over whole pixels of the picture, `box`, with the longer side at most `limit`.
    init(x: Int, y: Int, width: Int, height: Int, limit: Int) {
        let scale = min(1, Float(limit) / Float(max(width, height)))
        self.width = max(3, Int((Float(width) * scale).rounded()))
        self.height = max(3, Int((Float(height) * scale).rounded()))
        origin = Vector2(Float(x), Float(y))
        step = Vector2(Float(width) / Float(self.width), Float(height) / Float(self.height))
    }

    /// A box of the picture in pixels of the grid.
    func box(_ box: Box) -> Box {
        Box(minimum: (box.minimum - origin) / step, maximum: (box.maximum - origin) / step)
    }

    /// The picture's point at the middle of a pixel of the grid.
    func point(_ x: Int, _ y: Int) -> Vector2 {
        origin + (Vector2(Float(x), Float(y)) + 0.5) * step
    }
}
