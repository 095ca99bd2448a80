import Foundation
import Media
import Splatting

extension GaussianCloud {
    /// Writes the format that the name ends in, .ply or .spz, of a cloud in the axes of 3D Gaussian
    /// Splatting (x right, y down, z forward). Extra channels and smoothing are left out.
    ///
    /// - Throws: `SplatFormatError.unsupported` for another ending; as `AtomicFile.write`.
    public func write(to url: URL, overwrite: Bool) throws {
        switch url.pathExtension.lowercased() {
        case "ply": try AtomicFile.write(plyBytes(), to: url, overwrite: overwrite)
        case "spz": try AtomicFile.write(spzBytes(), to: url, overwrite: overwrite)
        default:
            throw SplatFormatError.unsupported(
                file: url.relativePath, found: "the ending \".\(url.pathExtension)\"",
                expected: "a name that ends in .ply or .spz")
        }
    }

    /// The cloud turned half around the x axis: from y up to y down and back.
    public func turnedAboutX() -> GaussianCloud {
        var result = self
        for i in 0..<count {
            for axis in [1, 2] { result.means[3 * i + axis] = -means[3 * i + axis] }
            let (w, x, y, z) = (
                quaternions[4 * i], quaternions[4 * i + 1], quaternions[4 * i + 2],
                quaternions[4 * i + 3]
            )
            // The product with the half turn, 0 + 1i.
            for (k, value) in [-x, w, -z, y].enumerated() { result.quaternions[4 * i + k] = value }
        }
        if case .sh(var values, let degree) = colours {
            Self.negate(&values, degree: degree, Self.oddInHalfTurnAboutX)
            result.colours = .sh(values, degree: degree)
        }
        return result
    }

    /// The basis functions that are odd where y and z change sign.
    private static let oddInHalfTurnAboutX: Set<Int> = [1, 2, 4, 7, 9, 11, 12, 14]

    private static func negate(_ values: inout [Float], degree: Int, _ odd: Set<Int>) {
        let bases = (degree + 1) * (degree + 1)
        for i in values.indices where odd.contains(i / 3 % bases) { values[i] = -values[i] }
    }

    /// Spherical-harmonic coefficients [N, bases, 3]; of display colours those of degree 0.
    var coefficients: (values: [Float], degree: Int) {
        switch colours {
        case .sh(let values, let degree): (values, degree)
        case .display(let values): (values.map { ($0 - 0.5) / 0.282_094_79 }, 0)
        }
    }

    /// The layout of 3D Gaussian Splatting (Kerbl et al. 2023), which `init(plyAt:)` reads.
    func plyBytes() -> [UInt8] {
        let (values, degree) = coefficients
        let bases = (degree + 1) * (degree + 1)
        let names =
            ["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"]
            + (0..<3 * (bases - 1)).map { "f_rest_\($0)" }
            + ["opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"]
        var text = "ply\nformat binary_little_endian 1.0\nelement vertex \(count)\n"
        for name in names { text += "property float \(name)\n" }
        var bytes = Array((text + "end_header\n").utf8)
        bytes.reserveCapacity(bytes.count + 4 * names.count * count)
        for i in 0..<count {
            var row = means[3 * i..<3 * i + 3] + [0, 0, 0]
            for k in 0..<3 { row.append(values[3 * bases * i + k]) }
            // All coefficients of red come first.
            for channel in 0..<3 {
                for k in 0..<bases where k > 0 { row.append(values[3 * (bases * i + k) + channel]) }
            }
            row.append(opacityLogits[i])
            row += logScales[3 * i..<3 * i + 3]
            row += quaternions[4 * i..<4 * i + 4]
            for value in row {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return bytes
    }
}
