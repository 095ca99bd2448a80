import Torch

/// Coding of large images in tiles that overlap, so that memory does not grow with the image; where
/// tiles overlap, one fades into the other (diffusers' `tiled_decode` and `tiled_encode`).
///
/// The result is not that of coding in one piece: group normalisation and attention see one tile.
public struct Tiling: Equatable, Sendable {
    /// The share of a tile's side that it has in common with the next.
    public var overlap: Double

    public init(overlap: Double = 0.25) {
        precondition(0..<1 ~= overlap, "tiles overlap in part")
        self.overlap = overlap
    }

    /// Applies a function to tiles of [B, C, H, W].
    ///
    /// - Parameters:
    ///   - size: of a tile.
    ///   - outputSize: of what the function makes of a tile.
    func run(
        _ x: Tensor, size: Int, outputSize: Int, _ function: (Tensor) -> Tensor
    ) -> Tensor {
        let step = max(1, Int(Double(size) * (1 - overlap)))
        let blend = Int(Double(outputSize) * overlap)
        let kept = outputSize - blend
        var rows: [Tensor] = []
        // Tiles as they were blended: the next row and the next tile fade from these.
        var above: [Tensor] = []
        for top in stride(from: 0, to: x.size(2), by: step) {
            var current: [Tensor] = []
            var strips: [Tensor] = []
            for (column, left) in stride(from: 0, to: x.size(3), by: step).enumerated() {
                let part = x.narrow(2, top, min(size, x.size(2) - top))
                    .narrow(3, left, min(size, x.size(3) - left))
                var tile = function(part)
                if !above.isEmpty { tile = fade(above[column], tile, 2, blend) }
                if let before = current.last { tile = fade(before, tile, 3, blend) }
                current.append(tile)
                strips.append(
                    tile.narrow(2, 0, min(kept, tile.size(2)))
                        .narrow(3, 0, min(kept, tile.size(3))))
            }
            rows.append(.cat(strips, 3))
            above = current
        }
        return .cat(rows, 2).contiguous()
    }

    /// `next` whose first pixels along a dimension go over from the last ones of `previous`.
    private func fade(_ previous: Tensor, _ next: Tensor, _ dim: Int, _ blend: Int) -> Tensor {
        let width = min(previous.size(dim), next.size(dim), blend)
        guard width > 0 else { return next }
        var shape = [1, 1, 1, 1]
        shape[dim] = width
        let weight = (Tensor.arange(0, width, device: next.device) / width).reshaped(shape)
            .converted(to: next.dtype)
        let end = previous.narrow(dim, previous.size(dim) - width, width)
        let start = next.narrow(dim, 0, width)
        return .cat(
            [
                end * (1 - weight) + start * weight,
                next.narrow(dim, width, next.size(dim) - width),
            ], dim)
    }
}
