import Foundation

/// An .npz file opened for reading: NumPy arrays by name in a zip archive.
public struct NPZFile: Sendable {
    /// The names of all arrays, those of Python objects too, in the order of the file.
    public let names: [String]
    private let archive: ZipArchive

    /// Opens a file; arrays are read when asked for.
    ///
    /// - Throws: `MediaError` where there is no such file, or it is no archive.
    public init(contentsOf url: URL) throws { try self.init(ZipArchive(contentsOf: url)) }

    /// Opens a file in memory; `name` is for error messages.
    public init(bytes: [UInt8], name: String) throws {
        try self.init(ZipArchive(bytes: bytes, name: name))
    }

    private init(_ archive: ZipArchive) {
        self.archive = archive
        names = archive.entries.map(\.name).filter { $0.hasSuffix(".npy") }
            .map { String($0.dropLast(4)) }
    }

    /// Whether there is an array of that name.
    public func contains(_ name: String) -> Bool { archive.entry(named: name + ".npy") != nil }

    /// Reads an array.
    ///
    /// - Throws: `MediaError.missingEntry` if there is none of that name; what `NumPyArray` throws,
    ///   for one of Python objects too.
    public func array(_ name: String) throws -> NumPyArray {
        guard let entry = archive.entry(named: name + ".npy") else {
            throw MediaError.missingEntry(file: archive.name, name: name, available: names)
        }
        return try NumPyArray(
            ByteSource(archive.read(entry), name: "\(archive.name) (\(name))"))
    }

    /// Reads an array of numbers.
    ///
    /// - Throws: As `array`, and `MediaError.unsupported` for one of texts.
    public func tensor(_ name: String) throws -> TensorData {
        guard let tensor = try array(name).tensor else {
            throw MediaError.unsupported(
                file: "\(archive.name) (\(name))", found: "an array of texts",
                expected: "one of numbers")
        }
        return tensor
    }

    /// Reads all arrays of numbers; texts and Python objects are left out.
    public func tensors() throws -> [String: TensorData] {
        var result: [String: TensorData] = [:]
        for name in names {
            do {
                result[name] = try array(name).tensor
            } catch MediaError.unsupported {
                continue
            }
        }
        return result
    }

    /// Writes an .npz file, in the order of the names.
    ///
    /// - Throws: As `AtomicFile.write(to:overwrite:_:)`.
    public static func write(
        _ tensors: [String: TensorData], compressed: Bool = false, to url: URL, overwrite: Bool
    ) throws {
        try ZipWriter.write(to: url, overwrite: overwrite) { archive in
            for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
                try archive.add(
                    name + ".npy", tensor.npyBytes(),
                    compression: compressed ? .deflated() : .stored)
            }
        }
    }
}
