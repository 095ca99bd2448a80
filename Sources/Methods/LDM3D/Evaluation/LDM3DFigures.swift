/// How good a model of generated scenes is.
public struct LDM3DFigures: Encodable, Sendable {
    /// How well pictures are read, so that the other figures can be judged.
    public struct Recogniser: Encodable, Sendable {
        /// The share of generated scenes, never seen, of which the caption was found to be true.
        public var accuracy: Double
        /// AbsRel of the depth that is rendered from what was recognised, over generated scenes.
        public var absoluteRelative: Double
    }

    /// What the autoencoder leaves of scenes that were never seen.
    public struct Autoencoder: Encodable, Sendable {
        /// The Fréchet distance between the recogniser's features of pictures and of what is left of
        /// them: no Inception network, so comparable among models of these scenes only.
        public var featureDistance: Double
        /// Of colours, dB.
        public var psnr: Double
        public var absoluteRelative: Double
        public var rootMeanSquareMetres: Double
    }

    /// What the model makes of captions.
    public struct Samples: Encodable, Sendable {
        public var count: Int
        /// The share of which all is true that the caption claims.
        public var followsCaption: Double
        /// The same for pairs of solids that training never showed together.
        public var followsHeldOutCaption: Double
        /// The share in which the solids' number, shapes, colours and order are right.
        public var solidsRight: Double
        /// The share of solids of the right shape, where their number is right.
        public var shapeRight: Double
        /// The share of solids of the right colour, where their number is right.
        public var colourRight: Double
        /// AbsRel of the sampled depth against the depth rendered from the scene that is recognised in
        /// the colours.
        public var absoluteRelative: Double
        /// The Fréchet distance of the recogniser's features to those of generated scenes.
        public var featureDistance: Double
    }

    public var recogniser: Recogniser
    public var autoencoder: Autoencoder
    public var samples: Samples
}
