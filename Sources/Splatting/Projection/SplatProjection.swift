import Spatial

/// log₂ e: exponents are kept in base 2, where the exponential is cheapest.
let log2e: Float = 1.4426950408889634

/// The smallest opacity of a pixel that is blended: 1/255; and its binary logarithm.
let alphaThreshold: Float = 1 / 255
let alphaThresholdLog2: Float = -7.994353436858858

/// What the projection of a frame needs of camera and settings.
struct ProjectionFrame {
    /// The rotation of the view matrix, row by row, and its translation.
    var w00: Float, w01: Float, w02: Float
    var w10: Float, w11: Float, w12: Float
    var w20: Float, w21: Float, w22: Float
    var translation: Vector3
    /// The camera's centre, world space.
    var position: Vector3
    var fx: Float, fy: Float, cx: Float, cy: Float
    /// Bounds of x/z and y/z in the Jacobian: 30 % of the image beyond its borders.
    var lowX: Float, highX: Float, lowY: Float, highY: Float
    var near: Float, far: Float
    var variance: Float
    var isAntialiased: Bool
    var isOrthographic: Bool
    /// The Gaussians are smoothed in space.
    var hasSmoothing: Bool
    /// Normals are blended.
    var hasNormals: Bool

    init(_ cloud: GaussianCloudView, camera: Camera, settings: RenderSettings) {
        let view = camera.viewMatrix
        (w00, w01, w02) = (view.linear[0, 0], view.linear[0, 1], view.linear[0, 2])
        (w10, w11, w12) = (view.linear[1, 0], view.linear[1, 1], view.linear[1, 2])
        (w20, w21, w22) = (view.linear[2, 0], view.linear[2, 1], view.linear[2, 2])
        translation = view.translation
        position = camera.position
        let k = camera.intrinsics
        (fx, fy, cx, cy) = (k.fx, k.fy, k.cx, k.cy)
        let width = Float(camera.width)
        let height = Float(camera.height)
        let (marginX, marginY) = (0.15 * width, 0.15 * height)
        (lowX, highX) = (-(cx + marginX) / fx, (width - cx + marginX) / fx)
        (lowY, highY) = (-(cy + marginY) / fy, (height - cy + marginY) / fy)
        isOrthographic = camera.projection == .orthographic
        hasSmoothing = cloud.smoothing != nil
        hasNormals = settings.rendersNormals
        near = max(settings.near, 1e-6)
        far = settings.far
        variance = max(settings.filter.variance, 1e-4)
        if case .antialiased = settings.filter {
            isAntialiased = true
        } else {
            isAntialiased = false
        }
    }
}

/// The raw parameters of eight Gaussians.
struct RawLanes {
    var mx: Lanes, my: Lanes, mz: Lanes
    var s0: Lanes, s1: Lanes, s2: Lanes
    var qw: Lanes, qx: Lanes, qy: Lanes, qz: Lanes
    var logit: Lanes
    /// Standard deviations of the filter in space.
    var smoothing = Lanes()

    /// Those from `first` on; where the cloud ends before eight, the last lanes repeat the first.
    @inline(__always)
    init(_ view: GaussianCloudView, first: Int, count: Int) {
        if let smoothing = view.smoothing {
            self.smoothing = gather(smoothing, eightIndices(from: first, count: count), 0)
        }
        if count == 8 {
            let means = loadTriples(view.means + 3 * first)
            (mx, my, mz) = (means.x, means.y, means.z)
            let logScales = loadTriples(view.logScales + 3 * first)
            (s0, s1, s2) = (logScales.x, logScales.y, logScales.z)
            (qw, qx, qy, qz) = loadQuadruples(view.quaternions + 4 * first)
            logit = UnsafeRawPointer(view.opacityLogits + first).loadUnaligned(as: Lanes.self)
            return
        }
        let index = eightIndices(from: first, count: count)
        let (threes, fours) = (index &* 3, index &* 4)
        (mx, my) = (gather(view.means, threes, 0), gather(view.means, threes, 1))
        mz = gather(view.means, threes, 2)
        (s0, s1) = (gather(view.logScales, threes, 0), gather(view.logScales, threes, 1))
        s2 = gather(view.logScales, threes, 2)
        (qw, qx) = (gather(view.quaternions, fours, 0), gather(view.quaternions, fours, 1))
        (qy, qz) = (gather(view.quaternions, fours, 2), gather(view.quaternions, fours, 3))
        logit = gather(view.opacityLogits, index, 0)
    }
}

/// The indices from `first` on, of which those past `count` repeat the first.
@inline(__always)
func eightIndices(from first: Int, count: Int) -> SIMD8<Int> {
    var index = SIMD8<Int>(0, 1, 2, 3, 4, 5, 6, 7) &+ first
    if count < 8 { for lane in count..<8 { index[lane] = first } }
    return index
}

