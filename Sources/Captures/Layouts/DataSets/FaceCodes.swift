import Foundation
import Media

/// The codes of expression that DEGAS drives faces by: what the encoder of DPE (Pang et al. 2023) makes of the
/// face in a picture, 512 numbers under "exp".
///
/// Tracks have them as `dpe` [n, 512] of the n cameras whose pictures were encoded, and, where there may be
/// several, the cameras' numbers as `dpe_cameras` [n]. Their files hold nothing else: by what weights DEGAS
/// mixes the cameras' codes is up to the one who trains.
struct FaceCodes: Sendable {
    /// The cameras that each frame has a code of.
    private let cameras: [Int: [Int]]
    private let read: @Sendable (_ frame: Int, _ camera: Int) throws -> TensorData
    private let namesCameras: Bool

    /// The codes of DREAMS-Avatar, in `dpe/dpe-multi-faces.zip` or a folder of that name or `dpe/` itself:
    /// `dpe-FRAME-camNN.pt` by the numbers of frames and cameras of the videos. Nil where there are none.
    ///
    /// - Throws: `MediaError` where the archive is damaged.
    init?(dreams url: URL) throws {
        let folder = url.appendingPathComponent("dpe")
        let file = folder.appendingPathComponent("dpe-multi-faces.zip")
        let names: [String]
        let bytes: @Sendable (String) throws -> [UInt8]
        if FileManager.default.fileExists(atPath: file.path) {
            let archive = try ZipArchive(contentsOf: file)
            names = archive.entries.map(\.name)
            bytes = { try archive.read($0) }
        } else {
            let folders = [folder.appendingPathComponent("dpe-multi-faces"), folder]
            guard
                let place = folders.first(where: {
                    !LayoutSupport.names(in: $0, endings: ["pt"]).isEmpty
                })
            else { return nil }
            names = LayoutSupport.names(in: place, endings: ["pt"])
            bytes = { try LayoutSupport.bytes(place.appendingPathComponent($0)) }
        }
        var members: [Int: [Int: String]] = [:]
        for name in names {
            guard
                let match = name.wholeMatch(of: /(?:.*\/)?dpe-(\d{1,9})-cam(\d{1,4})\.pt/),
                let frame = Int(match.1), let camera = Int(match.2)
            else { continue }
            members[frame, default: [:]][camera] = name
        }
        guard !members.isEmpty else { return nil }
        namesCameras = true
        cameras = members.mapValues { $0.keys.sorted() }
        read = { [members] frame, camera in
            let name = members[frame]![camera]!
            let checkpoint = try TorchCheckpoint(
                bytes: bytes(name), name: "\(folder.relativePath)/\(name)")
            return try Self.code(checkpoint.root, checkpoint.name)
        }
    }

    /// The codes of ActorsHQ, a list of dictionaries in `dpe-codes.pt`, by the number of the frame, or, where
    /// it is as long as there are frames, in their order. Nil where there is no such file.
    ///
    /// - Parameter numbers: The frames' numbers.
    /// - Throws: `MediaError` where it is damaged.
    init?(actorsHQ url: URL, numbers: [Int]) throws {
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        let checkpoint = try TorchCheckpoint(contentsOf: url)
        guard let items = checkpoint.root.items else {
            throw MediaError.damaged(
                file: url.relativePath, found: "no list", expected: "a code of each frame")
        }
        let isInOrder = items.count == numbers.count
        let places = numbers.enumerated().map { isInOrder ? $0 : $1 }
        namesCameras = false
        cameras = Dictionary(
            uniqueKeysWithValues: places.enumerated().compactMap {
                items.indices.contains($1) ? ($0, [0]) : nil
            })
        read = { frame, _ in try Self.code(items[places[frame]], url.relativePath) }
    }

    private static func code(_ value: PickleValue, _ file: String) throws -> TensorData {
        guard let stored = value["exp"]?.tensor else {
            throw MediaError.damaged(
                file: file, found: "no tensor \"exp\"", expected: "a code of expression")
        }
        let code = try stored.read()
        guard code.count == 512 else {
            throw MediaError.damaged(
                file: file, found: "a code of \(code.count) numbers", expected: "512")
        }
        return code
    }

    /// The tracks' parameters of a frame's codes; none where it has no code.
    ///
    /// - Throws: `MediaError` where a code is damaged.
    func parameters(at frame: Int) throws -> [String: TensorData] {
        guard let cameras = cameras[frame] else { return [:] }
        let codes = try cameras.flatMap { try read(frame, $0).floats() }
        var result = ["dpe": TensorData(codes, shape: [cameras.count, 512])]
        if namesCameras { result["dpe_cameras"] = TensorData(cameras.map(Int32.init)) }
        return result
    }
}

extension Capture {
    /// Adds codes to the tracks; where nobody fitted a body to the frames, there are none to add them to.
    mutating func add(_ codes: FaceCodes?) {
        guard let codes else { return }
        guard let tracks else {
            problems.append("There are codes of expression, but no fits of the body.")
            return
        }
        self.tracks = tracks.adding { try codes.parameters(at: $0) }
    }
}
