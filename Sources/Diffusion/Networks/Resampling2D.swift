import Torch

/// Half the size by a convolution of stride 2 (diffusers' `Downsample2D`).
final class Downsampling2D: Module {
    private let conv: Conv2d
    private let padding: Int

    /// - Parameter padding: on all sides; 0 stands for one row and column after the last.
    init(_ channels: Int, padding: Int, using generator: RandomGenerator?) {
        self.padding = padding
        conv = Conv2d(
            channels, channels, kernel: 3, stride: 2, padding: Size2(padding), using: generator)
    }

    var members: ModuleMembers { ["conv": .module(conv)] }

    func callAsFunction(_ x: Tensor) -> Tensor {
        conv(padding == 0 ? x.padded([0, 1, 0, 1]) : x)
    }
}

/// Twice the size by repeating pixels, then a convolution (diffusers' `Upsample2D`).
final class Upsampling2D: Module {
    private let conv: Conv2d

    init(_ channels: Int, using generator: RandomGenerator?) {
        conv = Conv2d(channels, channels, kernel: 3, padding: 1, using: generator)
    }

    var members: ModuleMembers { ["conv": .module(conv)] }

    /// - Parameter size: another size than twice, where a skip connection asks for it.
    func callAsFunction(_ x: Tensor, size: Size2? = nil) -> Tensor {
        let size = size ?? Size2(2 * x.size(2), 2 * x.size(3))
        return conv(x.interpolated(size, .nearest))
    }
}