/// Eight Gaussians projected to the image (Zwicker et al. 2001, "EWA splatting"; Kerbl et al. 2023,
/// eq. 5), with every intermediate value that the derivative is made of. The forward pass needs few of
/// them; both passes share the code so that they see the same numbers.
struct SplatProjection {
    /// The Gaussian can be drawn at all: finite, in front of the camera, not too transparent.
    var isSound: LaneMask
    /// The Gaussian's numbers are in order, wherever it stands.
    var isValid: LaneMask

    /// Centre, camera space.
    var x: Lanes, y: Lanes, z: Lanes
    var inverseZ: Lanes
    /// Centre, pixels.
    var u: Lanes, v: Lanes
    /// x/z and y/z inside the bounds of the Jacobian.
    var slopeX: Lanes, slopeY: Lanes
    /// P = J·W, the derivative of the pixel by the world position [2×3].
    var p00: Lanes, p01: Lanes, p02: Lanes
    var p10: Lanes, p11: Lanes, p12: Lanes
    /// Unit quaternion and 1/|quaternion|.
    var qw: Lanes, qx: Lanes, qy: Lanes, qz: Lanes
    var inverseLength: Lanes
    /// Rotation matrix.
    var r00: Lanes, r01: Lanes, r02: Lanes
    var r10: Lanes, r11: Lanes, r12: Lanes
    var r20: Lanes, r21: Lanes, r22: Lanes
    /// Standard deviations.
    var s0: Lanes, s1: Lanes, s2: Lanes
    /// The parts that the Gaussians' own variances have in the smoothed ones.
    var k0: Lanes, k1: Lanes, k2: Lanes
    /// T = P·R·S, a square root of the projected covariance [2×3].
    var t00: Lanes, t01: Lanes, t02: Lanes
    var t10: Lanes, t11: Lanes, t12: Lanes
    /// Projected covariance before (`c..0`) and after the filter.
    var cxx0: Lanes, cxy: Lanes, cyy0: Lanes
    var cxx: Lanes, cyy: Lanes
    var determinant0: Lanes, determinant: Lanes
    /// log₂ of the opacity that is drawn.
    var logOpacity: Lanes

