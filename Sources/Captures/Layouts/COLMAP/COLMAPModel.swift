import Foundation
import Media
import Spatial

/// A sparse model of COLMAP: `cameras`, `images` and `points3D`, each a binary or a text file
/// (COLMAP's documentation, "Output Format").
struct COLMAPModel {
    /// A picture and where it was taken from.
    struct Picture {
        var name: String
        var number: Int
        var camera: Int
        var viewMatrix: Spatial.AffineTransform
    }

    /// Lenses by their numbers.
    private(set) var cameras: [Int: CaptureCamera] = [:]
    /// Pictures, those of one moment together, the moments in the order of their first pictures' names.
    private(set) var pictures: [Picture] = []
    /// The pictures of each moment, as ranges of `pictures`.
    private(set) var moments: [Range<Int>] = []

    /// The file that a folder is known by, if it holds a model.
    static func file(_ name: String, in folder: URL) -> URL? {
        ["bin", "txt"].map { folder.appendingPathComponent("\(name).\($0)") }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// Reads cameras and pictures.
    ///
    /// - Throws: `MediaError`.
    init(_ folder: URL) throws {
        guard let file = Self.file("cameras", in: folder) else {
            throw MediaError.notFound(
                file: folder.appendingPathComponent("cameras.bin").relativePath)
        }
        if file.pathExtension == "bin" {
            try readCameras(binary: file)
            try readPictures(binary: folder.appendingPathComponent("images.bin"))
        } else {
            try readCameras(text: file)
            try readPictures(text: folder.appendingPathComponent("images.txt"))
        }
        pictures.sort { LayoutSupport.isBefore($0.name, $1.name) }
        for picture in pictures where cameras[picture.camera] == nil {
            throw MediaError.damaged(
                file: folder.relativePath,
                found: "a picture of camera \(picture.camera)", expected: "a camera of the list")
        }
        groupPictures(try COLMAPMoments.read(folder))
    }

    /// Brings pictures of one moment together, in the order of their cameras.
    private mutating func groupPictures(_ momentOf: [Int: Int]) {
        var places: [Int: Int] = [:]
        var groups: [[Picture]] = []
        for picture in pictures {
            let moment = momentOf[picture.number]
            if let moment, let place = places[moment] {
                groups[place].append(picture)
            } else {
                if let moment { places[moment] = groups.count }
                groups.append([picture])
            }
        }
        pictures = []
        for group in groups {
            let start = pictures.count
            pictures += group.sorted { $0.camera < $1.camera }
            moments.append(start..<pictures.count)
        }
    }

    // MARK: Cameras

    private mutating func readCameras(binary url: URL) throws {
        var reader = ByteReader(try LayoutSupport.bytes(url), name: url.relativePath)
        for _ in 0..<(try reader.count(of: 24)) {
            let id = try Int(reader.integer(Int32.self))
            let model = try Int(reader.integer(Int32.self))
            let width = try Int(clamping: reader.integer(UInt64.self))
            let height = try Int(clamping: reader.integer(UInt64.self))
            guard COLMAPLens.models.indices.contains(model) else {
                throw COLMAPLens.unknown("model \(model)", url)
            }
            let lens = COLMAPLens.models[model]
            let parameters = try (0..<lens.count).map { _ in try reader.double() }
            cameras[id] = try lens.camera(
                "\(id)", parameters, width: width, height: height, file: url)
        }
    }

    private mutating func readCameras(text url: URL) throws {
        for line in try LayoutSupport.lines(url) where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            if words.isEmpty { continue }
            guard words.count >= 4, let id = Int(words[0]), let width = Int(words[2]),
                let height = Int(words[3])
            else { throw Self.wrong(line, url, "CAMERA_ID MODEL WIDTH HEIGHT PARAMS") }
            guard let lens = COLMAPLens.models.first(where: { $0.name == words[1] }) else {
                throw COLMAPLens.unknown("model \(words[1])", url)
            }
            let parameters = words[4...].compactMap { Double($0) }
            guard parameters.count == lens.count, words.count == 4 + lens.count else {
                throw Self.wrong(line, url, "\(lens.count) parameters of \(lens.name)")
            }
            cameras[id] = try lens.camera(
                "\(id)", parameters, width: width, height: height, file: url)
        }
    }

    // MARK: Pictures

