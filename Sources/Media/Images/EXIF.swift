/// The two facts of an EXIF block that are used (EXIF 2.32, sections 4.6.2 to 4.6.5). What makes no
/// sense is left at its default: an image is worth more than its notes.
struct EXIF {
    /// Where the first row and column of the stored image are, 1 to 8; 1 is upright.
    private(set) var orientation = 1
    /// The focal length on 35 mm film, in millimetres.
    private(set) var focalLength35mm: Float?

    init() {}

    /// Reads the TIFF structure of a block.
    init(_ tiff: ArraySlice<UInt8>) {
        let reader: TIFFReader
        if tiff.starts(with: Array("II*\0".utf8)) {
            reader = TIFFReader(bytes: tiff, isLittleEndian: true)
        } else if tiff.starts(with: Array("MM\0*".utf8)) {
            reader = TIFFReader(bytes: tiff, isLittleEndian: false)
        } else {
            return
        }
        guard let start = reader.integer(at: 4, size: 4) else { return }
        let main = reader.directory(at: start)
        if let value = main[0x0112], (1...8).contains(value) { orientation = value }
        if let start = main[0x8769] {
            let focal = reader.directory(at: start)[0xa405] ?? 0
            if focal > 0 { focalLength35mm = Float(focal) }
        }
    }
}

private struct TIFFReader {
    let bytes: ArraySlice<UInt8>
    let isLittleEndian: Bool

    func integer(at offset: Int, size: Int) -> Int? {
        guard offset >= 0, offset + size <= bytes.count else { return nil }
        let field = bytes.dropFirst(offset).prefix(size)
        return (isLittleEndian ? Array(field.reversed()) : Array(field))
            .reduce(0) { $0 << 8 | Int($1) }
    }

    /// The entries of one short or long integer, by tag.
    func directory(at offset: Int) -> [Int: Int] {
        guard let count = integer(at: offset, size: 2) else { return [:] }
        var entries: [Int: Int] = [:]
        for i in 0..<count {
            let at = offset + 2 + 12 * i
            guard let tag = integer(at: at, size: 2), let type = integer(at: at + 2, size: 2)
            else { break }
            let size = [3: 2, 4: 4][type]
            if let size, integer(at: at + 4, size: 4) == 1 {
                entries[tag] = integer(at: at + 8, size: size)
            }
        }
        return entries
    }
}
