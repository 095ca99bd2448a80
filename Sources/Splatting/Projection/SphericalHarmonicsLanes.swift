import Spatial

// Spherical harmonics of eight Gaussians at once, in the basis and order of
// `Spatial.SphericalHarmonics`.

// The factors again, as literals: a global of another module is reached through a call.
private let c0: Float = 0.28209479177387814
private let c1: Float = 0.4886025119029199
private let c20: Float = 1.0925484305920792
private let c21: Float = -1.0925484305920792
private let c22: Float = 0.31539156525252005
private let c23: Float = -1.0925484305920792
private let c24: Float = 0.5462742152960396
private let c30: Float = -0.5900435899266435
private let c31: Float = 2.890611442640554
private let c32: Float = -0.4570457994644658
private let c33: Float = 0.3731763325901154
private let c34: Float = -0.4570457994644658
private let c35: Float = 1.445305721320277
private let c36: Float = -0.5900435899266435

/// Three lanes: a vector or a colour of each of eight Gaussians.
struct LaneTriple {
    var x: Lanes, y: Lanes, z: Lanes

    @inline(__always)
    init(_ x: Lanes, _ y: Lanes, _ z: Lanes) { (self.x, self.y, self.z) = (x, y, z) }

    @inline(__always)
    static func * (a: LaneTriple, b: Lanes) -> LaneTriple { LaneTriple(a.x * b, a.y * b, a.z * b) }

    @inline(__always)
    static func - (a: LaneTriple, b: LaneTriple) -> LaneTriple {
        LaneTriple(a.x - b.x, a.y - b.y, a.z - b.z)
    }

    @inline(__always)
    func masked(_ mask: LaneMask) -> LaneTriple {
        LaneTriple(x.masked(mask), y.masked(mask), z.masked(mask))
    }

    @inline(__always)
    func dot(_ other: LaneTriple) -> Lanes { x * other.x + y * other.y + z * other.z }

    /// self += a·s.
    @inline(__always)
    mutating func add(_ a: LaneTriple, times s: Lanes) {
        x.addProduct(a.x, s)
        y.addProduct(a.y, s)
        z.addProduct(a.z, s)
    }
}

/// Calls `term(k, basis, gradient)` for each basis function up to `degree` at the unit direction `d`;
/// `gradient` is the derivative of the polynomial by the direction's components.
@inline(__always)
func forEachSHBasis(
    degree: Int, _ d: LaneTriple, _ term: (_ k: Int, _ basis: Lanes, _ gradient: LaneTriple) -> Void
) {
    let zero = Lanes()
    let (x, y, z) = (d.x, d.y, d.z)
    term(0, Lanes(repeating: c0), LaneTriple(zero, zero, zero))
    if degree < 1 { return }
    let one = Lanes(repeating: c1)
    term(1, -c1 * y, LaneTriple(zero, -one, zero))
    term(2, c1 * z, LaneTriple(zero, zero, one))
    term(3, -c1 * x, LaneTriple(-one, zero, zero))
    if degree < 2 { return }
    let (xx, yy, zz) = (x * x, y * y, z * z)
    let (xy, yz, xz) = (x * y, y * z, x * z)
    term(4, c20 * xy, LaneTriple(c20 * y, c20 * x, zero))
    term(5, c21 * yz, LaneTriple(zero, c21 * z, c21 * y))
    term(
        6, c22 * (2 * zz - xx - yy), LaneTriple(-2 * c22 * x, -2 * c22 * y, 4 * c22 * z))
    term(7, c23 * xz, LaneTriple(c23 * z, zero, c23 * x))
    term(8, c24 * (xx - yy), LaneTriple(2 * c24 * x, -2 * c24 * y, zero))
    if degree < 3 { return }
    let threeXXminusYY = 3 * xx - yy
    let fourZZ = 4 * zz - xx - yy
    let difference = xx - yy
    term(
        9, c30 * y * threeXXminusYY, LaneTriple(6 * c30 * xy, 3 * c30 * difference, zero))
    term(10, c31 * xy * z, LaneTriple(c31 * yz, c31 * xz, c31 * xy))
    term(
        11, c32 * y * fourZZ,
        LaneTriple(-2 * c32 * xy, c32 * (fourZZ - 2 * yy), 8 * c32 * yz))
    term(
        12, c33 * z * (2 * zz - 3 * (xx + yy)),
        LaneTriple(-6 * c33 * xz, -6 * c33 * yz, c33 * (6 * zz - 3 * (xx + yy))))
    term(
        13, c34 * x * fourZZ,
        LaneTriple(c34 * (fourZZ - 2 * xx), -2 * c34 * xy, 8 * c34 * xz))
    term(
        14, c35 * z * difference, LaneTriple(2 * c35 * xz, -2 * c35 * yz, c35 * difference))
    term(
        15, c36 * x * (xx - 3 * yy), LaneTriple(3 * c36 * difference, -6 * c36 * xy, zero))
}

