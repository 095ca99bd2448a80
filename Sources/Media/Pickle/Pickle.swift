import Foundation

/// Python pickles, protocols 2 to 5, read as data (Lib/pickletools.py describes the opcodes).
///
/// A pickle is a program that makes objects by calling what it names. Here a fixed list of names is
/// understood (Python's own containers, OrderedDict, NumPy arrays, PyTorch tensors) and nothing is
/// ever called, imported or run.
public enum Pickle {
    /// What becomes of classes and functions that are not on the list.
    public enum UnknownObjects: Sendable {
        /// The pickle is refused, and the error names the first of them.
        case refuse
        /// They become `PickleValue.object`: their name, arguments and state, without effect.
        case keep
    }

    /// The limits that keep a hostile pickle from filling the memory.
    enum Limit {
        /// The greatest number of bytes of the pickle itself; tensors of an archive lie elsewhere.
        static let bytes = 1 << 30
        /// The greatest number of opcodes.
        static let work = 50_000_000
        /// The greatest number of values when everything that is shared is counted each time.
        static let values = 100_000_000
        /// How deep containers may lie in each other.
        static let depth = 200
    }

    /// Reads a pickle file.
    ///
    /// - Throws: `MediaError` where there is no such file, it is no pickle, names what is not on
    ///   the list, or is damaged.
    public static func read(
        contentsOf url: URL, unknownObjects: UnknownObjects = .refuse
    ) throws -> PickleValue {
        let source = try ByteSource(contentsOf: url)
        guard source.count <= Limit.bytes else {
            throw MediaError.tooLarge(
                file: source.name, found: "\(source.count) bytes",
                limit: "\(Limit.bytes) bytes for a pickle")
        }
        return try read(source.readAll(), name: source.name, unknownObjects: unknownObjects)
    }

    /// Reads a pickle in memory; `name` is for error messages.
    public static func read(
        _ bytes: [UInt8], name: String, unknownObjects: UnknownObjects = .refuse
    ) throws -> PickleValue {
        if bytes.starts(with: OldTorchFile.magic) {
            throw MediaError.unsupported(
                file: name, found: "a PyTorch checkpoint", expected: "a pickle of plain values")
        }
        var machine = PickleMachine(bytes, name: name, unknownObjects: unknownObjects, torch: nil)
        return try machine.run()
    }
}
