import Spatial

/// The sums over all pixels that a splat's gradients are made of, for eight Gaussians: of
/// v = α·dL/dα, and of v times powers of the offset (dx, dy) of the pixel from the centre.
struct SplatSums {
    var one: Lanes
    var x: Lanes, y: Lanes
    var xx: Lanes, xy: Lanes, yy: Lanes
    /// The gradients of the depth and of the normal.
    var depth: Lanes
    var normal: LaneTriple
}

/// Gradients of the raw parameters of eight Gaussians, those of the colour aside.
struct RawLaneGradients {
    var mean: LaneTriple
    var logScale: LaneTriple
    var qw: Lanes, qx: Lanes, qy: Lanes, qz: Lanes
    var logit: Lanes
    /// Of the projected centre, pixels.
    var u: Lanes, v: Lanes
    /// Of the centre in camera space, and of the rows of P.
    var centre: LaneTriple
    var p0: LaneTriple, p1: LaneTriple
}

extension SplatProjection {
    /// The derivative of the projection, applied to the sums over pixels.
    @inline(__always)
    func gradients(_ sums: SplatSums, _ raw: RawLanes, _ frame: ProjectionFrame) -> RawLaneGradients
    {
        // Q = Σ⁻¹. As σ = ½·dᵀQd and dL/dσ = −v, the centre gets Q·Σvd, the covariance ½·Q·Σvddᵀ·Q.
        let inverse = 1 / determinant
        let (a, b, c) = (cyy * inverse, -cxy * inverse, cxx * inverse)
        let du = a * sums.x + b * sums.y
        let dv = b * sums.x + c * sums.y
        let (m00, m01) = (a * sums.xx + b * sums.xy, a * sums.xy + b * sums.yy)
        let (m10, m11) = (b * sums.xx + c * sums.xy, b * sums.xy + c * sums.yy)
        var hxx = 0.5 * (m00 * a + m01 * b)
        var hxy = 0.5 * (m00 * b + m01 * c)
        var hyy = 0.5 * (m10 * b + m11 * c)
        if frame.isAntialiased {
            // The factor √(det Σ₀ / det Σ) of the opacity: d ln det = tr(Σ⁻¹ dΣ).
            let half = 0.5 * sums.one
            let inverse0 = 1 / determinant0.atLeast(1e-30)
            hxx += half * (cyy0 * inverse0 - a)
            hxy += half * (-cxy * inverse0 - b)
            hyy += half * (cxx0 * inverse0 - c)
        }
        // Σ₀ = T·Tᵀ.
        let (d00, d01) = (2 * (hxx * t00 + hxy * t10), 2 * (hxx * t01 + hxy * t11))
        let (d02, d10) = (2 * (hxx * t02 + hxy * t12), 2 * (hxy * t00 + hyy * t10))
        let (d11, d12) = (2 * (hxy * t01 + hyy * t11), 2 * (hxy * t02 + hyy * t12))
        // T = P·R·S, and dS/d log S = S.
        var logScale = LaneTriple(
            t00 * d00 + t10 * d10, t01 * d01 + t11 * d11, t02 * d02 + t12 * d12)
        if frame.hasSmoothing {
            // s'² = s² + f², and the opacity has the factor Π s/s'.
            logScale = LaneTriple(
                logScale.x * k0 + sums.one * (1 - k0), logScale.y * k1 + sums.one * (1 - k1),
                logScale.z * k2 + sums.one * (1 - k2))
        }
        let (e00, e01, e02) = (d00 * s0, d01 * s1, d02 * s2)
        let (e10, e11, e12) = (d10 * s0, d11 * s1, d12 * s2)
        var (g00, g01, g02) = (
            p00 * e00 + p10 * e10, p00 * e01 + p10 * e11, p00 * e02 + p10 * e12
        )
        var (g10, g11, g12) = (
            p01 * e00 + p11 * e10, p01 * e01 + p11 * e11, p01 * e02 + p11 * e12
        )
        var (g20, g21, g22) = (
            p02 * e00 + p12 * e10, p02 * e01 + p12 * e11, p02 * e02 + p12 * e12
        )
        if frame.hasNormals {
            let normals = normals(raw, frame)
            let n = sums.normal * normals.sign
            (g00, g10) = (g00 + n.x.masked(normals.isFirst), g10 + n.y.masked(normals.isFirst))
            g20 += n.z.masked(normals.isFirst)
            (g01, g11) = (g01 + n.x.masked(normals.isSecond), g11 + n.y.masked(normals.isSecond))
            g21 += n.z.masked(normals.isSecond)
            (g02, g12) = (g02 + n.x.masked(normals.isThird), g12 + n.y.masked(normals.isThird))
            g22 += n.z.masked(normals.isThird)
        }
        let (p0x, p0y, p0z) = (
            e00 * r00 + e01 * r01 + e02 * r02, e00 * r10 + e01 * r11 + e02 * r12,
            e00 * r20 + e01 * r21 + e02 * r22
        )
        let (p1x, p1y, p1z) = (
            e10 * r00 + e11 * r01 + e12 * r02, e10 * r10 + e11 * r11 + e12 * r12,
            e10 * r20 + e11 * r21 + e12 * r22
        )

        // R of the unit quaternion, then the projection onto the tangent of the unit sphere.
        let hw = qx * (g21 - g12) + qy * (g02 - g20) + qz * (g10 - g01)
        let hx = qy * (g01 + g10) + qz * (g02 + g20) + qw * (g21 - g12) - 2 * qx * (g11 + g22)
        let hy = qx * (g01 + g10) + qz * (g12 + g21) + qw * (g02 - g20) - 2 * qy * (g00 + g22)
        let hz = qx * (g02 + g20) + qy * (g12 + g21) + qw * (g10 - g01) - 2 * qz * (g00 + g11)
        let radial = qw * hw + qx * hx + qy * hy + qz * hz
        let scale = 2 * inverseLength

        // P = J·W with rows j·(w₀ − slope·w₂), j = f/z.
        let dSlopeX =
            -frame.fx * inverseZ * (p0x * frame.w20 + p0y * frame.w21 + p0z * frame.w22)
        let dSlopeY =
            -frame.fy * inverseZ * (p1x * frame.w20 + p1y * frame.w21 + p1z * frame.w22)
        let dJ =
            p0x * p00 + p0y * p01 + p0z * p02 + p1x * p10 + p1y * p11 + p1z * p12
        let (ratioX, ratioY) = (x * inverseZ, y * inverseZ)
        var (dRatioX, dRatioY) = (du * frame.fx, dv * frame.fy)
        if !frame.isOrthographic {
            dRatioX += dSlopeX.masked(ratioX .== slopeX)
            dRatioY += dSlopeY.masked(ratioY .== slopeY)
        }
        let dx = dRatioX * inverseZ
        let dy = dRatioY * inverseZ
        var dz = sums.depth
        if !frame.isOrthographic {
            dz -= (dJ + dRatioX * ratioX + dRatioY * ratioY) * inverseZ
        }

        // d ln sigmoid(l)/dl = 1 − sigmoid(l).
        let odds = (raw.logit * -log2e).atMost(126).safeExp2
        return RawLaneGradients(
            mean: LaneTriple(
                frame.w00 * dx + frame.w10 * dy + frame.w20 * dz,
                frame.w01 * dx + frame.w11 * dy + frame.w21 * dz,
                frame.w02 * dx + frame.w12 * dy + frame.w22 * dz),
            logScale: logScale, qw: (hw - qw * radial) * scale, qx: (hx - qx * radial) * scale,
            qy: (hy - qy * radial) * scale, qz: (hz - qz * radial) * scale,
            logit: sums.one * odds / (1 + odds), u: du, v: dv, centre: LaneTriple(dx, dy, dz),
            p0: LaneTriple(p0x, p0y, p0z), p1: LaneTriple(p1x, p1y, p1z))
    }
}