    private mutating func readPictures(binary url: URL) throws {
        var reader = ByteReader(try LayoutSupport.bytes(url), name: url.relativePath)
        for _ in 0..<(try reader.count(of: 73)) {
            let number = try Int(reader.integer(Int32.self))
            let pose = try (0..<7).map { _ in try reader.double() }
            let camera = try Int(reader.integer(Int32.self))
            var name: [UInt8] = []
            while case let byte = try reader.integer(UInt8.self), byte != 0 { name.append(byte) }
            try append(String(decoding: name, as: UTF8.self), number, camera, pose, url)
            // The points that were found in it: x, y and the number of a point of the scene.
            let points = try reader.count(of: 24)
            try reader.skip(24 * points)
        }
    }

    private mutating func readPictures(text url: URL) throws {
        var isPicture = true
        for line in try LayoutSupport.lines(url) where !line.hasPrefix("#") {
            // Every second line is a list of points, and may be empty.
            guard isPicture else {
                isPicture = true
                continue
            }
            let words = line.split(separator: " ", maxSplits: 9)
            if words.isEmpty { continue }
            guard words.count == 10, let number = Int(words[0]), let camera = Int(words[8]) else {
                throw Self.wrong(line, url, "IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME")
            }
            let pose = words[1..<8].compactMap { Double($0) }
            guard pose.count == 7 else { throw Self.wrong(line, url, "seven numbers") }
            try append(String(words[9]), number, camera, pose, url)
            isPicture = false
        }
    }

    private mutating func append(
        _ name: String, _ number: Int, _ camera: Int, _ pose: [Double], _ url: URL
    ) throws {
        let p = pose.map { Float($0) }
        let q = Quaternion(w: p[0], x: p[1], y: p[2], z: p[3])
        let length = p[0] * p[0] + p[1] * p[1] + p[2] * p[2] + p[3] * p[3]
        guard p.allSatisfy(\.isFinite), length > 1e-12 else {
            throw MediaError.damaged(
                file: url.relativePath, found: "the place of \"\(name.prefix(60))\"",
                expected: "a rotation and finite numbers")
        }
        pictures.append(
            Picture(
                name: name, number: number, camera: camera,
                viewMatrix: AffineTransform(
                    linear: q.normalized.matrix, translation: Vector3(p[4], p[5], p[6]))))
    }

    // MARK: Points

    /// The points of the scene.
    ///
    /// - Throws: `MediaError`.
    static func points(_ url: URL) throws -> ColouredMesh {
        var mesh = ColouredMesh(texture: Image(width: 1, height: 1, channels: 3, filledWith: 1))
        if url.pathExtension == "bin" {
            var reader = ByteReader(try LayoutSupport.bytes(url), name: url.relativePath)
            for _ in 0..<(try reader.count(of: 51)) {
                try reader.skip(8)
                let xyz = try (0..<3).map { _ in Float(try reader.double()) }
                mesh.positions.append(Vector3(xyz[0], xyz[1], xyz[2]))
                var colour = SIMD3<UInt8>()
                for c in 0..<3 { colour[c] = try reader.integer(UInt8.self) }
                mesh.colours.append(colour)
                try reader.skip(8)
                // Where it was seen: pictures and numbers of points there.
                let track = try reader.count(of: 8)
                try reader.skip(8 * track)
            }
            return mesh
        }
        for line in try LayoutSupport.lines(url) where !line.hasPrefix("#") {
            let words = line.split(separator: " ", maxSplits: 8)
            if words.isEmpty { continue }
            let xyz = words.dropFirst().prefix(3).compactMap { Float($0) }
            let rgb = words.dropFirst(4).prefix(3).compactMap { UInt8($0) }
            guard xyz.count == 3, rgb.count == 3 else {
                throw wrong(line, url, "POINT3D_ID X Y Z R G B ERROR TRACK")
            }
            mesh.positions.append(Vector3(xyz[0], xyz[1], xyz[2]))
            mesh.colours.append(SIMD3(rgb[0], rgb[1], rgb[2]))
        }
        return mesh
    }

    static func wrong(_ line: Substring, _ url: URL, _ expected: String) -> MediaError {
        .damaged(
            file: url.relativePath, found: "the line \"\(line.prefix(60))\"", expected: expected)
    }
}

extension ByteReader {
    /// A number of things of at least so many bytes each, which must still be there.
    mutating func count(of size: Int) throws -> Int {
        let count = try integer(UInt64.self)
        guard count <= UInt64(remaining / size) else {
            throw MediaError.damaged(
                file: name, found: "\(remaining) bytes at \(offset)",
                expected: "\(count) records of \(size) bytes or more")
        }
        return Int(count)
    }

    fileprivate mutating func double() throws -> Double {
        Double(bitPattern: try integer(UInt64.self))
    }
}
