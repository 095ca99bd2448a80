/// What can be chosen for training an LDM3D model from nothing.
public struct LDM3DTrainingOptions: Equatable, Sendable, Codable {
    /// What all randomness derives from.
    public var seed: UInt64 = 0
    /// Pixels of a side.
    public var size = 64
    /// Computes in bfloat16 where the weights stay float32.
    public var isMixedPrecision = false
    /// Computes activations again in the backward pass instead of keeping them.
    public var checkpointsActivations = false
    /// Batches whose gradients are added up before a step.
    public var accumulation = 1
    public var autoencoder = Autoencoder()
    public var text = Text()
    public var diffusion = Diffusion()

    public init() {}

    /// The first stage.
    public struct Autoencoder: Equatable, Sendable, Codable {
        /// The channels of each resolution; one less than their number halves the size.
        public var channels = [16, 32, 64]
        public var layers = 1
        public var latents = 4
        public var steps = 2000
        /// Steps in which the decoder alone goes on learning, after all pictures were encoded.
        public var decoderSteps = 1000
        public var batch = 8
        public var learningRate = 2e-3
        /// The weight of the mean squared error beside the mean absolute one: small things of a colour
        /// of their own are learned sooner.
        public var squaredWeight = 2.0
        /// The weight of 1 − SSIM beside the mean absolute error.
        public var structuralWeight = 0.3
        /// The weight of the divergence from the normal distribution, for each latent value.
        public var divergenceWeight = 3e-5
        /// The weight of what the discriminator says.
        public var adversarialWeight = 0.002
        /// The share of the steps after which the discriminator comes in.
        public var adversarialStart = 0.75

        public init() {}
    }

    /// The text encoder, and the stage in which it learns alone what captions claim; that stage is left
    /// out where it is not known what they claim, and the encoder then learns with the U-Net.
    public struct Text: Equatable, Sendable, Codable {
        /// The channels of the text's tokens.
        public var channels = 128
        public var layers = 2
        public var heads = 4
        /// How many tokens a text has at most, with start and end.
        public var length = 24
        public var steps = 800
        public var batch = 64
        public var learningRate = 1e-3

        public init() {}
    }

    /// The diffusion in the autoencoder's latents.
    public struct Diffusion: Equatable, Sendable, Codable {
        /// The channels of each resolution of the U-Net.
        public var channels = [48, 64, 96]
        /// At which resolutions tokens attend to the text.
        public var attends = [false, true, true]
        public var layers = 1
        public var heads = 4
        public var steps = 9000
        public var batch = 16
        public var learningRate = 1.5e-3
        public var warmUp = 150
        /// The share of captions that are left out, so that guidance is possible.
        public var promptDropping = 0.12
        /// γ of min-SNR weighting (Hang et al., arXiv 2303.09556); 0 weighs all alike.
        public var minSNR = 5.0
        public var averageDecay = 0.999

        public init() {}
    }
}
