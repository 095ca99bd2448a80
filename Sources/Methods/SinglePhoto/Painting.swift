import Avatars
import Foundation
import Rigs
import Spatial
import Splatting

/// Gives every Gaussian its first colour: from the photograph where it is seen, from the `Palette`
/// elsewhere.
enum Painting {
    /// - Parameters:
    ///   - gaussians: their colours are replaced.
    ///   - posed: the Gaussians' centres in the photograph [N, 3], world space.
    ///   - visibility: the shell drawn by the mesh rasteriser in the photograph's view.
    /// - Returns: which Gaussians the photograph shows, N.
    static func paint(
        _ gaussians: inout BoundGaussians, posed: [Float], body: FittedBody, photo: WorkingView,
        visibility: ShellVisibility
    ) -> [Bool] {
        let mesh = body.anny.mesh
        let faces = body.faces
        var isSeen = [Bool](repeating: false, count: gaussians.count)
        var sums = [Vector3](repeating: .zero, count: body.rig.vertices.count)
        var weights = [Float](repeating: 0, count: body.rig.vertices.count)
        // Colours near the outline are mixed with the background's.
        let inner = erodedMask(photo.mask)
        for i in 0..<gaussians.count {
            let mean = Vector3(posed[3 * i], posed[3 * i + 1], posed[3 * i + 2])
            let (pixel, depth) = photo.camera.project(mean)
            guard visibility.shows(pixel: pixel, depth: depth) else { continue }
            let colour = Vector3(
                photo.image.sample(pixel, channel: 0), photo.image.sample(pixel, channel: 1),
                photo.image.sample(pixel, channel: 2))
            guard photo.mask.sample(pixel, channel: 0) > 0.5 else { continue }
            isSeen[i] = true
            for k in 0..<3 { gaussians.colours[3 * i + k] = colour[k] }
            guard inner.sample(pixel, channel: 0) > 0.5 else { continue }
            let face = faces[Int(gaussians.faces[i])]
            let facing = visibility.facing[Int(gaussians.faces[i])]
            guard facing > 0.15 else { continue }
            for (k, corner) in [face.x, face.y, face.z].enumerated() {
                let weight = gaussians.barycentrics[3 * i + k] * facing
                sums[Int(corner)] += colour * weight
                weights[Int(corner)] += weight
            }
        }
        fill(&gaussians, body: body, photo: photo, sums: sums, weights: weights) { i, face in
            let part = mesh.faceParts[body.coveredFaces[face]]
            // The eyeball is painted whole: through the lids the photograph shows a part of it only.
            return isSeen[i] && part != .leftEye && part != .rightEye ? 1 : 0
        }
        return isSeen
    }

    /// Paints anew, after training, what the photograph shows edge-on or not at all: there a pixel is
    /// centimetres of surface, and what training made of it is right in that view only.
    ///
    /// - Returns: the share of its own colour that each Gaussian keeps, N.
    static func settle(
        _ gaussians: inout BoundGaussians, isSeen: [Bool], body: FittedBody, photo: WorkingView,
        visibility: ShellVisibility
    ) -> [Float] {
        let faces = body.faces
        var sums = [Vector3](repeating: .zero, count: body.rig.vertices.count)
        var weights = [Float](repeating: 0, count: body.rig.vertices.count)
        for i in 0..<gaussians.count where isSeen[i] {
            let facing = visibility.facing[Int(gaussians.faces[i])]
            guard facing > Self.squarely else { continue }
            let face = faces[Int(gaussians.faces[i])]
            for (k, corner) in [face.x, face.y, face.z].enumerated() {
                let weight = gaussians.barycentrics[3 * i + k] * facing
                sums[Int(corner)] += weight * gaussians.colour(i)
                weights[Int(corner)] += weight
            }
        }
        let kept = isSeen.indices.map { i -> Float in
            guard isSeen[i] else { return 0 }
            let facing = visibility.facing[Int(gaussians.faces[i])]
            return min(max((facing - Self.edgeOn) / (Self.squarely - Self.edgeOn), 0), 1)
        }
        fill(&gaussians, body: body, photo: photo, sums: sums, weights: weights) { i, _ in kept[i] }
        return kept
    }

