import Spatial

extension Image {
    /// An image from rows of interleaved 8-bit samples, 255 being 1.
    public init(width: Int, height: Int, channels: Int, interleaved bytes: [UInt8]) {
        let table = (0...255).map { Float($0) / 255 }
        self.init(width: width, height: height, channels: channels, interleaved: bytes) {
            table[Int($0)]
        }
    }

    /// An image from rows of interleaved 16-bit samples, 65535 being 1.
    public init(width: Int, height: Int, channels: Int, interleaved values: [UInt16]) {
        self.init(width: width, height: height, channels: channels, interleaved: values) {
            Float($0) / 65535
        }
    }

    /// The samples rounded to 8 bits, pixel by pixel; what is outside 0…1 is clamped.
    public func interleavedBytes() -> [UInt8] {
        // 1.5·2²³ added rounds to an integer in the low bits.
        interleaved { UInt8(truncatingIfNeeded: ($0 * 255 + 0x1.8p23).bitPattern) }
    }

    /// The samples rounded to 16 bits, pixel by pixel; what is outside 0…1 is clamped.
    public func interleavedWords() -> [UInt16] {
        interleaved { UInt16(truncatingIfNeeded: ($0 * 65535 + 0x1.8p23).bitPattern) }
    }

    private init<Value: Sendable>(
        width: Int, height: Int, channels: Int, interleaved values: [Value],
        _ decode: (Value) -> Float
    ) {
        precondition(
            values.count == width * height * channels, "width × height × channels values")
        let count = width * height
        let samples = [Float](unsafeUninitializedCapacity: values.count) { buffer, filled in
            nonisolated(unsafe) let target = buffer
            values.withUnsafeBufferPointer { source in
                nonisolated(unsafe) let source = source
                parallelFor(count, grain: 1 << 16) { pixels, _ in
                    for channel in 0..<channels {
                        for i in pixels {
                            target[channel * count + i] = decode(source[i * channels + channel])
                        }
                    }
                }
            }
            filled = buffer.count
        }
        self.init(width: width, height: height, channels: channels, samples: samples)
    }

    private func interleaved<Value: FixedWidthInteger & Sendable>(
        _ encode: (Float) -> Value
    ) -> [Value] {
        [Value](unsafeUninitializedCapacity: samples.count) { buffer, filled in
            nonisolated(unsafe) let target = buffer
            samples.withUnsafeBufferPointer { source in
                nonisolated(unsafe) let source = source
                parallelFor(pixelCount, grain: 1 << 16) { pixels, _ in
                    for channel in 0..<channels {
                        for i in pixels {
                            let value = source[channel * pixelCount + i]
                            // The comparison also turns what is not a number into 0.
                            target[i * channels + channel] = encode(value > 0 ? min(value, 1) : 0)
                        }
                    }
                }
            }
            filled = buffer.count
        }
    }
}
