import Foundation
import Rigs
import Spatial

/// The eyeballs' colours: white, iris and pupil by the angle from the eye's axis, in the colour that
/// the photograph shows.
struct Eyes {
    /// The radii of pupil and iris, metres (adult means: 2 mm in room light, 5.9 mm).
    private static let pupilRadius: Float = 0.002
    private static let irisRadius: Float = 0.0059

    private let centres: [BodyPart: Vector3]
    private let iris: Vector3
    private let white: Vector3

    init(_ body: FittedBody, photo: WorkingView, palette: Palette) {
        let mesh = body.anny.mesh
        var centres: [BodyPart: Vector3] = [:]
        var dark: [Vector3] = []
        var white = Vector3(0.85, 0.83, 0.81)
        for part in [BodyPart.leftEye, .rightEye] {
            let vertices = mesh.vertices(of: [part])
            guard !vertices.isEmpty else { continue }
            centres[part] =
                vertices.reduce(Vector3.zero) { $0 + body.rig.vertices[$1] }
                / Float(vertices.count)
            white = palette.colours[vertices[0]]
            // The iris is what is dark between the lids, around the middle of the eye.
            let front = vertices.map { body.vertices[$0] }.max {
                photo.camera.project($0).depth > photo.camera.project($1).depth
            }!
            let (pixel, depth) = photo.camera.project(front)
            let radius = Self.irisRadius * photo.camera.intrinsics.fx / depth
            var samples: [Vector3] = []
            for i in 0..<64 {
                let angle = Float(i) * 2.399963
                let r = radius * (0.4 + 0.5 * Float(i) / 64)
                let at = pixel + Vector2(cos(angle), sin(angle)) * r
                samples.append(
                    Vector3(
                        photo.image.sample(at, channel: 0), photo.image.sample(at, channel: 1),
                        photo.image.sample(at, channel: 2)))
            }
            dark += samples.sorted { $0.sum() < $1.sum() }.prefix(24)
        }
        self.centres = centres
        self.white = white
        iris =
            dark.isEmpty
            ? Vector3(0.25, 0.17, 0.12) : dark.reduce(.zero, +) / Float(dark.count)
    }

    /// The colour of the eyeball at a place of the rest shape, where the gaze is straight ahead.
    func colour(at place: Vector3, part: BodyPart) -> Vector3 {
        guard let centre = centres[part] else { return white }
        let direction = place - centre
        guard direction.z > 0 else { return white }
        let distance = Vector2(direction.x, direction.y).length
        if distance < Self.pupilRadius { return iris * 0.25 }
        if distance < Self.irisRadius {
            // Darker towards the rim (the limbus).
            let t = (distance - Self.pupilRadius) / (Self.irisRadius - Self.pupilRadius)
            return iris * (1.15 - 0.45 * t)
        }
        return white
    }
}
