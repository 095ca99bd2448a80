import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a lens bends the image of a pinhole. Points are those of the plane at distance 1: pixels
/// without principal point and focal length.
public enum LensDistortion: Equatable, Sendable, Codable {
    /// A pinhole.
    case none
    /// With r² = x² + y², x′ = x·(1 + k₁r² + k₂r⁴ + k₃r⁶)/(1 + k₄r² + k₅r⁴ + k₆r⁶) + 2p₁xy +
    /// p₂(r² + 2x²), and y′ with p₁ and p₂ exchanged (OpenCV, "Camera Calibration and 3D
    /// Reconstruction"; COLMAP's SIMPLE_RADIAL to FULL_OPENCV). `radial` may be shorter than 6.
    case polynomial(radial: [Float], tangential: Vector2)
    /// The same on the point at the angle θ = atan r instead of r, its polynomial 1 + k₁θ² + k₂θ⁴ +
    /// k₃θ⁶ + k₄θ⁸, with a prism's s·θ² added (OpenCV's fisheye; COLMAP's THIN_PRISM_FISHEYE).
    case fisheye(radial: [Float], tangential: Vector2 = .zero, prism: Vector2 = .zero)
    /// r′ = atan(2r·tan(ω/2))/ω (Devernay and Faugeras 2001; COLMAP's FOV), ω in radians.
    case fieldOfView(Float)

    /// Whether nothing is bent.
    public var isNone: Bool {
        switch self {
        case .none: true
        case .polynomial(let k, let p): p == .zero && k.allSatisfy { $0 == 0 }
        // A fisheye without coefficients still shows angles evenly.
        case .fisheye, .fieldOfView: false
        }
    }

    /// Where the lens shows what a pinhole shows at `point`.
    public func distorted(_ point: Vector2) -> Vector2 {
        switch self {
        case .none: return point
        case .polynomial(let radial, let p):
            let r2 = point.lengthSquared
            func k(_ i: Int) -> Float { i < radial.count ? radial[i] : 0 }
            let above = 1 + r2 * (k(0) + r2 * (k(1) + r2 * k(2)))
            let below = 1 + r2 * (k(3) + r2 * (k(4) + r2 * k(5)))
            return point * (above / below) + Self.tangent(point, r2, p)
        case .fisheye(let k, let p, let prism):
            let r = point.length
            let flat = r > 1e-8 ? point * (atan(r) / r) : point
            let r2 = flat.lengthSquared
            let factor = 1 + r2 * k.reversed().reduce(0) { $0 * r2 + $1 }
            return flat * factor + Self.tangent(flat, r2, p) + prism * r2
        case .fieldOfView(let omega):
            let r = point.length
            guard abs(omega) > 1e-6, r > 1e-8 else { return point }
            return point * (atan(2 * r * tan(omega / 2)) / (r * omega))
        }
    }

    private static func tangent(_ v: Vector2, _ r2: Float, _ p: Vector2) -> Vector2 {
        let xy = 2 * v.x * v.y
        return Vector2(
            p.x * xy + p.y * (r2 + 2 * v.x * v.x), p.y * xy + p.x * (r2 + 2 * v.y * v.y))
    }

    /// The inverse of `distorted`, by Newton's method with differences; what it finds near the image's
    /// centre is right to single precision, and beyond where the lens folds over it is any number.
    public func undistorted(_ point: Vector2) -> Vector2 {
        if isNone { return point }
        var guess = point
        let step: Float = 1e-3
        for _ in 0..<20 {
            let error = distorted(guess) - point
            if error.lengthSquared < 1e-14 { break }
            let dx = Vector2(step, 0)
            let dy = Vector2(0, step)
            let a = (distorted(guess + dx) - distorted(guess - dx)) / (2 * step)
            let b = (distorted(guess + dy) - distorted(guess - dy)) / (2 * step)
            let determinant = a.x * b.y - a.y * b.x
            guard abs(determinant) > 1e-9 else { break }
            guess -=
                Vector2(b.y * error.x - b.x * error.y, a.x * error.y - a.y * error.x)
                / determinant
        }
        return guess
    }
}
