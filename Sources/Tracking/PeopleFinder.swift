import Foundation
import Spatial

/// Finds all people of a picture, by face and by body.
final class PeopleFinder {
    /// Someone found, with what was found of them.
    struct Person {
        var pose: PoseLandmarks?
        var face: Detection?
        /// The side of the square that would hold the whole body, in pixels: what people are compared
        /// by, whether they were found by face or by body.
        var extent: Float
    }

    /// A body's square is so many times the face's box.
    private static let bodyPerFace: Float = 13

    let poses: PoseLandmarker
    private let near: FaceDetector
    private let far: FaceDetector

    init(graphs: TrackingGraphs) throws {
        poses = try PoseLandmarker(graphs: graphs)
        near = try FaceDetector(.short, graphs: graphs)
        far = try FaceDetector(.full, graphs: graphs)
    }

    /// Everybody, the largest first.
    func people(in image: Image) throws -> [Person] {
        var people: [Person] = []
        for detection in try bodies(in: image).prefix(8) {
            let region = PoseLandmarker.region(of: detection)
            let pose = try poses.landmarks(in: image, region: region)
            // Two detections of one body lead to the same points.
            let isNew = !people.contains { other in
                guard let a = other.pose?.box(), let b = pose.box() else { return false }
                return a.overlap(with: b) > 0.6
            }
            if pose.score >= 0.5 && isNew {
                people.append(Person(pose: pose, face: nil, extent: region.size.x))
            }
        }
        for face in try faces(in: image, atAnySize: people.isEmpty) {
            let owner = people.firstIndex { person in
                guard let pose = person.pose, person.face == nil else { return false }
                let nose = pose[.nose].position
                let reach = 0.75 * max(face.box.size.x, face.box.size.y)
                return (Vector2(nose.x, nose.y) - face.box.centre).length < reach
            }
            if let owner {
                people[owner].face = face
            } else {
                people.append(try person(of: face, in: image))
            }
        }
        return people.sorted { $0.extent > $1.extent }
    }

    /// The face of someone whose pose is known, looked for closely about the head.
    func face(of pose: PoseLandmarks, in image: Image) throws -> Detection? {
        let points = pose.points.prefix(11).map { Vector2($0.position.x, $0.position.y) }
        guard let box = Box(around: points) else { return nil }
        var region = Region(box)
        region.rotation = Region.rotation(
            from: points[PosePoint.rightEye.rawValue], to: points[PosePoint.leftEye.rawValue],
            target: 0)
        return try face(in: image, near: region.transformed(scale: 3), about: box.centre)
    }

    /// A face looked for again closely, in the picture around where it was found.
    func face(again face: Detection, in image: Image) throws -> Detection? {
        let region = Region(face.box).transformed(scale: 2)
        return try self.face(in: image, near: region, about: face.box.centre)
    }

    private func face(in image: Image, near region: Region, about centre: Vector2) throws
        -> Detection?
    {
        try near.detect(in: image, region: region).min {
            ($0.box.centre - centre).length < ($1.box.centre - centre).length
        }
    }

    /// A person of whom a face was found; the body is looked for below it.
    private func person(of face: Detection, in image: Image) throws -> Person {
        let extent = Self.bodyPerFace * max(face.box.size.x, face.box.size.y)
        var region = Region(face.box)
        region.rotation = Region.rotation(
            from: face.keypoints[0], to: face.keypoints[1], target: 0)
        region.size = Vector2(extent, extent)
        // The head is a third of the square above the hips.
        region.centre += region.rotated(Vector2(0, 0.32 * extent))
        let pose = try poses.landmarks(in: image, region: region)
        let nose = pose[.nose].position
        let isSame = face.box.contains(Vector2(nose.x, nose.y))
        return Person(pose: pose.score >= 0.5 && isSame ? pose : nil, face: face, extent: extent)
    }

    private func bodies(in image: Image) throws -> [Detection] {
        let found = try poses.detect(in: image)
        if !found.isEmpty { return found }
        return Detection.merged(
            try tiles(of: image, parts: 2).flatMap { try poses.detect(in: image, region: $0) })
    }

    /// Faces in the whole picture, and if there are none, in smaller and smaller tiles of it.
    private func faces(in image: Image, atAnySize: Bool) throws -> [Detection] {
        let whole = try far.detect(in: image)
        let close = try near.detect(in: image)
        // The short range takes a small face for a larger one: it counts only where the other is
        // silent.
        let extra = close.filter { face in !whole.contains { $0.box.overlap(with: face.box) > 0.1 }
        }
        var found = whole + extra
        var parts = 2
        while found.isEmpty && atAnySize && max(image.width, image.height) / parts > 256 {
            found = Detection.merged(
                try tiles(of: image, parts: parts).flatMap { try far.detect(in: image, region: $0) }
            )
            parts *= 2
        }
        return found
    }

    /// Squares of 1/`parts` of the longer side, each overlapping its neighbours by half.
    private func tiles(of image: Image, parts: Int) -> [Region] {
        let (width, height) = (Float(image.width), Float(image.height))
        let side = max(width, height) / Float(parts)
        func centres(_ length: Float) -> [Float] {
            guard length > side else { return [length / 2] }
            let count = Int((2 * (length - side) / side).rounded(.up)) + 1
            let step = (length - side) / Float(count - 1)
            return (0..<count).map { side / 2 + Float($0) * step }
        }
        return centres(height).flatMap { y in
            centres(width).map { x in
                Region(centre: Vector2(x, y), size: Vector2(side, side))
            }
        }
    }
}
