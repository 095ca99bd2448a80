import Foundation
import Media
import Spatial

/// What was seen of a person in a run of frames: arrays over T frames, in pixels of the picture. What
/// was not seen has a score of 0.
struct ClipEvidence: Equatable {
    static let facePoints = 478
    static let bodyPoints = PosePoint.allCases.count
    static let handPoints = HandLandmarker.pointCount
    /// The longer side of the small masks.
    static let maskSide = 160

    /// The picture's size.
    let width: Int
    let height: Int
    var times: [Double] = []
    var flags: [FrameFlags] = []
    /// Points of the face and the irises [T, 478, 2].
    var face: [Float] = []
    /// x, y, visibility and world x, y, z of the body [T, 33, 6].
    var body: [Float] = []
    /// The left, then the right hand [T, 2, 21, 2].
    var hands: [Float] = []
    /// How sure face, body, left and right hand are [T, 4].
    var scores: [Float] = []
    /// The person's share of the pixels of a small picture, 0…255 [T, h, w].
    var masks: [UInt8] = []
    /// Small pictures, red, green and blue, 0…255 [T, 3, h, w].
    var pictures: [UInt8] = []
    /// The distance of the surface in millimetres, small pictures [T, h, w]; 0 where not known.
    var surfaces: [UInt16] = []

    init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

    /// The number of frames, T.
    var count: Int { times.count }

    /// The size of the small masks.
    var maskSize: (width: Int, height: Int) { Self.maskSize(width, height) }

    static func maskSize(_ width: Int, _ height: Int) -> (width: Int, height: Int) {
        let scale = min(1, Float(maskSide) / Float(max(width, height)))
        return (
            max(2, Int((Float(width) * scale).rounded())),
            max(2, Int((Float(height) * scale).rounded()))
        )
    }

    /// Adds a frame.
    ///
    /// - Parameters:
    ///   - mask: Of any size, one channel; nil for nobody.
    ///   - depth: Millimetres, of any size, one channel; nil where not known.
    mutating func append(
        _ found: TrackedFrame, picture: Image? = nil, mask: Image?, depth: Image? = nil,
        flags: FrameFlags
    ) {
        times.append(found.time)
        self.flags.append(flags)
        let points = found.faces.first?.allPoints ?? []
        for i in 0..<Self.facePoints {
            let point = i < points.count ? points[i] : .zero
            face += [point.x, point.y]
        }
        for i in 0..<Self.bodyPoints {
            guard let point = found.pose?.points[i] else {
                body += [0, 0, 0, 0, 0, 0]
                continue
            }
            body += [point.position.x, point.position.y, point.visibility]
            body += [point.world.x, point.world.y, point.world.z]
        }
        var handScores: [Float] = []
        for side in [HandLandmarks.Side.left, .right] {
            let hand = found.hands.first { $0.side == side }
            for i in 0..<Self.handPoints {
                hands += [hand?.points[i].x ?? 0, hand?.points[i].y ?? 0]
            }
            handScores.append(hand?.score ?? 0)
        }
        scores += [found.faces.first?.score ?? 0, found.pose?.score ?? 0] + handScores
        let size = maskSize
        surfaces +=
            depth.map { DepthFilter.reduced($0, width: size.width, height: size.height) }
            ?? [UInt16](repeating: 0, count: size.width * size.height)
        if let picture {
            pictures += picture.colourChannels.resized(width: size.width, height: size.height)
                .samples.map { UInt8(min(max($0 * 255, 0), 255)) }
        } else {
            pictures += [UInt8](repeating: 128, count: 3 * size.width * size.height)
        }
        if let mask {
            masks += mask.resized(width: size.width, height: size.height).samples.map {
                UInt8(min(max($0 * 255, 0), 255))
            }
        } else {
            masks += [UInt8](repeating: 0, count: size.width * size.height)
        }
    }

    /// Some of the frames, in the order given.
    func frames(_ indices: some Sequence<Int>) -> ClipEvidence {
        var result = ClipEvidence(width: width, height: height)
        for t in indices { result.append(self, frame: t) }
        return result
    }

    private mutating func append(_ other: ClipEvidence, frame t: Int) {
        func part<Element>(_ values: [Element]) -> ArraySlice<Element> {
            let size = values.count / other.count
            return values[t * size..<(t + 1) * size]
        }
        times.append(other.times[t])
        flags.append(other.flags[t])
        face += part(other.face)
        body += part(other.body)
        hands += part(other.hands)
        scores += part(other.scores)
        masks += part(other.masks)
        pictures += part(other.pictures)
        surfaces += part(other.surfaces)
    }

