import Diffusion

/// How an autoencoder's image carries depth of 16 bits beside its colours (Stan et al., arXiv
/// 2305.10853, section 3.1; diffusers' `VaeImageProcessorLDM3D`).
///
/// Depth is inverse and relative: larger is nearer (see `DepthRange`). Images are planar, in −1…1.
public enum DepthPacking: String, Sendable, CaseIterable {
    /// RGB alone: Stable Diffusion.
    case none
    /// A fourth channel, 0…65535 as −1…1: LDM3D-4c.
    case single
    /// Three more channels that read as an 8-bit picture: nothing, the high byte, the low byte.
    case bytes

    /// The packing of an image of so many channels: 3, 4 or 6.
    public init?(channels: Int) {
        guard let packing = Self.allCases.first(where: { $0.channels == channels }) else {
            return nil
        }
        self = packing
    }

    /// The channels of the image, colours and depth.
    public var channels: Int {
        switch self {
        case .none: 3
        case .single: 4
        case .bytes: 6
        }
    }

    /// The depth of an image, to the very number that diffusers' formula gives: of one channel
    /// ⌊65535·c⌋, of bytes 256·⟨255·g⟩ + ⟨255·b⟩, where ⟨⟩ rounds and c, g, b are the channels brought to
    /// 0…1. All 16 bits are kept.
    ///
    /// - Parameter samples: `channels` planes of equally many samples, −1…1; others are clamped.
    /// - Returns: a number for each pixel, row by row; nil where there is no depth.
    public func depth(of samples: UnsafeBufferPointer<Float>) -> [UInt16]? {
        let count = samples.count / channels
        precondition(samples.count == count * channels, "\(channels) planes")
        switch self {
        case .none: return nil
        case .single:
            return (0..<count).map { UInt16(Self.normalised(samples[3 * count + $0]) * 65535) }
        case .bytes:
            return (0..<count).map {
                let high = Self.byte(samples[4 * count + $0])
                let low = Self.byte(samples[5 * count + $0])
                return high << 8 | low
            }
        }
    }

    /// The channels that carry depth: what `depth(of:)` reads back, every number unchanged.
    ///
    /// - Returns: `channels` − 3 planes, −1…1.
    public func planes(of depth: [UInt16]) -> [Float] {
        switch self {
        case .none: []
        // Reading cuts fractions off: a half keeps each number clear of its neighbour.
        case .single: depth.map { min((Float($0) + 0.5) / 65535, 1) * 2 - 1 }
        case .bytes:
            [Float](repeating: -1, count: depth.count)
                + depth.map { Float($0 >> 8) / 255 * 2 - 1 }
                + depth.map { Float($0 & 255) / 255 * 2 - 1 }
        }
    }

    /// From −1…1 to 0…1; what is not a number becomes 0.
    static func normalised(_ sample: Float) -> Float {
        let value = sample / 2 + 0.5
        return value > 0 ? min(value, 1) : 0
    }

    private static func byte(_ sample: Float) -> UInt16 {
        UInt16((normalised(sample) * 255).rounded(.toNearestOrEven))
    }
}
