import Rigs
import Spatial
import Splatting

/// Draws the fitted rig, the mask's edge and the landmarks over a picture.
final class RigPainter {
    private let model: ClipModel
    private let camera: Camera
    private let rasteriser = MeshRasteriser()
    private var frame = MeshFrame()
    private let overlay = LandmarkOverlay()

    init(model: ClipModel, camera: Camera) { (self.model, self.camera) = (model, camera) }

    /// - Parameters:
    ///   - mask: One channel, the picture's size.
    ///   - vertices: The rig's, world space.
    func paint(
        _ picture: Image, mask: Image, vertices: [Vector3], landmarks: TrackedFrame
    ) -> Image {
        var result = picture.colourChannels
        let faces = model.anny.mesh.faces
        rasteriser.render(positions: vertices, faces: faces, camera: camera, into: &frame)
        let shades = faces.map { face -> Float in
            let (a, b, c) = (vertices[Int(face.x)], vertices[Int(face.y)], vertices[Int(face.z)])
            let normal = cross(b - a, c - a)
            return 0.25 + 0.75 * abs(dot(normal, Vector3(0.3, 0.5, 0.8)))
                / max(normal.length, 1e-12)
        }
        let (width, height, count) = (picture.width, picture.height, picture.pixelCount)
        let colour = Vector3(0.55, 0.7, 1)
        for y in 0..<height {
            for x in 0..<width {
                let i = y * width + x
                if frame.triangles[i] >= 0 {
                    let shade = shades[Int(frame.triangles[i])]
                    for channel in 0..<3 {
                        let j = channel * count + i
                        result.samples[j] += 0.6 * (shade * colour[channel] - result.samples[j])
                    }
                }
                let here = mask.samples[i] > 0.5
                let isEdge =
                    (x > 0 && (mask.samples[i - 1] > 0.5) != here)
                    || (y > 0 && (mask.samples[i - width] > 0.5) != here)
                if isEdge {
                    result.samples[i] = 0.2
                    result.samples[count + i] = 1
                    result.samples[2 * count + i] = 0.4
                }
            }
        }
        return overlay.draw(landmarks, over: result)
    }
}
