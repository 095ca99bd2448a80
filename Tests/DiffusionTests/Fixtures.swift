import Foundation

/// A file of the fixtures.
func fixture(_ name: String, _ type: String, in folder: String? = nil) -> URL {
    Bundle.module.url(
        forResource: name, withExtension: type,
        subdirectory: ["Fixtures", folder].compactMap(\.self).joined(separator: "/"))!
}

/// Calls `body` with a file of that text, which is gone afterwards.
func withFile<Result>(
    _ text: String, named name: String = "config.json", _ body: (URL) throws -> Result
) throws -> Result {
    let folder = try TemporaryFolder()
    return try withExtendedLifetime(folder) { try body(folder.write(text, name)) }
}
