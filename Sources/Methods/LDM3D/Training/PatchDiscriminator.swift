import Torch

/// Tells real patches from reconstructed ones (Isola et al., arXiv 1611.07004, section 3.2.2, with group
/// instead of batch normalisation, which does not depend on the batch).
final class PatchDiscriminator: Module {
    private let layers: Sequential

    /// - Parameter channels: of the images.
    init(channels: Int, width: Int = 24, using generator: RandomGenerator?) {
        layers = Sequential(
            Conv2d(channels, width, kernel: 4, stride: 2, padding: 1, using: generator),
            LeakyReLU(),
            Conv2d(width, 2 * width, kernel: 4, stride: 2, padding: 1, using: generator),
            GroupNorm(8, 2 * width), LeakyReLU(),
            Conv2d(2 * width, 1, kernel: 4, stride: 1, padding: 1, using: generator))
    }

    var members: ModuleMembers { ["layers": .module(layers)] }

    /// Images [B, channels, H, W] to a score for each patch: more than 0 is taken for real.
    func callAsFunction(_ x: Tensor) -> Tensor { layers(x.channelsLast()) }

    /// The hinge loss of the discriminator itself (Lim & Ye, arXiv 1705.02894).
    func loss(real: Tensor, made: Tensor) -> Tensor {
        ((1 - self(real)).relu().mean() + (1 + self(made)).relu().mean()) * 0.5
    }
}

private final class LeakyReLU: Layer {
    var members: ModuleMembers { [:] }

    func callAsFunction(_ x: Tensor) -> Tensor { x.leakyRelu(slope: 0.2) }
}
