import Foundation

/// The normalisations of hand_recrop.tflite: convolutions of a single cell that scale and shift each
/// channel.
///
/// LiteRT does both with one rounding, the library in MediaPipe with two: the only arithmetic of all
/// graphs in which they differ. Along a video that grows to several hundredths of a hand, so these
/// nodes are given to an operator of our own.
final class ChannelScale {
    private static let name = "ChannelScale"

    /// The nodes in order. Where the file says which operator each is and how many inputs it has, and
    /// where it has the factors and the summands of how many channels (little-endian words).
    private static let nodes = [
        (114_424, 114_480, 109_552, 109_504, 8),
        (114_304, 114_348, 109_408, 109_360, 8),
        (114_128, 114_172, 108_176, 108_128, 8),
        (113_692, 113_736, 106_960, 106_880, 16),
        (113_528, 113_572, 102_528, 102_448, 16),
        (113_152, 113_196, 99_232, 99_088, 32),
        (112_988, 113_032, 82_256, 82_112, 32),
        (112_612, 112_656, 71_728, 71_456, 64),
        (112_448, 112_492, 38_240, 38_096, 32),
        (112_108, 112_152, 27_760, 27_488, 64),
        (111_944, 111_988, 10_848, 10_768, 16),
        (111_548, 111_592, 7504, 7360, 32),
        (111_384, 111_428, 3104, 3056, 8),
    ]
    /// Where the file says how far on its table of operators lies.
    private static let table = 44
    /// LiteRT's numbers of the operators in the file's table, and of one that it does not know.
    private static let codes: [UInt8] = [3, 54, 4, 17, 34, 0, 45]
    private static let unknown: UInt8 = 32

    private var factors: [[Float]] = []
    private var summands: [[Float]] = []
    private var next = 0

    /// Tells that the graph starts from its first node.
    func restart() { next = 0 }

    /// Gives the nodes to the operator: the file's content gets a new table of operators at its end.
    /// Nodes keep one input, as LiteRT hands no constants to operators of others.
    func claim(_ content: inout Data) {
        func floats(at offset: Int, _ count: Int) -> [Float] {
            content.withUnsafeBytes { bytes in
                (0..<count).map {
                    Float(
                        bitPattern: UInt32(
                            littleEndian: bytes.loadUnaligned(
                                fromByteOffset: offset + 4 * $0, as: UInt32.self)))
                }
            }
        }
        func put(_ value: Int, at offset: Int) {
            for i in 0..<4 {
                content[content.startIndex + offset + i] = UInt8(value >> (8 * i) & 0xFF)
            }
        }
        let start = content.count
        // Each entry: how far back its layout lies, its number, and how far on its name.
        let layout = start + 4 + 4 * (Self.codes.count + 1)
        let entries = layout + 8
        let text = entries + 12 * (Self.codes.count + 1)
        content.append(contentsOf: [UInt8](repeating: 0, count: text + 20 - start))
        put(Self.codes.count + 1, at: start)
        put(8 | 12 << 16, at: layout)
        put(4 | 8 << 16, at: layout + 4)
        for (i, code) in (Self.codes + [Self.unknown]).enumerated() {
            let entry = entries + 12 * i
            put(entry - (start + 4 + 4 * i), at: start + 4 + 4 * i)
            put(entry - layout, at: entry)
            put(Int(code), at: entry + 4)
            put(text - (entry + 8), at: entry + 8)
        }
        put(Self.name.utf8.count, at: text)
        for (i, byte) in Self.name.utf8.enumerated() {
            content[content.startIndex + text + 4 + i] = byte
        }
        put(start - Self.table, at: Self.table)
        for (code, inputs, factors, summands, channels) in Self.nodes {
            put(Self.codes.count, at: code)
            put(1, at: inputs)
            self.factors.append(floats(at: factors, channels))
            self.summands.append(floats(at: summands, channels))
        }
    }

    /// The operator: values [1, H, W, C] scaled and shifted.
    var scaling: CustomOperator {
        CustomOperator(name: Self.name, version: 1, shape: { $0[0] }) {
            [unowned self] inputs, output in
            let values = inputs[0].values
            let (factors, summands) = (factors[next], summands[next])
            next += 1
            let channels = factors.count
            factors.withUnsafeBufferPointer { factors in
                summands.withUnsafeBufferPointer { summands in
                    for i in stride(from: 0, to: values.count, by: channels) {
                        for c in 0..<channels {
                            output[i + c] = values[i + c] * factors[c] + summands[c]
                        }
                    }
                }
            }
        }
    }
}
