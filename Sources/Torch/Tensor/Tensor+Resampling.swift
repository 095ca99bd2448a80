extension Tensor {
    /// How values between samples are found.
    public enum Interpolation: Sendable {
        case nearest
        /// Linear between neighbours, on the centres of pixels (or, aligned, on their corners).
        case bilinear
        case bicubic
    }

    /// What lies outside an image.
    public enum Border: Int, Sendable {
        case zeros = 0
        case border = 1
        case reflection = 2
    }

    /// What `padded` fills with.
    public enum Padding: Sendable {
        case constant(Double)
        case reflect
        case replicate
        case circular

        var arguments: (mode: String, value: Double?) {
            switch self {
            case .constant(let value): ("constant", value)
            case .reflect: ("reflect", nil)
            case .replicate: ("replicate", nil)
            case .circular: ("circular", nil)
            }
        }
    }

    /// [B, C, H, W] at another size; differentiable.
    ///
    /// - Parameters:
    ///   - size: the height and width of the result.
    ///   - alignCorners: corner samples stay at the corners (not for `nearest`).
    ///   - antialias: when shrinking, widens the filter so that no sample is skipped (not for
    ///     `nearest`).
    public func interpolated(
        _ size: Size2, _ mode: Interpolation = .bilinear, alignCorners: Bool = false,
        antialias: Bool = false
    ) -> Tensor {
        switch (mode, antialias) {
        case (.nearest, _): call("upsample_nearest2d", self, size.list)
        case (.bilinear, false): call("upsample_bilinear2d", self, size.list, alignCorners)
        case (.bilinear, true): call("_upsample_bilinear2d_aa", self, size.list, alignCorners)
        case (.bicubic, false): call("upsample_bicubic2d", self, size.list, alignCorners)
        case (.bicubic, true): call("_upsample_bicubic2d_aa", self, size.list, alignCorners)
        }
    }

    /// [B, C, H, W] times a factor in both dimensions; differentiable. As PyTorch's `interpolate` with
    /// `scale_factor`, whose factor places the samples.
    public func interpolated(
        scale: Double, _ mode: Interpolation = .bilinear, alignCorners: Bool = false
    ) -> Tensor {
        let scales = [scale, scale]
        return switch mode {
        case .nearest: call("upsample_nearest2d.vec", self, Absent.none, scales)
        case .bilinear:
            call("upsample_bilinear2d.vec", self, Absent.none, alignCorners, scales)
        case .bicubic: call("upsample_bicubic2d.vec", self, Absent.none, alignCorners, scales)
        }
    }

    /// [B, C, H, W] (or [B, C, D, H, W]) sampled at `grid` [B, H', W', 2] (x, y) (or [B, D', H', W', 3]),
    /// −1…1 being the image's edges (or, with `alignCorners`, the centres of its corner pixels).
    /// Differentiable in both.
    public func gridSampled(
        _ grid: Tensor, _ mode: Interpolation = .bilinear, border: Border = .zeros,
        alignCorners: Bool = false
    ) -> Tensor {
        let modeNumber =
            switch mode {
            case .bilinear: 0
            case .nearest: 1
            case .bicubic: 2
            }
        return call("grid_sampler", self, grid, modeNumber, border.rawValue, alignCorners)
    }

    /// With borders added: `amounts` are before and after for the last dimension, then for the one
    /// before it, and so on. Differentiable.
    public func padded(_ amounts: [Int], _ padding: Padding = .constant(0)) -> Tensor {
        let (mode, value) = padding.arguments
        return call("pad", self, amounts, mode, value)
    }
}
