import Rigs
import Spatial

/// A person who does not exist: the shape of the body, skin, eyes, hair and clothes, all drawn from a
/// seed.
public struct StudioIdentity: Equatable, Sendable, Codable {
    public var seed: UInt64
    /// The body in Anny's parameters.
    public var shape: AnnyShape
    public var skin: SkinLook
    public var eyes: EyeLook
    public var hair: HairLook
    public var outfit: Outfit

    public init(
        seed: UInt64, shape: AnnyShape, skin: SkinLook, eyes: EyeLook, hair: HairLook,
        outfit: Outfit
    ) {
        (self.seed, self.shape, self.skin) = (seed, shape, skin)
        (self.eyes, self.hair, self.outfit) = (eyes, hair, outfit)
    }

    /// Skin, by what colours it.
    public struct SkinLook: Equatable, Sendable, Codable {
        /// 0 the palest, 1 the darkest.
        public var melanin: Float
        /// −1 pink, 1 olive.
        public var undertone: Float
        /// How red cheeks, nose and ears are, 0…1.
        public var flush: Float
        /// How many freckles there are, 0…1.
        public var freckles: Float
        /// How uneven the tone is, 0…1.
        public var mottling: Float
        /// The density of stubble, 0…1.
        public var stubble: Float
        /// Lipstick, 0 none … 1, and its display colour.
        public var lipstick: Float
        public var lipstickColour: Vector3
        /// How oily the skin shines, 0…1.
        public var oil: Float
        /// How deep the fine lines are, 0…1.
        public var wrinkles: Float
    }

    /// Eyes.
    public struct EyeLook: Equatable, Sendable, Codable {
        /// The display colour of the iris's outer part, and that around the pupil.
        public var iris: Vector3
        public var inner: Vector3
        /// The pupil's radius as a share of the iris's.
        public var pupil: Float
        /// How many veins the sclera shows, 0…1.
        public var veins: Float
    }

    /// Hair of the head and the face.
    public struct HairLook: Equatable, Sendable, Codable {
        public var style: HairStyle
        /// Display colour.
        public var colour: Vector3
        /// The share of white hairs.
        public var grey: Float
        /// Lengths as a factor of the style's.
        public var length: Float
        /// −1 parted at the person's right … 1 left.
        public var parting: Float
        /// The density of brows, 0.5…1.
        public var brows: Float
        /// The length of a beard, metres; 0 for none.
        public var beard: Float
    }
}

/// How hair is cut.
public enum HairStyle: String, CaseIterable, Sendable, Codable {
    case bald, buzz, crop, sidePart, curls, bob, long, wavy, bun
}
