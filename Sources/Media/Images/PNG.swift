import Spatial

/// Reading PNG (W3C PNG, third edition). Written out here, on zlib alone: libpng reports errors by
/// `longjmp`, which must not cross Swift frames, and its simple interface changes 16-bit samples.
enum PNG {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    /// The header, IHDR (section 11.2.1).
    struct Header: Equatable {
        var width: Int
        var height: Int
        /// The bits of a sample, or of a palette index.
        var bitDepth: Int
        var colour: Colour
        var isInterlaced: Bool

        /// The bits of a pixel.
        var bitsPerPixel: Int { bitDepth * colour.sampleCount }
        /// The bytes of a row of `width` pixels.
        func rowBytes(_ width: Int) -> Int { (width * bitsPerPixel + 7) / 8 }
    }

    /// The colour type of the header.
    enum Colour: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6

        /// The samples of a pixel in the file.
        var sampleCount: Int {
            switch self {
            case .grey, .palette: 1
            case .greyAlpha: 2
            case .rgb: 3
            case .rgba: 4
            }
        }

        var bitDepths: [Int] {
            switch self {
            case .grey: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            case .rgb, .greyAlpha, .rgba: [8, 16]
            }
        }
    }

    /// The chunks that matter, collected.
    private struct Chunks {
        var header: Header?
        var palette: ArraySlice<UInt8> = []
        /// tRNS: alphas of the palette, or the colour that is transparent.
        var transparency: ArraySlice<UInt8> = []
        var exif: ArraySlice<UInt8>?
        var data: [UInt8] = []
    }

    static func decode(_ bytes: [UInt8], name: String) throws -> Raster {
        let chunks = try readChunks(bytes, name: name)
        guard let header = chunks.header else {
            throw damaged(name, "no header", "the IHDR of a PNG image")
        }
        let passes = header.passes
        let size = passes.reduce(0) { $0 + $1.height * (1 + header.rowBytes($1.width)) }
        var rows: [UInt8]
        do {
            rows = try Zlib.inflate(
                chunks.data[...], limit: size, expecting: size, wrapping: .zlib)
        } catch let failure as ZlibFailure {
            throw damaged(name, failure.found, "\(size) bytes of pixels")
        }
        guard rows.count == size else {
            throw damaged(name, "\(rows.count) bytes of pixels", "\(size)")
        }
        if header.bitDepth == 8, header.colour != .palette, !header.isInterlaced,
            chunks.transparency.isEmpty
        {
            // What nearly every file is needs neither unpacking nor scattering.
            try unfilter(&rows, from: 0, passes[0], header, name: name)
            let image = Image(
                width: header.width, height: header.height, channels: header.colour.sampleCount,
                interleaved: withoutFilters(rows, rowBytes: header.rowBytes(header.width)))
            return Raster(image: image, bitDepth: 8, exif: chunks.exif)
        }
        var values = [UInt16](
            repeating: 0, count: header.width * header.height * header.colour.sampleCount)
        var start = 0
        for pass in passes {
            try unfilter(&rows, from: start, pass, header, name: name)
            scatter(rows, from: start, pass, header, into: &values)
            start += pass.height * (1 + header.rowBytes(pass.width))
        }
        let image = try colourise(values, header, chunks, name: name)
        return Raster(image: image, bitDepth: header.bitDepth, exif: chunks.exif)
    }

    private static func readChunks(_ bytes: [UInt8], name: String) throws -> Chunks {
        var chunks = Chunks()
        var reader = ByteReader(bytes, at: signature.count, name: name)
        var isComplete = false
        // A file that lost its last chunk still has all its pixels.
        while !isComplete, reader.remaining >= 12 {
            let length = try Int(reader.integer(UInt32.self).byteSwapped)
            let typed = try reader.slice(4 + min(length, reader.remaining - 4))
            guard typed.count == 4 + length, reader.remaining >= 4 else {
                throw damaged(name, "an end inside a chunk", "\(length) more bytes")
            }
            let crc = try reader.integer(UInt32.self).byteSwapped
            let type = String(decoding: typed.prefix(4), as: UTF8.self)
            let body = typed.dropFirst(4)
            // A capital first letter marks a chunk that cannot be done without.
            let isCritical = typed.first! & 0x20 == 0
            if isCritical, typed.withUnsafeBytes({ Zlib.crc32($0) }) != crc {
                throw damaged(name, "a wrong checksum in its \(type) chunk", "the right one")
            }
            if chunks.header == nil, type != "IHDR" {
                throw damaged(name, "a chunk \(type) first", "the IHDR of a PNG image")
            }
            switch type {
            case "IHDR": chunks.header = try Header(body, name: name)
            case "PLTE": chunks.palette = body
            case "tRNS": chunks.transparency = body
            case "eXIf": chunks.exif = body
            case "IDAT": chunks.data += body
            case "IEND": isComplete = true
            default:
                if isCritical {
                    throw MediaError.unsupported(
                        file: name, found: "a PNG image with a chunk that is not known",
                        expected: ImageFormat.accepted)
                }
            }
        }
        return chunks
    }

    /// From the values in the file to an image: palette and transparent colour are resolved.
    private static func colourise(
        _ values: [UInt16], _ header: Header, _ chunks: Chunks, name: String
    ) throws -> Image {
        let (width, height) = (header.width, header.height)
        let transparency = Array(chunks.transparency)
        if header.colour == .palette {
            let palette = Array(chunks.palette)
            guard palette.count % 3 == 0, !palette.isEmpty, palette.count <= 768 else {
                throw damaged(name, "a palette of \(palette.count) bytes", "1 to 256 colours")
            }
            guard let highest = values.max(), Int(highest) < palette.count / 3 else {
                throw damaged(
                    name, "a pixel of colour \(values.max() ?? 0)",
                    "one of the palette's \(palette.count / 3)")
            }
            let channels = transparency.isEmpty ? 3 : 4
            var bytes: [UInt8] = []
            bytes.reserveCapacity(values.count * channels)
            for value in values {
                let i = Int(value)
                bytes.append(palette[3 * i])
                bytes.append(palette[3 * i + 1])
                bytes.append(palette[3 * i + 2])
                if channels == 4 { bytes.append(i < transparency.count ? transparency[i] : 255) }
            }
            return Image(width: width, height: height, channels: channels, interleaved: bytes)
        }
        let count = header.colour.sampleCount
        let scale = Float((1 << header.bitDepth) - 1)
        let image: Image
        if header.bitDepth == 16 {
            image = Image(width: width, height: height, channels: count, interleaved: values)
        } else {
            image = Image(
                width: width, height: height, channels: count,
                interleaved: values.map { UInt8(Float($0) * (255 / scale)) })
        }
        guard header.colour == .grey || header.colour == .rgb, !transparency.isEmpty else {
            return image
        }
        guard transparency.count == 2 * count else {
            throw damaged(
                name, "a transparent colour of \(transparency.count) bytes", "\(2 * count)")
        }
        let key = (0..<count).map {
            UInt16(transparency[2 * $0]) << 8 | UInt16(transparency[2 * $0 + 1])
        }
        let alpha = (0..<width * height).map { pixel -> Float in
            (0..<count).allSatisfy { values[pixel * count + $0] == key[$0] } ? 0 : 1
        }
        return image.withAlpha(Image(width: width, height: height, channels: 1, samples: alpha))
    }

    static func damaged(_ name: String, _ found: String, _ expected: String) -> MediaError {
        .damaged(file: name, found: found, expected: expected)
    }
}

extension PNG.Header {
    /// Reads the body of IHDR.
    init(_ body: ArraySlice<UInt8>, name: String) throws {
        var reader = ByteReader(body, name: name)
        width = try Int(reader.integer(UInt32.self).byteSwapped)
        height = try Int(reader.integer(UInt32.self).byteSwapped)
        bitDepth = try Int(reader.integer(UInt8.self))
        let type = try reader.integer(UInt8.self)
        let methods = try (reader.integer(UInt8.self), reader.integer(UInt8.self))
        let interlacing = try reader.integer(UInt8.self)
        guard let colour = PNG.Colour(rawValue: type), colour.bitDepths.contains(bitDepth),
            methods == (0, 0), interlacing <= 1
        else {
            throw PNG.damaged(name, "a header that makes no sense", "the IHDR of a PNG image")
        }
        self.colour = colour
        isInterlaced = interlacing == 1
        try ImageFile.check(width: width, height: height, name: name)
    }
}
