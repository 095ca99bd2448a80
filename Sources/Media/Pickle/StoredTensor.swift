/// A tensor in a checkpoint that is read when asked for, so that a large checkpoint need not be in
/// memory at once.
public struct StoredTensor: Sendable {
    public let elementType: ElementType
    public let shape: [Int]
    private let storage: Storage

    private enum Storage: Sendable {
        case inline(TensorData)
        case view(TorchStorage, strides: [Int], offset: Int)
    }

    init(_ data: TensorData) {
        (elementType, shape, storage) = (data.elementType, data.shape, .inline(data))
    }

    /// A view into a storage, or nil where it reaches outside, or comes to more than `byteLimit`
    /// (a stride of 0 makes much from little).
    init?(
        _ elementType: ElementType, _ torch: TorchStorage, shape: [Int], strides: [Int],
        offset: Int, byteLimit: Int
    ) {
        guard shape.count == strides.count, shape.count <= 64, offset >= 0,
            let bytes = elementType.byteCount(ofShape: shape), bytes <= byteLimit
        else { return nil }
        if bytes > 0 {
            var last = offset
            for (dimension, stride) in zip(shape, strides) {
                let (reach, overflow) = (dimension - 1).multipliedReportingOverflow(by: stride)
                let (sum, sumOverflow) = last.addingReportingOverflow(reach)
                guard stride >= 0, !overflow, !sumOverflow else { return nil }
                last = sum
            }
            guard last < torch.byteCount / elementType.byteCount else { return nil }
        }
        self.elementType = elementType
        self.shape = shape
        storage = .view(torch, strides: strides, offset: offset)
    }

    /// The bytes that `read` returns.
    public var byteCount: Int { elementType.byteCount(ofShape: shape) ?? 0 }

    /// Where the tensor lies in its file as it is, packed row-major and not compressed; nil where it
    /// has to be read. The checksum of what lies there is not verified.
    ///
    /// - Throws: `MediaError` where the file is damaged.
    public func place() throws -> Range<Int>? {
        guard case .view(let torch, let strides, let offset) = storage, isPacked(strides),
            let start = try torch.place()
        else { return nil }
        let begin = start + offset * elementType.byteCount
        return begin..<begin + byteCount
    }

    /// Reads the tensor, packed row-major.
    ///
    /// - Throws: `MediaError` where the file is damaged.
    public func read() throws -> TensorData {
        guard case .view(let torch, let strides, let offset) = storage else {
            guard case .inline(let data) = storage else { fatalError("there are two storages") }
            return data
        }
        if shape.contains(0) {
            return TensorData(elementType: elementType, shape: shape, bytes: [])
        }
        let size = elementType.byteCount
        let reach = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
        let bytes = try torch.read(offset * size..<(offset + reach + 1) * size)
        return TensorData(
            elementType: elementType, shape: shape,
            bytes: isPacked(strides)
                ? bytes : gathered(bytes, shape: shape, strides: strides, offset: 0, size: size))
    }

    /// Whether the elements lie in row-major order without gaps.
    private func isPacked(_ strides: [Int]) -> Bool {
        var step = 1
        for (dimension, stride) in zip(shape, strides).reversed() {
            // The stride of a dimension of one is of no account.
            if dimension != 1 && stride != step { return false }
            step *= dimension
        }
        return true
    }
}

/// The bytes that tensors of a PyTorch checkpoint share: an entry "data/KEY" of an archive, or a part
/// of a file.
enum TorchStorage: Sendable {
    case entry(ZipArchive, ZipArchive.Entry)
    case part(ByteSource, Range<Int>)

    var byteCount: Int {
        switch self {
        case .entry(_, let entry): entry.size
        case .part(_, let range): range.count
        }
    }

    func place() throws -> Int? {
        switch self {
        case .entry(let archive, let entry): try archive.place(of: entry)
        case .part(_, let range): range.lowerBound
        }
    }

    func read(_ range: Range<Int>) throws -> [UInt8] {
        switch self {
        case .entry(let archive, let entry): try archive.read(entry, range: range)
        case .part(let source, let whole):
            try source.read(at: whole.lowerBound + range.lowerBound, count: range.count)
        }
    }
}
