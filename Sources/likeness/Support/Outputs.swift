import Foundation
import Media

/// Refuses an output that exists before the work that would make it, not after.
///
/// - Throws: `MediaError.exists`.
func requireWritable(_ path: String, overwrite: Bool) throws -> URL {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) {
        if isFolder.boolValue {
            throw MediaError.unwritable(file: path, reason: "it is a folder")
        }
        if !overwrite { throw MediaError.exists(file: path) }
    }
    return url
}
