import Foundation
import Rigs
import Spatial
import Torch
import Tracking

/// Moves the face's skin the last millimetre to where its landmarks were seen.
///
/// What the shape space cannot express is left over from the fit as a residual at each landmark. It is
/// turned into a displacement parallel to the image, interpolated over the skin by Gaussian radial
/// basis functions (smoothed by a ridge, since landmarks jitter), and given to the person's rest shape:
/// lids and lips of the rig then lie on those of the photograph, so that no teeth are painted on lips.
enum FaceCorrection {
    /// The reach of a landmark, metres.
    private static let reach: Float = 0.009
    /// How far interpolation may miss a residual: variance of the jitter against that of residuals.
    private static let ridge: Float = 0.15
    /// No correction is larger, metres.
    private static let limit: Float = 0.008

    /// - Parameters:
    ///   - observed: the landmarks in the photograph.
    static func apply(
        to body: FittedBody, observed: FaceLandmarks, embedding: FaceLandmarkEmbedding
    ) -> FittedBody {
        let mesh = body.anny.mesh
        let places = embedding.points(of: body.vertices, mesh: mesh)
        let camera = body.view.camera
        let toWorld = camera.viewMatrix.linear.transposed
        let residuals = zip(places, observed.points).map { place, seen -> Vector3 in
            let (pixel, depth) = camera.project(place)
            let shift = (Vector2(seen.x, seen.y) - pixel) * depth
            let inCamera = Vector3(
                shift.x / camera.intrinsics.fx, shift.y / camera.intrinsics.fy, 0)
            let length = inCamera.length
            return toWorld * (inCamera * min(1, limit / max(length, 1e-9)))
        }
        let centres = Tensor(places.flatMap { [$0.x, $0.y, $0.z] }, shape: [places.count, 3])
        func kernel(_ points: Tensor) -> Tensor {
            (-(points.distances(to: centres) / reach).squared()).exp()
        }
        let targets = Tensor(residuals.flatMap { [$0.x, $0.y, $0.z] }, shape: [places.count, 3])
        let system = kernel(centres) + ridge * Tensor.eye(places.count)
        let coefficients = system.solve(targets)

        let skin = mesh.vertices(of: [.face, .lips])
        let points = Tensor(
            skin.flatMap { [body.vertices[$0].x, body.vertices[$0].y, body.vertices[$0].z] },
            shape: [skin.count, 3])
        let moved = kernel(points).matmul(coefficients).array()
        var displacements = [Vector3](repeating: .zero, count: body.vertices.count)
        for (i, vertex) in skin.enumerated() {
            let inWorld = Vector3(moved[3 * i], moved[3 * i + 1], moved[3 * i + 2])
            let inverse = body.transforms[vertex].linear.inverse ?? .identity
            displacements[vertex] = inverse * inWorld
        }
        return body.moved(by: displacements)
    }
}