/// The direction from the camera to eight means, and 1/distance; a mean at the camera's centre gets
/// the direction 0. An orthographic camera sees all in one direction, from infinity.
@inline(__always)
func viewDirection(_ raw: RawLanes, _ frame: ProjectionFrame) -> (
    unit: LaneTriple, inverse: Lanes
) {
    if frame.isOrthographic {
        let axis = LaneTriple(
            Lanes(repeating: frame.w20), Lanes(repeating: frame.w21), Lanes(repeating: frame.w22))
        return (axis, Lanes())
    }
    let position = frame.position
    let offset = LaneTriple(raw.mx - position.x, raw.my - position.y, raw.mz - position.z)
    let square = offset.dot(offset)
    let inverse = (1 / square.plainRoot).masked(square .> Float.leastNormalMagnitude)
    return (offset * inverse, inverse)
}

/// 0.5 + Σ coefficient·basis of eight Gaussians, before clamping; `coefficients` are columns, three to
/// a basis function.
@inline(__always)
func shColours(
    _ coefficients: UnsafePointer<Lanes>, degree: Int, _ direction: LaneTriple
) -> LaneTriple {
    let half = Lanes(repeating: 0.5)
    var colour = LaneTriple(half, half, half)
    forEachSHBasis(degree: degree, direction) { k, basis, _ in
        colour.x.addProduct(basis, coefficients[3 * k])
        colour.y.addProduct(basis, coefficients[3 * k + 1])
        colour.z.addProduct(basis, coefficients[3 * k + 2])
    }
    return colour
}

/// How the colours of eight Gaussians depend on the view direction and on their coefficients.
struct ColourSlopes {
    /// The derivatives of red, green and blue by x, y and z of the direction, as a free vector.
    private var red = LaneTriple(Lanes(), Lanes(), Lanes())
    private var green = LaneTriple(Lanes(), Lanes(), Lanes())
    private var blue = LaneTriple(Lanes(), Lanes(), Lanes())
    /// Bits 0, 1 and 2: red, green and blue are not clamped at 0.
    private var passes: SIMD8<UInt32>

    /// - Parameter colour: of `shColours`.
    @inline(__always)
    init(
        _ coefficients: UnsafePointer<Lanes>, degree: Int, _ direction: LaneTriple,
        _ colour: LaneTriple
    ) {
        let none = SIMD8<UInt32>()
        passes =
            none.replacing(with: 1, where: colour.x .> 0)
            | none.replacing(with: 2, where: colour.y .> 0)
            | none.replacing(with: 4, where: colour.z .> 0)
        forEachSHBasis(degree: degree, direction) { k, _, polynomial in
            if k == 0 { return }
            red.add(polynomial, times: coefficients[3 * k])
            green.add(polynomial, times: coefficients[3 * k + 1])
            blue.add(polynomial, times: coefficients[3 * k + 2])
        }
    }

    /// The part of a gradient that passes where the colours are not clamped.
    @inline(__always)
    func unclamped(_ gradient: LaneTriple) -> LaneTriple {
        @inline(__always)
        func mask(_ bit: UInt32) -> LaneMask { (passes & bit) .!= 0 }
        return LaneTriple(
            gradient.x.masked(mask(1)), gradient.y.masked(mask(2)), gradient.z.masked(mask(4)))
    }

    /// The derivative of a loss by the direction, of one by the colours.
    @inline(__always)
    func pull(_ gradient: LaneTriple) -> LaneTriple {
        var sum = red * gradient.x
        sum.add(green, times: gradient.y)
        sum.add(blue, times: gradient.z)
        return sum
    }
}
