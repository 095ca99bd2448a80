/// Real spherical harmonics up to degree 3, with the constants and signs of 3D Gaussian Splatting
/// (Kerbl et al. 2023): colour = 0.5 + Σ coefficient · basis(direction), then clamped at 0 below.
public enum SphericalHarmonics {
    /// The constant basis function: 1 / (2√π).
    public static let c0: Float = 0.28209479177387814
    /// The factor of degree 1: √3 / (2√π).
    public static let c1: Float = 0.4886025119029199
    /// The factors of degree 2, by order m = −2…2.
    public static let c2: [Float] = [
        1.0925484305920792, -1.0925484305920792, 0.31539156525252005, -1.0925484305920792,
        0.5462742152960396,
    ]
    /// The factors of degree 3, by order m = −3…3.
    public static let c3: [Float] = [
        -0.5900435899266435, 2.890611442640554, -0.4570457994644658, 0.3731763325901154,
        -0.4570457994644658, 1.445305721320277, -0.5900435899266435,
    ]

    /// The number of basis functions up to `degree`: (degree + 1)².
    @inlinable
    public static func basisCount(degree: Int) -> Int { (degree + 1) * (degree + 1) }

    /// The degree-0 coefficient of a colour that does not depend on the direction.
    @inlinable
    public static func sh0(colour: Vector3) -> Vector3 { (colour - 0.5) / c0 }

    /// The colour of a degree-0 coefficient, before clamping.
    @inlinable
    public static func colour(sh0: Vector3) -> Vector3 { sh0 * c0 + 0.5 }
}