    /// Cosines between which a surface counts as seen edge-on and as seen well.
    private static let edgeOn: Float = 0.05
    private static let squarely: Float = 0.22

    /// Mixes the Gaussians' colours with those that the palette gives their places.
    ///
    /// - Parameter kept: the share of its own colour that a Gaussian on a face keeps.
    private static func fill(
        _ gaussians: inout BoundGaussians, body: FittedBody, photo: WorkingView, sums: [Vector3],
        weights: [Float], kept: (_ gaussian: Int, _ face: Int) -> Float
    ) {
        let palette = Palette(body, sums: sums, weights: weights)
        let eyes = Eyes(body, photo: photo, palette: palette)
        let faces = body.faces
        for i in 0..<gaussians.count {
            let local = Int(gaussians.faces[i])
            let part = body.anny.mesh.faceParts[body.coveredFaces[local]]
            let share = kept(i, local)
            if share == 1 { continue }
            let face = faces[local]
            var (place, colour) = (Vector3.zero, Vector3.zero)
            for (k, corner) in [face.x, face.y, face.z].enumerated() {
                let weight = gaussians.barycentrics[3 * i + k]
                place += body.rig.vertices[Int(corner)] * weight
                colour += palette.colours[Int(corner)] * weight
            }
            if part == .leftEye || part == .rightEye { colour = eyes.colour(at: place, part: part) }
            let mixed = colour + (gaussians.colour(i) - colour) * share
            for k in 0..<3 { gaussians.colours[3 * i + k] = mixed[k] }
        }
    }

    /// The mask without its border of a hundredth of the picture's size.
    private static func erodedMask(_ mask: Image) -> Image {
        let inverse = Image(
            width: mask.width, height: mask.height, channels: 1,
            samples: mask.samples.prefix(mask.pixelCount).map { $0 > 0.5 ? 0 : 1 })
        let distance = DistanceField.outside(inverse)
        let border = max(1.5, Float(max(mask.width, mask.height)) / 150)
        return distance.mapped { $0 > border ? 1 : 0 }
    }
}

/// Which places of the shell the photograph shows.
struct ShellVisibility {
    /// How many pixels show each covered face.
    let pixelCounts: [Int]
    /// The cosine between each face's normal and the direction to the camera.
    let facing: [Float]

    private let depth: [Float]
    private let camera: Camera

    init(_ body: FittedBody, posedVertices: [Vector3], camera: Camera) {
        self.camera = camera
        let faces = body.faces
        let frame = MeshRasteriser().render(
            positions: posedVertices, faces: faces, camera: camera)
        depth = frame.depth
        var counts = [Int](repeating: 0, count: faces.count)
        for face in frame.triangles where face >= 0 { counts[Int(face)] += 1 }
        pixelCounts = counts
        let eye = camera.position
        facing = faces.map { face in
            let (a, b, c) = (
                posedVertices[Int(face.x)], posedVertices[Int(face.y)], posedVertices[Int(face.z)]
            )
            return dot(cross(b - a, c - a).normalized, (eye - (a + b + c) / 3).normalized)
        }
    }

    /// Whether a point that falls on `pixel` at `depth` metres is in front of the shell or on it.
    func shows(pixel: Vector2, depth: Float) -> Bool {
        let (x, y) = (Int(pixel.x.rounded(.down)), Int(pixel.y.rounded(.down)))
        guard depth > 0, x >= 0, y >= 0, x < camera.width, y < camera.height else { return false }
        let front = self.depth[y * camera.width + x]
        return !(front > 0) || depth < front + 0.004
    }
}

extension BoundGaussians {
    fileprivate func colour(_ i: Int) -> Vector3 {
        Vector3(colours[3 * i], colours[3 * i + 1], colours[3 * i + 2])
    }
}