    /// With the frames of another run after them.
    static func + (a: ClipEvidence, b: ClipEvidence) -> ClipEvidence {
        var result = a
        result.times += b.times
        result.flags += b.flags
        result.face += b.face
        result.body += b.body
        result.hands += b.hands
        result.scores += b.scores
        result.masks += b.masks
        result.pictures += b.pictures
        result.surfaces += b.surfaces
        return result
    }

    /// A point of the body: x, y and visibility.
    func bodyPoint(_ t: Int, _ point: PosePoint) -> Vector3 {
        let i = 6 * (t * Self.bodyPoints + point.rawValue)
        return Vector3(body[i], body[i + 1], body[i + 2])
    }

    /// A point of the body in metres about the hips, y up, z towards the camera.
    func world(_ t: Int, _ point: PosePoint) -> Vector3 {
        let i = 6 * (t * Self.bodyPoints + point.rawValue) + 3
        return Vector3(body[i], -body[i + 1], -body[i + 2])
    }

    /// How visible a point of the body is; 0 outside the picture, where the graph only guesses.
    func visibility(_ t: Int, _ point: PosePoint) -> Float {
        let p = bodyPoint(t, point)
        guard scores[4 * t + 1] > 0.5, p.x >= 0, p.y >= 0, p.x < Float(width),
            p.y < Float(height)
        else { return 0 }
        return p.z
    }

    /// The points of the face in a frame, with the irises if they were seen; nil without a face.
    func facePoints(_ t: Int) -> [Vector2]? {
        guard scores[4 * t] > 0.5 else { return nil }
        let points = (0..<Self.facePoints).map {
            let i = 2 * (t * Self.facePoints + $0)
            return Vector2(face[i], face[i + 1])
        }
        let hasIrises = points[FaceMesh.pointCount...].contains { $0 != .zero }
        return hasIrises ? points : Array(points.prefix(FaceMesh.pointCount))
    }

    /// The small mask of a frame.
    func mask(_ t: Int) -> Image {
        let (w, h) = maskSize
        return Image(
            width: w, height: h, channels: 1,
            samples: masks[t * w * h..<(t + 1) * w * h].map { Float($0) / 255 })
    }

    /// The box around the person, in pixels: by the mask and what is seen of face and body.
    func box(_ t: Int) -> Box? {
        let (w, h) = maskSize
        var points = facePoints(t) ?? []
        for name in PosePoint.allCases where visibility(t, name) > 0.5 {
            let p = bodyPoint(t, name)
            points.append(Vector2(p.x, p.y))
        }
        if let seen = Box(around: mask(t), above: 0.5) {
            let scale = Vector2(Float(width) / Float(w), Float(height) / Float(h))
            points += [seen.minimum * scale, seen.maximum * scale]
        }
        return Box(around: points)
    }
}

extension ClipEvidence {
    /// The arrays as a file holds them.
    var tensors: [String: TensorData] {
        let (w, h) = maskSize
        return [
            "times": TensorData(times), "flags": TensorData(flags.map(\.rawValue)),
            "face": TensorData(face, shape: [count, Self.facePoints, 2]),
            "body": TensorData(body, shape: [count, Self.bodyPoints, 6]),
            "hands": TensorData(hands, shape: [count, 2, Self.handPoints, 2]),
            "scores": TensorData(scores, shape: [count, 4]),
            "masks": TensorData(masks, shape: [count, h, w]),
            "pictures": TensorData(pictures, shape: [count, 3, h, w]),
            "surfaces": TensorData(surfaces, shape: [count, h, w]),
        ]
    }

    /// Reads what `tensors` gave; nil where it is not of a picture of that size.
    init?(_ file: SafetensorsFile, width: Int, height: Int) throws {
        self.init(width: width, height: height)
        func floats(_ name: String) throws -> [Float] { try file.tensor(name).floats() }
        times = try file.tensor("times").doubles()
        flags = try file.tensor("flags").floats().map { FrameFlags(rawValue: UInt8($0)) }
        face = try floats("face")
        body = try floats("body")
        hands = try floats("hands")
        scores = try floats("scores")
        masks = try file.tensor("masks").values(of: UInt8.self) ?? []
        pictures = try file.tensor("pictures").values(of: UInt8.self) ?? []
        surfaces = try file.tensor("surfaces").values(of: UInt16.self) ?? []
        let (w, h) = maskSize
        let sizes = [
            (face.count, Self.facePoints * 2), (body.count, Self.bodyPoints * 6),
            (hands.count, 4 * Self.handPoints), (scores.count, 4), (masks.count, w * h),
            (pictures.count, 3 * w * h), (surfaces.count, w * h), (flags.count, 1),
        ]
        guard count > 0, sizes.allSatisfy({ $0 == $1 * count }) else { return nil }
    }
}
