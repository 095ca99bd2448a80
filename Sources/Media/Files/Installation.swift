import Foundation

/// Finds the data that scripts/bootstrap unpacks into the folder `.deps`.
public enum Installation {
    /// The file or folder at `path` below the data folder, such as
    /// "mediapipe/modules/face_landmark/face_landmark.tflite".
    ///
    /// Looked for in the folder that the environment variable LIKENESS_DATA names, then in every
    /// `.deps` from the executable's folder upwards, then from the current folder upwards.
    ///
    /// - Throws: `MediaError.notInstalled`, which tells to run scripts/bootstrap.
    public static func locate(_ path: String) throws -> URL {
        try locate(path, in: candidates())
    }

    /// Whether `locate` would find `path`.
    public static func has(_ path: String) -> Bool { (try? locate(path)) != nil }

    static func locate(_ path: String, in folders: [URL]) throws -> URL {
        for folder in folders {
            let url = folder.appendingPathComponent(path)
            if FileManager.default.fileExists(atPath: url.path) { return url }
        }
        throw MediaError.notInstalled(path: path, searched: folders.map(\.path))
    }

    /// The data folders to look in, in order; those that exist, or the first choice if none does.
    static func candidates(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        executable: URL? = Bundle.main.executableURL,
        current: URL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    ) -> [URL] {
        var folders: [URL] = []
        if let data = environment["LIKENESS_DATA"], !data.isEmpty {
            folders.append(URL(fileURLWithPath: data))
        }
        var starts: [URL] = []
        if let executable {
            starts.append(executable.resolvingSymlinksInPath().deletingLastPathComponent())
        }
        starts.append(current)
        for start in starts {
            var folder = start.standardizedFileURL
            while true {
                let candidate = folder.appendingPathComponent(".deps")
                if FileManager.default.fileExists(atPath: candidate.path),
                    !folders.contains(where: { $0.path == candidate.path })
                {
                    folders.append(candidate)
                }
                if folder.path == "/" || folder.path.isEmpty { break }
                folder.deleteLastPathComponent()
            }
        }
        return folders.isEmpty ? [current.appendingPathComponent(".deps")] : folders
    }
}
