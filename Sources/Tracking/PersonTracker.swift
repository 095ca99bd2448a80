import Foundation
import Media
import Spatial

/// Finds the person of a picture: face, body and mask.
///
/// Loads its graphs once; not for use by two threads at once.
public final class PersonTracker {
    /// The least distance between the sides of a face's box, in pixels, to read its features.
    public static let minimumFaceSize = 48

    private let finder: PeopleFinder
    private let mesh: FaceMesh
    private let matter: PersonMatter

    /// Loads the graphs, by default those that scripts/bootstrap brought.
    ///
    /// - Throws: `MediaError.notInstalled` or `TrackingError`.
    public init(graphs: TrackingGraphs? = nil) throws {
        let graphs = try graphs ?? TrackingGraphs.installed()
        finder = try PeopleFinder(graphs: graphs)
        mesh = try FaceMesh(isRefined: true, graphs: graphs)
        matter = try PersonMatter(graphs: graphs)
    }

    /// What is seen of the largest person.
    ///
    /// - Parameters:
    ///   - image: The picture: grey, grey with alpha, RGB or RGB with alpha, display sRGB in 0…1. An
    ///     alpha channel that cuts somebody out is taken as the mask.
    ///   - name: What an error calls the picture, such as its file.
    /// - Throws: `TrackingError.pictureUnusable`, `.noPerson` or `.faceTooSmall`.
    public func analyse(_ image: Image, named name: String = "The picture") throws
        -> PersonObservation
    {
        guard image.width >= 2, image.height >= 2, (1...4).contains(image.channels) else {
            throw TrackingError.pictureUnusable(
                name: name, found: "\(image.width) × \(image.height) pixels")
        }
        let matte = AlphaMatte(of: image)
        // Where a picture is transparent, what colour is stored there means nothing.
        let picture = matte?.picture ?? image.flattened()
        let people = try finder.people(in: picture)
        guard let person = people.first else { throw TrackingError.noPerson(name: name) }

        let face = try face(of: person, in: picture)
        if face == nil && person.pose == nil { throw TrackingError.noPerson(name: name) }
        if let face {
            let size = Int(face.box.size.x.rounded(.down))
            guard size >= Self.minimumFaceSize else {
                throw TrackingError.faceTooSmall(
                    name: name, found: size, needed: Self.minimumFaceSize)
            }
        }
        let mask: Image
        if let matte, matte.shows(face: face, pose: person.pose) {
            mask = matte.alpha
        } else {
            mask = try cut(person, face: face, others: people.dropFirst(), from: picture)
        }
        guard let box = Box(around: mask, above: 0.5) else {
            throw TrackingError.noPerson(name: name)
        }
        return PersonObservation(
            face: face, pose: person.pose, mask: mask, box: box, peopleFound: people.count)
    }

    /// The mesh of a person's face, nil if it is turned away, hidden or outside the picture.
    private func face(of person: PeopleFinder.Person, in picture: Image) throws -> FaceLandmarks? {
        // The detector places a face best when it sees little else: twice, ever more closely.
        var candidates: [Detection] = []
        if let pose = person.pose, let face = try finder.face(of: pose, in: picture) {
            candidates += [try finder.face(again: face, in: picture), face].compactMap { $0 }
        }
        if let face = person.face {
            candidates += [try finder.face(again: face, in: picture), face].compactMap { $0 }
        }
        for detection in candidates {
            let landmarks = try mesh.landmarks(in: picture, detection: detection)
            if landmarks.score >= 0.5 { return landmarks }
        }
        return nil
    }

    private func cut(
        _ person: PeopleFinder.Person, face: FaceLandmarks?,
        others: ArraySlice<PeopleFinder.Person>, from picture: Image
    ) throws -> Image {
        var poses: [PoseLandmarks] = []
        if let pose = person.pose {
            poses.append(pose)
            // A second look, from the region that the first one asks for.
            let again = try finder.poses.landmarks(in: picture, region: pose.nextRegion)
            if again.score >= 0.5 { poses.append(again) }
        }
        let whole = Box(
            minimum: .zero, maximum: Vector2(Float(picture.width), Float(picture.height)))
        let head = face?.box ?? person.face?.box
        let box = poses.first?.outline ?? head.map(Self.body(below:)) ?? whole
        return try matter.matte(
            picture, poses: poses, box: box.intersection(whole) ?? whole, head: head,
            others: others.compactMap(\.pose))
    }

    /// Where the body of a face of which nothing else is known may be.
    private static func body(below head: Box) -> Box {
        let reach = Vector2(2, 1) * head.size
        return Box(
            minimum: head.minimum - reach, maximum: head.maximum + reach * Vector2(1, 5))
    }
}

extension PoseLandmarks {
    /// The box around the outline, in pixels of the picture; nil if it is empty.
    var outline: Box? {
        guard let cells = Box(around: segmentation, above: 0.5) else { return nil }
        let size = Vector2(Float(segmentation.width), Float(segmentation.height))
        let (low, high) = (cells.minimum / size, cells.maximum / size)
        return Box(
            around: [low, Vector2(high.x, low.y), high, Vector2(low.x, high.y)]
                .map(region.point(at:)))
    }
}

extension Box {
    /// The smallest box around the pixels of a mask above `threshold`; nil if there are none.
    public init?(around mask: Image, above threshold: Float) {
        var (left, right, top, bottom) = (mask.width, -1, mask.height, -1)
        for y in 0..<mask.height {
            for x in 0..<mask.width where mask.samples[y * mask.width + x] > threshold {
                (left, right) = (min(left, x), max(right, x))
                (top, bottom) = (min(top, y), max(bottom, y))
            }
        }
        guard right >= left else { return nil }
        self.init(
            minimum: Vector2(Float(left), Float(top)),
            maximum: Vector2(Float(right + 1), Float(bottom + 1)))
    }
}

extension Image {
    /// Red, green and blue, three times the grey of a grey picture; alpha is dropped.
    var colourChannels: Image {
        if channels >= 3 { return channels == 3 ? self : channels(0..<3) }
        let grey = samples.prefix(pixelCount)
        return Image(width: width, height: height, channels: 3, samples: Array(grey + grey + grey))
    }
}
