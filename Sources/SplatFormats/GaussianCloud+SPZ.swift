import Foundation
import Media
import Splatting

extension GaussianCloud {
    /// Niantic's .spz, version 2: 19 bytes a Gaussian without coefficients before compression; positions to 0.2 mm, the other
    /// values to 8 bits. Its axes have y up, so the cloud is turned.
    func spzBytes() -> [UInt8] {
        let cloud = turnedAboutX()
        let (values, degree) = cloud.coefficients
        let bases = (degree + 1) * (degree + 1)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + 20 * count)
        for word: UInt32 in [0x5053_474e, 2, UInt32(count)] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += [UInt8(degree), UInt8(Self.fractionalBits), 0, 0]
        for value in cloud.means {
            let scaled = (value * Float(1 << Self.fractionalBits)).rounded()
            let fixed = UInt32(bitPattern: Int32(Self.clamped(scaled, -8_388_608, 8_388_607)))
            bytes += [
                UInt8(truncatingIfNeeded: fixed), UInt8(truncatingIfNeeded: fixed >> 8),
                UInt8(truncatingIfNeeded: fixed >> 16),
            ]
        }
        for logit in cloud.opacityLogits {
            bytes.append(Self.byte(Opacity.logit(logit).linear * 255))
        }
        for i in 0..<count {
            for k in 0..<3 { bytes.append(Self.byte(values[3 * bases * i + k] * 38.25 + 127.5)) }
        }
        for logScale in cloud.logScales { bytes.append(Self.byte((logScale + 10) * 16)) }
        for i in 0..<count {
            let q = SIMD4(cloud.quaternions[4 * i..<4 * i + 4])
            let length = (q * q).sum().squareRoot()
            // The real part is left out, and so must not be negative.
            let unit = length > 0 ? q / (q.x < 0 ? -length : length) : SIMD4(1, 0, 0, 0)
            for k in 1...3 { bytes.append(Self.byte(unit[k] * 127.5 + 127.5)) }
        }
        for i in 0..<count {
            for k in 3..<3 * bases {
                // Five bits of degree 1, four of the others: what is left compresses better.
                let step: Float = k < 12 ? 8 : 16
                let value = (values[3 * bases * i + k] * 128 / step).rounded() * step + 128
                bytes.append(Self.byte(value))
            }
        }
        return Gzip.compress(bytes)
    }

    /// The binary digits of a position after the point.
    private static let fractionalBits = 12

    private static func clamped(_ value: Float, _ low: Float, _ high: Float) -> Float {
        value > low ? min(value, high) : low
    }

    private static func byte(_ value: Float) -> UInt8 { UInt8(clamped(value.rounded(), 0, 255)) }
}
