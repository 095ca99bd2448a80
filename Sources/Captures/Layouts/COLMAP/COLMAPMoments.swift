import Foundation
import Media

/// Which pictures of a sparse model were taken at one moment, by the cameras of one rig: the file `frames`
/// that COLMAP writes from 3.12 on, binary or text.
///
/// The file `rigs` beside it is not needed: the places of pictures in `images` are those of the rig with its
/// cameras' places on it taken into account.
enum COLMAPMoments {
    /// The moment of each picture, by their numbers; empty of models without the file.
    ///
    /// - Throws: `MediaError` where it is damaged.
    static func read(_ folder: URL) throws -> [Int: Int] {
        guard let file = COLMAPModel.file("frames", in: folder) else { return [:] }
        return try file.pathExtension == "bin" ? read(binary: file) : read(text: file)
    }

    /// FRAME_ID, RIG_ID, the rig's place, and (SENSOR_TYPE, SENSOR_ID, DATA_ID) of each that took part;
    /// what is not a camera, type 0, takes no pictures.
    private static func read(binary url: URL) throws -> [Int: Int] {
        var reader = ByteReader(try LayoutSupport.bytes(url), name: url.relativePath)
        var moments: [Int: Int] = [:]
        for _ in 0..<(try reader.count(of: 68)) {
            let moment = try Int(reader.integer(UInt32.self))
            try reader.skip(4 + 7 * 8)
            for _ in 0..<(try reader.integer(UInt32.self)) {
                let type = try reader.integer(Int32.self)
                try reader.skip(4)
                let picture = try Int(clamping: reader.integer(UInt64.self))
                if type == 0 { moments[picture] = moment }
            }
        }
        return moments
    }

    private static func read(text url: URL) throws -> [Int: Int] {
        var moments: [Int: Int] = [:]
        for line in try LayoutSupport.lines(url) where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            if words.isEmpty { continue }
            guard words.count >= 10, let moment = Int(words[0]), let count = Int(words[9]),
                (words.count - 10).isMultiple(of: 3), (words.count - 10) / 3 == count
            else {
                throw COLMAPModel.wrong(line, url, "FRAME_ID RIG_ID POSE NUM_DATA_IDS DATA_IDS")
            }
            for entry in stride(from: 10, to: words.count, by: 3) where words[entry] == "CAMERA" {
                guard let picture = Int(words[entry + 2]) else {
                    throw COLMAPModel.wrong(line, url, "CAMERA and two numbers")
                }
                moments[picture] = moment
            }
        }
        return moments
    }
}
