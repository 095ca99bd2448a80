import Diffusion
import Spatial
import Torch

extension LDM3D {
    /// What can be chosen for a run; the defaults are LDM3D's own.
    public struct Options {
        /// What is not to be in the pictures.
        public var negativePrompt = ""
        /// Steps of the scheduler.
        public var steps = 50
        public var guidance = Guidance(scale: 5)
        /// The share of noise that DDIM adds at each step, 0…1.
        public var eta = 0.0
        /// Picture i begins with the noise of seed + i, which is that of `torch.Generator`.
        public var seed: UInt64 = 0
        /// How many pictures.
        public var count = 1
        /// Pixels; the model's own size unless given, or nearest to it in the input's shape.
        public var size: (width: Int, height: Int)?
        /// Noise [count, latents, h, w] to begin with instead of the seeds', not scaled.
        public var latents: Tensor?
        /// A picture to begin with.
        public var input: Input?
        /// Pictures are panoramas whose left border goes on at the right one.
        public var wraps = false

        public init() {}
    }

    /// A picture to begin with (Meng et al., arXiv 2108.01073).
    public struct Input {
        /// With depth, where the model has some.
        public var image: RGBDImage
        /// How much of the way from noise is gone again, 0…1: 1 keeps next to nothing of the picture.
        public var strength = 0.8
        /// One channel of the picture's size: what is at least 0.5 is made anew, the rest stays as it
        /// is (Lugmayr et al., arXiv 2201.09865, algorithm 1 without resampling). All, if nil.
        public var mask: Image?

        public init(image: RGBDImage, strength: Double = 0.8, mask: Image? = nil) {
            (self.image, self.strength, self.mask) = (image, strength, mask)
        }
    }

    /// Texts as a network takes them, [1, tokens, width] each.
    public struct PromptEmbedding {
        public var prompt: Tensor
        public var negativePrompt: Tensor

        public init(prompt: Tensor, negativePrompt: Tensor) {
            (self.prompt, self.negativePrompt) = (prompt, negativePrompt)
        }
    }

    /// A picture that was made, and what it was made of.
    public struct Sample {
        /// Which of the run's pictures it is, from 0.
        public let index: Int
        /// The noise [1, latents, h, w], not scaled.
        public let noise: Tensor
        /// What the diffusion ended with [1, latents, h, w], as the autoencoder's decoder takes it.
        public let latents: Tensor
        /// What the decoder made of it [1, channels, H, W], about −1…1.
        public let decoded: Tensor
        /// The picture, with depth where the model has some.
        public let image: RGBDImage
    }
}
