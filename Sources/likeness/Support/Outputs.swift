import ArgumentParser
import Foundation
import Media

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Refuses an output that exists or cannot be written, before the work that would make it, not
/// after.
///
/// - Throws: `MediaError.exists` or `.unwritable`.
func requireWritable(_ path: String, overwrite: Bool) throws -> URL {
    guard !path.isEmpty else { throw ValidationError("--output takes a file's name.") }
    let url = URL(fileURLWithPath: path)
    let destination = url.resolvingSymlinksInPath()
    let type = { (url: URL) in
        (try? FileManager.default.attributesOfItem(atPath: url.path))?[.type] as? FileAttributeType
    }
    switch type(destination) {
    case .typeDirectory?: throw MediaError.unwritable(file: path, reason: "it is a folder")
    case .typeRegular? where !overwrite: throw MediaError.exists(file: path)
    default: break
    }
    // Missing folders are made: the nearest that is there has to allow it.
    var folder = destination.deletingLastPathComponent()
    while type(folder) == nil, folder.path != "/" { folder.deleteLastPathComponent() }
    guard type(folder.resolvingSymlinksInPath()) == .typeDirectory else {
        throw MediaError.unwritable(file: path, reason: "\(folder.path) is not a folder")
    }
    guard access(folder.path, W_OK | X_OK) == 0 else {
        throw MediaError.unwritable(
            file: path, reason: "the folder \(folder.path) may not be written to")
    }
    return url
}

/// Refuses to write over an input, or two outputs under one name.
///
/// - Throws: `ValidationError`.
func requireDistinct(_ paths: [(what: String, path: String?)]) throws {
    var seen: [String: String] = [:]
    for case (let what, let path?) in paths {
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        if let other = seen.updateValue(what, forKey: file) {
            throw ValidationError("\(what) and \(other) are the same file, \(path).")
        }
    }
}

/// Refuses a name that does not say which of the formats for pictures is meant.
///
/// - Throws: `ValidationError`.
func requirePictureName(_ path: String, option: String, isTransparent: Bool = false) throws {
    let formats = isTransparent ? ["png"] : ["png", "jpg", "jpeg"]
    let name = URL(fileURLWithPath: path).pathExtension.lowercased()
    guard formats.contains(name) else {
        throw ValidationError(
            "\(option) takes a name that ends in .\(formats.joined(separator: " or .")), not \(path)."
        )
    }
}
