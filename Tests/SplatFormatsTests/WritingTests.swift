import Foundation
import Media
import Splatting
import Testing

@testable import SplatFormats

@Suite struct WritingTests {
    /// A cloud of made-up values.
    static func cloud(count: Int = 5, degree: Int?) -> GaussianCloud {
        func values(_ n: Int, _ scale: Float) -> [Float] {
            (0..<n).map { scale * sin(Float($0) * 1.7 + scale) }
        }
        let bases = degree.map { ($0 + 1) * ($0 + 1) } ?? 1
        let colours = values(3 * bases * count, 0.45)
        return GaussianCloud(
            means: values(3 * count, 4), logScales: values(3 * count, 2).map { $0 - 4 },
            quaternions: values(4 * count, 1), opacityLogits: values(count, 3),
            colours: degree.map { .sh(colours, degree: $0) } ?? .display(colours.map { $0 + 0.5 }))
    }

    func file(_ ending: String, _ body: (URL) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "splat-\(UUID().uuidString).\(ending)")
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url)
    }

    @Test(arguments: [0, 1, 2, 3]) func plyIsReadBack(_ degree: Int) throws {
        try file("ply") { url in
            let cloud = Self.cloud(degree: degree)
            try cloud.write(to: url, overwrite: false)
            #expect(try GaussianCloud(plyAt: url) == cloud)
            #expect(throws: MediaError.self) { try cloud.write(to: url, overwrite: false) }
        }
    }

    @Test func displayColoursBecomeCoefficients() throws {
        try file("ply") { url in
            let cloud = Self.cloud(degree: nil)
            try cloud.write(to: url, overwrite: false)
            guard case .sh(let values, 0) = try GaussianCloud(plyAt: url).colours,
                case .display(let colours) = cloud.colours
            else {
                Issue.record("no coefficients of degree 0")
                return
            }
            for (value, colour) in zip(values, colours) {
                #expect(abs(0.5 + 0.282_094_79 * value - colour) < 1e-6)
            }
        }
    }

    /// Read by the format's rules: fixed-point positions, sigmoid, x·38.25 + 127.5, (ln σ + 10)·16,
    /// the imaginary parts of a quaternion; y and z the other way.
    @Test func spzHoldsWhatItsFormatSays() throws {
        try file("spz") { url in
            let (count, degree) = (7, 2)
            let cloud = Self.cloud(count: count, degree: degree)
            try cloud.write(to: url, overwrite: false)
            let bytes = try Gzip.read(contentsOf: url)
            #expect(bytes.count == 16 + 20 * count - count + 3 * 8 * count)
            #expect(Array(bytes.prefix(4)) == Array("NGSP".utf8))
            #expect(Array(bytes[4..<16]) == [2, 0, 0, 0, UInt8(count), 0, 0, 0, 2, 12, 0, 0])
            guard case .sh(let values, _) = cloud.colours else { return }
            var at = 16
            func next() -> Float {
                defer { at += 1 }
                return Float(bytes[at])
            }
            for i in 0..<3 * count {
                let word =
                    UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
                at += 3
                let value = Float(Int32(bitPattern: word << 8) >> 8) / 4096
                #expect(abs(value - cloud.means[i] * (i % 3 == 0 ? 1 : -1)) < 2e-4)
            }
            for logit in cloud.opacityLogits {
                #expect(abs(next() / 255 - 1 / (1 + exp(-logit))) < 0.003)
            }
            for i in 0..<count {
                for c in 0..<3 {
                    #expect(abs((next() / 255 - 0.5) / 0.15 - values[27 * i + c]) < 0.014)
                }
            }
            for logScale in cloud.logScales { #expect(abs(next() / 16 - 10 - logScale) < 0.032) }
            for i in 0..<count {
                let (x, y, z) = (next() / 127.5 - 1, next() / 127.5 - 1, next() / 127.5 - 1)
                let w = max(0, 1 - x * x - y * y - z * z).squareRoot()
                // A half turn about x before: i·q.
                let q = Array(cloud.quaternions[4 * i..<4 * i + 4])
                let length = q.reduce(0) { $0 + $1 * $1 }.squareRoot()
                let turned = [-q[1], q[0], -q[3], q[2]].map { $0 / length }
                let cosine = zip([w, x, y, z], turned).reduce(0) { $0 + $1.0 * $1.1 }
                #expect(abs(cosine) > 0.9995)
            }
            let signs: [Float] = [1, -1, -1, 1, -1, 1, 1, -1, 1]
            for i in 0..<count {
                for k in 1..<9 {
                    for c in 0..<3 {
                        let expected = values[27 * i + 3 * k + c] * signs[k]
                        #expect(abs((next() - 128) / 128 - expected) < (k < 4 ? 0.04 : 0.07))
                    }
                }
            }
            #expect(at == bytes.count)
        }
    }

    @Test func turningTwiceChangesNothing() {
        let cloud = Self.cloud(degree: 3)
        let twice = cloud.turnedAboutX().turnedAboutX()
        #expect(twice.means == cloud.means && twice.colours == cloud.colours)
        // A quaternion and its negative are the same rotation.
        #expect(twice.quaternions == cloud.quaternions.map { -$0 })
        #expect(cloud.turnedAboutX().means[1] == -cloud.means[1])
    }

    @Test func extremesAreClampedAndOtherNamesRefused() throws {
        var cloud = Self.cloud(count: 1, degree: 0)
        cloud.means = [1e9, -.infinity, .nan]
        cloud.logScales = [.nan, 100, -100]
        cloud.quaternions = [0, 0, 0, 0]
        cloud.opacityLogits = [.infinity]
        try file("spz") { try cloud.write(to: $0, overwrite: false) }
        try file("txt") { url in
            #expect(throws: SplatFormatError.self) { try cloud.write(to: url, overwrite: false) }
        }
    }
}