    @inline(__always)
    init(_ raw: RawLanes, _ frame: ProjectionFrame) {
        x = frame.w00 * raw.mx + frame.w01 * raw.my + frame.w02 * raw.mz + frame.translation.x
        y = frame.w10 * raw.mx + frame.w11 * raw.my + frame.w12 * raw.mz + frame.translation.y
        z = frame.w20 * raw.mx + frame.w21 * raw.my + frame.w22 * raw.mz + frame.translation.z
        inverseZ = frame.isOrthographic ? Lanes(repeating: 1) : 1 / z
        let (ratioX, ratioY) = (x * inverseZ, y * inverseZ)
        u = ratioX * frame.fx + frame.cx
        v = ratioY * frame.fy + frame.cy
        if frame.isOrthographic {
            (slopeX, slopeY) = (Lanes(), Lanes())
        } else {
            slopeX = ratioX.atLeast(frame.lowX).atMost(frame.highX)
            slopeY = ratioY.atLeast(frame.lowY).atMost(frame.highY)
        }
        let (jx, jy) = (inverseZ * frame.fx, inverseZ * frame.fy)
        p00 = jx * (frame.w00 - slopeX * frame.w20)
        p01 = jx * (frame.w01 - slopeX * frame.w21)
        p02 = jx * (frame.w02 - slopeX * frame.w22)
        p10 = jy * (frame.w10 - slopeY * frame.w20)
        p11 = jy * (frame.w11 - slopeY * frame.w21)
        p12 = jy * (frame.w12 - slopeY * frame.w22)

        let squared = raw.qw * raw.qw + raw.qx * raw.qx + raw.qy * raw.qy + raw.qz * raw.qz
        inverseLength = 1 / squared.plainRoot
        (qw, qx) = (raw.qw * inverseLength, raw.qx * inverseLength)
        (qy, qz) = (raw.qy * inverseLength, raw.qz * inverseLength)
        r00 = 1 - 2 * (qy * qy + qz * qz)
        r01 = 2 * (qx * qy - qw * qz)
        r02 = 2 * (qx * qz + qw * qy)
        r10 = 2 * (qx * qy + qw * qz)
        r11 = 1 - 2 * (qx * qx + qz * qz)
        r12 = 2 * (qy * qz - qw * qx)
        r20 = 2 * (qx * qz - qw * qy)
        r21 = 2 * (qy * qz + qw * qx)
        r22 = 1 - 2 * (qx * qx + qy * qy)
        s0 = (raw.s0 * log2e).safeExp2
        s1 = (raw.s1 * log2e).safeExp2
        s2 = (raw.s2 * log2e).safeExp2
        (k0, k1, k2) = (Lanes(repeating: 1), Lanes(repeating: 1), Lanes(repeating: 1))
        if frame.hasSmoothing {
            let filter = raw.smoothing * raw.smoothing
            (k0, k1, k2) = (s0 * s0, s1 * s1, s2 * s2)
            let (v0, v1, v2) = (k0 + filter, k1 + filter, k2 + filter)
            (k0, k1, k2) = (k0 / v0, k1 / v1, k2 / v2)
            (s0, s1, s2) = (v0.root, v1.root, v2.root)
        }

        t00 = (p00 * r00 + p01 * r10 + p02 * r20) * s0
        t01 = (p00 * r01 + p01 * r11 + p02 * r21) * s1
        t02 = (p00 * r02 + p01 * r12 + p02 * r22) * s2
        t10 = (p10 * r00 + p11 * r10 + p12 * r20) * s0
        t11 = (p10 * r01 + p11 * r11 + p12 * r21) * s1
        t12 = (p10 * r02 + p11 * r12 + p12 * r22) * s2
        cxx0 = t00 * t00 + t01 * t01 + t02 * t02
        cxy = t00 * t10 + t01 * t11 + t02 * t12
        cyy0 = t10 * t10 + t11 * t11 + t12 * t12
        cxx = cxx0 + frame.variance
        cyy = cyy0 + frame.variance
        // Lagrange's identity: |a|²|b|² − (a·b)² = |a × b|², without the cancellation.
        let (n0, n1) = (t01 * t12 - t02 * t11, t02 * t10 - t00 * t12)
        let n2 = t00 * t11 - t01 * t10
        determinant0 = n0 * n0 + n1 * n1 + n2 * n2
        determinant = determinant0 + frame.variance * (cxx0 + cyy)

        // log₂ sigmoid(l) = −log₂(1 + 2^(−l·log₂e)); beyond 126 the opacity is below any threshold.
        logOpacity = -(1 + (raw.logit * -log2e).atMost(126).safeExp2).log2
        if frame.hasSmoothing {
            logOpacity += 0.5 * (k0 * k1 * k2).atLeast(1e-30).log2
        }
        if frame.isAntialiased {
            let ratio = (determinant0 / determinant).atLeast(1e-30)
            logOpacity += 0.5 * ratio.log2
        }

        isValid =
            (raw.mx + raw.my + raw.mz).finite .& (raw.logit .== raw.logit)
            .& (squared .> 1e-30) .& squared.finite .& (s0 + s1 + s2).finite
        // A logit of +∞ is an opacity of 1, and a log-scale of −∞ a point: both can be drawn.
        let isInFront = (z .>= frame.near) .& (z .<= frame.far)
        isValid = isValid .& (determinant.finite .& (u + v).finite .| .!isInFront)
        isSound = isValid .& isInFront .& (logOpacity .>= alphaThresholdLog2)
    }
}

/// The smallest axes of eight Gaussians as normals, on the side of the camera.
struct LaneNormals {
    /// Unit vectors, world space.
    var direction: LaneTriple
    /// Which axis is the smallest; the first of equal ones.
    var isFirst: LaneMask, isSecond: LaneMask, isThird: LaneMask
    /// −1 where the axis itself points away from the camera.
    var sign: Lanes
}

extension SplatProjection {
    @inline(__always)
    func normals(_ raw: RawLanes, _ frame: ProjectionFrame) -> LaneNormals {
        let isFirst = (s0 .<= s1) .& (s0 .<= s2)
        let isSecond = .!isFirst .& (s1 .<= s2)
        let isThird = .!isFirst .& .!isSecond
        @inline(__always)
        func pick(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
            c.replacing(with: a, where: isFirst).replacing(with: b, where: isSecond)
        }
        let axis = LaneTriple(pick(r00, r01, r02), pick(r10, r11, r12), pick(r20, r21, r22))
        var ray = LaneTriple(
            Lanes(repeating: frame.w20), Lanes(repeating: frame.w21), Lanes(repeating: frame.w22))
        if !frame.isOrthographic {
            ray = LaneTriple(
                raw.mx - frame.position.x, raw.my - frame.position.y, raw.mz - frame.position.z)
        }
        let sign = Lanes(repeating: 1).replacing(with: -1, where: axis.dot(ray) .> 0)
        return LaneNormals(
            direction: axis * sign, isFirst: isFirst, isSecond: isSecond, isThird: isThird,
            sign: sign)
    }
}
