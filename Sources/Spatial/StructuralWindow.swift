import Foundation

/// The window of structural similarity (Wang et al. 2004): 11×11 pixels, Gaussian of σ 1.5, weights that
/// add up to 1. It is separable, and each row of the image is filtered once for each block of rows.
public struct StructuralWindow: Sendable {
    /// What lies outside the image.
    public enum Border: Sendable {
        /// Zeros, as convolutions of networks have them.
        case zeros
        /// The image mirrored about its edges: … b a | a b c … (SciPy's `reflect`).
        case mirroredEdges
        /// The image mirrored about its outermost pixels: … c b | a b c … (torch's `reflect`).
        case mirroredPixels
    }

    /// How many pixels the window reaches beyond its middle.
    public static let reach = 5
    private static let taps = 2 * reach + 1
    private static let weights: [Float] = {
        let weights = (-reach...reach).map { exp(-Double($0 * $0) / 4.5) }
        let sum = weights.reduce(0, +)
        return weights.map { Float($0 / sum) }
    }()

    private let width: Int
    private let height: Int
    private let border: Border

    /// The window over an image of a size.
    public init(width: Int, height: Int, border: Border) {
        (self.width, self.height, self.border) = (width, height, border)
    }

    /// The window's mean around each pixel of some rows.
    ///
    /// - Parameters:
    ///   - rows: rows of the image.
    ///   - target: gets `rows.count`·`width` values.
    ///   - load: writes the `width` values of the row that begins at an index to a buffer; called for each
    ///     row that the window reaches, at the border for some of them twice.
    public func blur(
        rows: Range<Int>, into target: UnsafeMutablePointer<Float>,
        _ load: (_ start: Int, _ row: UnsafeMutablePointer<Float>) -> Void
    ) {
        let (reach, taps) = (Self.reach, Self.taps)
        let line = UnsafeMutablePointer<Float>.allocate(capacity: width + 2 * reach)
        let narrow = UnsafeMutablePointer<Float>.allocate(
            capacity: (rows.count + 2 * reach) * width)
        defer {
            line.deallocate()
            narrow.deallocate()
        }
        Self.weights.withUnsafeBufferPointer { weights in
            let weights = weights.baseAddress!
            for i in 0..<rows.count + 2 * reach {
                let into = narrow + i * width
                guard let row = place(rows.lowerBound + i - reach, height) else {
                    into.update(repeating: 0, count: width)
                    continue
                }
                load(row * width, line + reach)
                for k in 1...reach {
                    line[reach - k] = place(-k, width).map { line[reach + $0] } ?? 0
                    line[reach + width - 1 + k] =
                        place(width - 1 + k, width).map { line[reach + $0] } ?? 0
                }
                Self.weigh(line, step: 1, weights, taps, width, into: into)
            }
            for i in 0..<rows.count {
                Self.weigh(
                    narrow + i * width, step: width, weights, taps, width, into: target + i * width)
            }
        }
    }

    /// The pixel that stands for place `i` of an axis; nil for a zero.
    private func place(_ i: Int, _ count: Int) -> Int? {
        if (0..<count).contains(i) { return i }
        switch border {
        case .zeros: return nil
        case .mirroredEdges:
            let j = ((i % (2 * count)) + 2 * count) % (2 * count)
            return j < count ? j : 2 * count - 1 - j
        case .mirroredPixels:
            guard count > 1 else { return 0 }
            let period = 2 * (count - 1)
            let j = ((i % period) + period) % period
            return j < count ? j : period - j
        }
    }

    /// target[k] = Σ weights[t] · source[k + t·step], eight at a time.
    @inline(__always)
    private static func weigh(
        _ source: UnsafePointer<Float>, step: Int, _ weights: UnsafePointer<Float>, _ taps: Int,
        _ count: Int, into target: UnsafeMutablePointer<Float>
    ) {
        var k = 0
        while k + 8 <= count {
            var sum = SIMD8<Float>.zero
            var t = 0
            while t < taps {
                let values = UnsafeRawPointer(source + k + t * step)
                    .loadUnaligned(as: SIMD8<Float>.self)
                sum = sum + values * weights[t]
                t += 1
            }
            UnsafeMutableRawPointer(target + k).storeBytes(of: sum, as: SIMD8<Float>.self)
            k += 8
        }
        while k < count {
            var sum: Float = 0
            for t in 0..<taps { sum += weights[t] * source[k + t * step] }
            target[k] = sum
            k += 1
        }
    }
}
