import Spatial
import Splatting

@testable import Torch

/// The rasteriser's picture written with tensor operations in double precision, every Gaussian at
/// every pixel, so that torch differentiates it: slow, and independent of `Splatting`.
///
/// Projection as in EWA splatting (Zwicker et al. 2002), opacity compensation as in Mip-Splatting,
/// eq. 9, blending as in `Rasteriser`. Whether a splat is blended at a pixel counts as constant.
func referenceRendering(
    _ gaussians: GaussianRasterisation.Gaussians, camera: Camera, background: Tensor,
    variance: Double
) -> (image: Tensor, alpha: Tensor, depth: Tensor, channels: Tensor) {
    func double(_ tensor: Tensor) -> Tensor { tensor.converted(to: .float64) }
    let view = Tensor(camera.viewMatrix.rowMajor, shape: [4, 4]).converted(to: .float64)
    let (rotation, translation) = (view[..<3, ..<3], view[..<3, 3])
    let means = double(gaussians.means)

    // Σ = R·S·Sᵀ·Rᵀ, in camera space.
    let q = double(gaussians.quaternions).normalized()
    let (w, x, y, z) = (q.select(1, 0), q.select(1, 1), q.select(1, 2), q.select(1, 3))
    let entries = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ]
    let axes = rotation.matmul(Tensor.stack(entries, 1).reshaped(-1, 3, 3))
    let scaled = axes * double(gaussians.logScales).exp().unsqueezed(1)
    let covariance = scaled.matmul(scaled.transposed())

    // Its projection, with the Jacobian of the perspective division.
    let p = means.matmul(rotation.transposed()) + translation
    let (px, py, pz) = (p.select(1, 0), p.select(1, 1), p.select(1, 2))
    let (fx, fy) = (camera.intrinsics.fx, camera.intrinsics.fy)
    let zero = Tensor.zeros(like: pz)
    let jacobian = Tensor.stack(
        [fx / pz, zero, -fx * px / (pz * pz), zero, fy / pz, -fy * py / (pz * pz)], 1
    ).reshaped(-1, 2, 3)
    let projected = jacobian.matmul(covariance).matmul(jacobian.transposed())
    let filtered = projected + variance * Tensor.eye(2, dtype: .float64)
    let compensation = (projected.determinant() / filtered.determinant()).sqrt()
    let conic = filtered.inverse()

    // Alpha [N, H, W] at pixel centres.
    func axis(_ count: Int) -> Tensor { Tensor.arange(0.5, Double(count), dtype: .float64) }
    let centreX = fx * px / pz + camera.intrinsics.cx
    let centreY = fy * py / pz + camera.intrinsics.cy
    let dx = axis(camera.width).reshaped(1, 1, -1) - centreX.reshaped(-1, 1, 1)
    let dy = axis(camera.height).reshaped(1, -1, 1) - centreY.reshaped(-1, 1, 1)
    func entry(_ row: Int, _ column: Int) -> Tensor {
        conic.select(1, row).select(1, column).reshaped(-1, 1, 1)
    }
    let form = entry(0, 0) * dx * dx + 2 * entry(0, 1) * dx * dy + entry(1, 1) * dy * dy
    let opacity = double(gaussians.opacityLogits).sigmoid() * compensation
    var alpha = (opacity.reshaped(-1, 1, 1) * (-0.5 * form).exp()).clamped(max: 0.99)
    alpha = Tensor.where(alpha .>= 1.0 / 255, alpha, 0.0)

    // Colour from the direction.
    var colours = double(gaussians.colours)
    if colours.dimensions == 3 {
        let eye = -rotation.transposed().matmul(translation)
        let d = (means - eye).normalized()
        let c1 = SphericalHarmonics.c1
        let basis = [
            Tensor.ones(like: pz) * SphericalHarmonics.c0, -c1 * d.select(1, 1),
            c1 * d.select(1, 2), -c1 * d.select(1, 0),
        ]
        let sum = Tensor.einsum("nk,nkc->nc", Tensor.stack(basis, 1), colours)
        colours = (sum + 0.5).clamped(min: 0)
    }

    // Front to back; no pixel of these scenes is ever opaque enough to end.
    var image = Tensor.zeros([3, camera.height, camera.width], dtype: .float64)
    var channels = Tensor.zeros([2, camera.height, camera.width], dtype: .float64)
    var depth = Tensor.zeros([1, camera.height, camera.width], dtype: .float64)
    var transmittance = Tensor.ones([1, camera.height, camera.width], dtype: .float64)
    let extra = double(gaussians.channels!)
    for i in pz.sorted().indices.array(of: Int.self) {
        let weight = transmittance * alpha[i]
        image += weight * colours[i].reshaped(3, 1, 1)
        channels += weight * extra[i].reshaped(2, 1, 1)
        depth += weight * pz[i]
        transmittance *= 1 - alpha[i]
    }
    image += transmittance * double(background).reshaped(3, 1, 1)
    return (image, 1 - transmittance, depth, channels)
}
