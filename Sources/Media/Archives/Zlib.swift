import CZlib

/// zlib's compression, checksum and their limits.
package enum Zlib {
    /// How a compressed stream is wrapped.
    enum Wrapping {
        /// Deflate alone, as in zip.
        case none
        /// As in .gz files; one or more members.
        case gzip
        /// As RFC 1950 has it.
        case zlib

        fileprivate var windowBits: Int32 {
            switch self {
            case .none: -MAX_WBITS
            case .zlib: MAX_WBITS
            case .gzip: MAX_WBITS + 16
            }
        }
    }

    /// No deflate stream grows by more than this factor (RFC 1951: 258 bytes from 2 bits).
    static let greatestGrowth = 1032

    /// The CRC-32 of bytes, continuing from `seed`.
    package static func crc32(_ bytes: UnsafeRawBufferPointer, from seed: UInt32 = 0) -> UInt32 {
        UInt32(
            truncatingIfNeeded: crc32_z(
                uLong(seed), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { crc32($0) } }

    /// Compresses bytes; level 1 is the fastest, 9 the smallest. The same bytes always give the
    /// same result with the same version of zlib.
    static func deflate(_ bytes: [UInt8], level: Int, wrapping: Wrapping) -> [UInt8] {
        var stream = z_stream()
        let started = deflateInit2_(
            &stream, Int32(level), Z_DEFLATED, wrapping.windowBits, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(started == Z_OK, "zlib refuses its own settings")
        defer { deflateEnd(&stream) }
        var result = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        bytes.withUnsafeBufferPointer { input in
            var taken = 0
            var status = Z_OK
            while status != Z_STREAM_END {
                let part = min(input.count - taken, 1 << 30)
                stream.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress.map { $0 + taken })
                stream.avail_in = uInt(part)
                let flush = taken + part == input.count ? Z_FINISH : Z_NO_FLUSH
                chunk.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = uInt(output.count)
                    status = CZlib.deflate(&stream, flush)
                    result.append(contentsOf: output.prefix(output.count - Int(stream.avail_out)))
                }
                taken += part - Int(stream.avail_in)
            }
        }
        return result
    }

    /// Decompresses bytes of which at most `limit` may come out. Memory grows with what really
    /// comes out, never with what a header promises.
    ///
    /// - Throws: `ZlibFailure`.
    static func inflate(
        _ bytes: ArraySlice<UInt8>, limit: Int, expecting: Int? = nil, wrapping: Wrapping
    ) throws -> [UInt8] {
        var stream = z_stream()
        let started = inflateInit2_(
            &stream, wrapping.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(started == Z_OK, "zlib refuses its own settings")
        defer { inflateEnd(&stream) }
        var result = [UInt8]()
        if let expecting {
            result.reserveCapacity(min(expecting, limit, bytes.count * greatestGrowth + 64))
        }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        try bytes.withUnsafeBufferPointer { input in
            var (taken, produced) = (0, 0)
            while true {
                let part = min(input.count - taken, 1 << 30)
                stream.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress.map { $0 + taken })
                stream.avail_in = uInt(part)
                var status = Z_OK
                var got = 0
                chunk.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = uInt(output.count)
                    status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    got = output.count - Int(stream.avail_out)
                    if got <= limit - result.count { result.append(contentsOf: output.prefix(got)) }
                }
                // What did not fit was not appended.
                produced += got
                if produced > result.count { throw ZlibFailure.tooLong }
                let used = part - Int(stream.avail_in)
                taken += used
                switch status {
                case Z_STREAM_END:
                    if case .gzip = wrapping, taken < input.count, input[taken] == 0x1f {
                        inflateReset(&stream)
                        continue
                    }
                    return
                case Z_OK, Z_BUF_ERROR:
                    if used == 0 && got == 0 { throw ZlibFailure.cutShort }
                default:
                    throw ZlibFailure.corrupt
                }
            }
        }
        return result
    }
}

/// Why a compressed stream cannot be read.
package enum ZlibFailure: Error {
    case cutShort
    case corrupt
    case tooLong

    /// The cause as the "found" of a `MediaError`.
    var found: String {
        switch self {
        case .cutShort: "a compressed stream that ends early"
        case .corrupt: "a compressed stream that makes no sense"
        case .tooLong: "a compressed stream longer than it says"
        }
    }
}
