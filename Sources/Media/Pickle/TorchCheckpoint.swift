import Foundation

/// A PyTorch checkpoint (.pt, .pth, .bin, .ckpt), opened for reading.
///
/// The zip format that `torch.save` writes since PyTorch 1.6, and the one before. Opening reads the
/// pickle only, as data (see `Pickle`); tensors are read when asked for.
public struct TorchCheckpoint: Sendable {
    /// What was saved.
    public let root: PickleValue
    /// The name for error messages.
    public let name: String
    private let byteLimit: Int

    /// Opens a checkpoint.
    ///
    /// - Throws: `MediaError` where there is no such file, it is no checkpoint, names a class that is not known (unless those are kept), or is damaged.
    public init(
        contentsOf url: URL, unknownObjects: Pickle.UnknownObjects = .refuse
    ) throws {
        try self.init(ByteSource(contentsOf: url), unknownObjects: unknownObjects)
    }

    /// Opens a checkpoint in memory; `name` is for error messages.
    public init(
        bytes: [UInt8], name: String, unknownObjects: Pickle.UnknownObjects = .refuse
    ) throws {
        try self.init(ByteSource(bytes, name: name), unknownObjects: unknownObjects)
    }

    private init(_ source: ByteSource, unknownObjects: Pickle.UnknownObjects) throws {
        name = source.name
        let start = try source.read(at: 0, count: min(64, source.count))
        byteLimit = 4 * source.count + 256 << 20
        if start.starts(with: OldTorchFile.magic) {
            root = try OldTorchFile.read(source, unknownObjects: unknownObjects)
            return
        }
        guard ZipArchive.matches(start) else {
            throw MediaError.unsupported(
                file: name, found: "\(ImageFormat.describe(start)) and no PyTorch checkpoint",
                expected: "a file that torch.save wrote")
        }
        let archive = try ZipArchive(source)
        guard
            let pickle = archive.entries.first(where: {
                $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl")
            })
        else {
            throw MediaError.unsupported(
                file: name, found: "a zip archive without data.pkl",
                expected: "a file that torch.save wrote")
        }
        let torch = TorchArchive(
            archive: archive, prefix: String(pickle.name.dropLast("data.pkl".count)))
        if archive.entry(named: torch.prefix + "constants.pkl") != nil {
            throw MediaError.unsupported(
                file: name, found: "a TorchScript program",
                expected: "a checkpoint of its state dictionary")
        }
        if archive.entry(named: torch.prefix + "byteorder") != nil,
            try archive.read(torch.prefix + "byteorder") == Array("big".utf8)
        {
            throw MediaError.unsupported(
                file: name, found: "a checkpoint of a big-endian machine",
                expected: "a little-endian one")
        }
        guard pickle.size <= Pickle.Limit.bytes else {
            throw MediaError.tooLarge(
                file: name, found: "a pickle of \(pickle.size) bytes",
                limit: "\(Pickle.Limit.bytes)")
        }
        var machine = PickleMachine(
            try archive.read(pickle), name: name, unknownObjects: unknownObjects, torch: torch)
        root = try machine.run()
    }

    /// Reads all tensors of a checkpoint by name.
    ///
    /// - Throws: As `init(contentsOf:unknownObjects:)`.
    public static func read(_ url: URL) throws -> [String: TensorData] {
        try TorchCheckpoint(contentsOf: url).tensors()
    }

    /// Reads all tensors by name: the keys that lead to each, joined by dots, below the key
    /// `below` if it is given.
    ///
    /// - Throws: `MediaError.missingEntry` if there is no such key; `MediaError.tooLarge` where
    ///   views of the same content come to many times the file's size.
    public func tensors(below key: String? = nil) throws -> [String: TensorData] {
        try storedTensors(below: key).mapValues { try $0.read() }
    }

    /// All tensors by name, none read: the keys that lead to each, joined by dots, below the key
    /// `below` if it is given.
    ///
    /// - Throws: As `tensors(below:)`.
    public func storedTensors(below key: String? = nil) throws -> [String: StoredTensor] {
        var start = root
        if let key {
            guard let value = root[key] else {
                throw MediaError.missingEntry(file: name, name: key, available: root.keys)
            }
            start = value
        }
        let named = start.namedTensors()
        let total = named.reduce(0) { $0 + $1.tensor.byteCount }
        guard total <= byteLimit else {
            throw MediaError.tooLarge(
                file: name, found: "tensors that come to \(total) bytes",
                limit: "\(byteLimit) for a file of its size")
        }
        return Dictionary(named.map { ($0.name, $0.tensor) }, uniquingKeysWith: { $1 })
    }
}
