import Foundation
import Spatial
import Splatting

/// A slow renderer in double precision: every Gaussian at every pixel, by the textbook formulas
/// (covariance by matrix products, its inverse, the exponential), sharing nothing with the fast one.
///
/// What makes the picture jump (which splats a pixel blends, which opacities and colours are
/// clamped) is recorded as `Decisions` and can be replayed: with decisions held fixed the picture is
/// a smooth function of the parameters, which is what finite differences need.
struct ReferenceRenderer {
    struct Parameters {
        var means: [Double]
        var logScales: [Double]
        var quaternions: [Double]
        var opacityLogits: [Double]
        var colours: [Double]
        var channels: [Double]
        var background: [Double]
        var backgroundImage: [Double]
        /// The first three rows of the view matrix.
        var view: [Double]
        /// Added to the projected centres.
        var shifts: [Double]
        var smoothing: [Double]
        var shDegree: Int?
        var channelCount: Int

        init(_ cloud: GaussianCloud, _ camera: Camera, _ settings: RenderSettings) {
            means = cloud.means.map(Double.init)
            logScales = cloud.logScales.map(Double.init)
            quaternions = cloud.quaternions.map(Double.init)
            opacityLogits = cloud.opacityLogits.map(Double.init)
            switch cloud.colours {
            case .sh(let values, let degree):
                (colours, shDegree) = (values.map(Double.init), degree)
            case .display(let values): colours = values.map(Double.init)
            }
            channels = cloud.channels.map(Double.init)
            channelCount = cloud.channelCount
            background = (0..<3).map { Double(settings.background[$0]) }
            backgroundImage = settings.backgroundImage?.samples.map(Double.init) ?? []
            view = camera.viewMatrix.rowMajor.prefix(12).map(Double.init)
            shifts = Array(repeating: 0, count: 2 * cloud.count)
            smoothing = cloud.smoothing.map(Double.init)
        }
    }

    struct Decisions {
        /// Front to back.
        var order: [Int] = []
        /// For each pixel the splats blended, with whether their opacity was held at 0.99.
        var blended: [[(splat: Int, isClamped: Bool)]] = []
        var clampedColours: [[Bool]] = []
        var clampedSlopes: [[Double?]] = []
        /// The axis that is the normal, and its sign.
        var normals: [(axis: Int, sign: Double)] = []
        var medians: [Int?] = []
    }

    struct Output {
        var colour: [Double]
        var alpha: [Double]
        var depth: [Double]
        var channels: [Double]
        var medianDepth: [Double]
        var normals: [Double]
        var strongest: [Int]
        var strongestWeights: [Double]
    }

    struct Splat {
        var centre: SIMD2<Double>
        var conic: SIMD3<Double>
        var depth: Double
        var opacity: Double
        var colour: [Double]
        var normal: [Double]
    }

    var camera: Camera
    var settings: RenderSettings

    /// Renders, recording the decisions, or replaying those given.
    func render(_ p: Parameters, replaying given: Decisions? = nil) -> (Output, Decisions) {
        var decisions = given ?? Decisions()
        let isRecording = given == nil
        let count = p.opacityLogits.count
        if isRecording {
            decisions.clampedColours = Array(repeating: [false, false, false], count: count)
            decisions.clampedSlopes = Array(repeating: [nil, nil], count: count)
            decisions.normals = Array(repeating: (0, 1), count: count)
        }
        let splats = (0..<count).map { project($0, p, &decisions, isRecording) }
        if isRecording {
            decisions.order = (0..<count).filter {
                splats[$0].depth >= Double(settings.near)
                    && splats[$0].depth <= Double(settings.far)
            }.sorted { (splats[$0].depth, $0) < (splats[$1].depth, $1) }
        }
        let (width, height) = (camera.width, camera.height)
        let plane = width * height
        var out = Output(
            colour: Array(repeating: 0, count: 3 * plane), alpha: Array(repeating: 0, count: plane),
            depth: Array(repeating: 0, count: plane),
            channels: Array(repeating: 0, count: p.channelCount * plane),
            medianDepth: Array(repeating: 0, count: plane),
            normals: Array(repeating: 0, count: 3 * plane),
            strongest: Array(repeating: -1, count: plane),
            strongestWeights: Array(repeating: 0, count: plane))
        for pixel in 0..<plane {
            let at = SIMD2(Double(pixel % width) + 0.5, Double(pixel / width) + 0.5)
            var transmittance = 1.0
            var blended: [(splat: Int, isClamped: Bool)] = []
            func opacity(_ i: Int) -> Double {
                let d = at - splats[i].centre
                let q = splats[i].conic
                let power = -0.5 * (q.x * d.x * d.x + q.z * d.y * d.y) - q.y * d.x * d.y
                return splats[i].opacity * exp(power)
            }
            var median: Int?
            func blend(_ i: Int, _ alpha: Double) {
                let weight = alpha * transmittance
                if transmittance > 0.5 && transmittance * (1 - alpha) <= 0.5 { median = i }
                if weight > out.strongestWeights[pixel] {
                    (out.strongest[pixel], out.strongestWeights[pixel]) = (i, weight)
                }
                for c in 0..<3 { out.normals[c * plane + pixel] += weight * splats[i].normal[c] }
                for c in 0..<3 { out.colour[c * plane + pixel] += weight * splats[i].colour[c] }
                out.depth[pixel] += weight * splats[i].depth
                for c in 0..<p.channelCount {
                    out.channels[c * plane + pixel] += weight * p.channels[i * p.channelCount + c]
                }
                transmittance *= 1 - alpha
            }
            if isRecording {
                for i in decisions.order {
                    let free = opacity(i)
                    let alpha = min(0.99, free)
                    if alpha < 1 / 255.0 { continue }
                    if transmittance * (1 - alpha) <= 1e-4 { break }
                    blended.append((i, free > 0.99))
                    blend(i, alpha)
                }
                decisions.blended.append(blended)
            } else {
                for (i, isClamped) in decisions.blended[pixel] {
                    blend(i, isClamped ? 0.99 : opacity(i))
                }
            }
            for c in 0..<3 {
                let behind =
                    p.backgroundImage.isEmpty
                    ? p.background[c] : p.backgroundImage[c * plane + pixel]
                out.colour[c * plane + pixel] += transmittance * behind
            }
            if isRecording { decisions.medians.append(median) }
            if let median = decisions.medians[pixel] {
                out.medianDepth[pixel] = splats[median].depth
            }
            out.alpha[pixel] = 1 - transmittance
        }
        return (out, decisions)
    }

    private func project(
        _ i: Int, _ p: Parameters, _ decisions: inout Decisions, _ isRecording: Bool
    ) -> Splat {
        let w: [[Double]] = (0..<3).map { Array(p.view[4 * $0..<4 * $0 + 3]) }
        let translation: [Double] = (0..<3).map { p.view[4 * $0 + 3] }
        let mean: [Double] = (0..<3).map { p.means[3 * i + $0] }
        let inCamera: [Double] = (0..<3).map { r in
            (0..<3).reduce(translation[r]) { $0 + w[r][$1] * mean[$1] }
        }
        let z = inCamera[2]
        let (fx, fy) = (Double(camera.intrinsics.fx), Double(camera.intrinsics.fy))
        let (cx, cy) = (Double(camera.intrinsics.cx), Double(camera.intrinsics.cy))
        let size = [Double(camera.width), Double(camera.height)]

        var q = (0..<4).map { p.quaternions[4 * i + $0] }
        let length = q.map { $0 * $0 }.reduce(0, +).squareRoot()
        q = q.map { $0 / length }
        let rotation = [
            [
                q[0] * q[0] + q[1] * q[1] - q[2] * q[2] - q[3] * q[3],
                2 * (q[1] * q[2] - q[0] * q[3]), 2 * (q[1] * q[3] + q[0] * q[2]),
            ],
            [
                2 * (q[1] * q[2] + q[0] * q[3]),
                q[0] * q[0] - q[1] * q[1] + q[2] * q[2] - q[3] * q[3],
                2 * (q[2] * q[3] - q[0] * q[1]),
            ],
            [
                2 * (q[1] * q[3] - q[0] * q[2]), 2 * (q[2] * q[3] + q[0] * q[1]),
                q[0] * q[0] - q[1] * q[1] - q[2] * q[2] + q[3] * q[3],
            ],
        ]
        var variances: [Double] = (0..<3).map { exp(2 * p.logScales[3 * i + $0]) }
        var opacity = 1 / (1 + exp(-p.opacityLogits[i]))
        if !p.smoothing.isEmpty {
            let smoothed: [Double] = variances.map { $0 + p.smoothing[i] * p.smoothing[i] }
            let ratio = variances.reduce(1.0, *) / smoothed.reduce(1.0, *)
            opacity *= ratio.squareRoot()
            variances = smoothed
        }
        let diagonal = (0..<3).map { r in (0..<3).map { r == $0 ? variances[r] : 0 } }
        let world = multiply(multiply(rotation, diagonal), transpose(rotation))
        let inView = multiply(multiply(w, world), transpose(w))

        // The Jacobian is taken no farther out than 15 % of the image beyond its borders.
        var slopes = [inCamera[0] / z, inCamera[1] / z]
        for (axis, (focal, centre)) in [(fx, cx), (fy, cy)].enumerated() {
            let low = -(centre + 0.15 * size[axis]) / focal
            let high = (size[axis] - centre + 0.15 * size[axis]) / focal
            if isRecording && (slopes[axis] < low || slopes[axis] > high) {
                decisions.clampedSlopes[i][axis] = min(max(slopes[axis], low), high)
            }
            slopes[axis] = decisions.clampedSlopes[i][axis] ?? slopes[axis]
        }
        let isOrthographic = camera.projection == .orthographic
        let jacobian: [[Double]] =
            isOrthographic
            ? [[fx, 0, 0], [0, fy, 0]]
            : [[fx / z, 0, -fx * slopes[0] / z], [0, fy / z, -fy * slopes[1] / z]]
        let covariance = multiply(multiply(jacobian, inView), transpose(jacobian))
        let variance = Double(settings.filter.variance)
        let (a, b, c) = (
            covariance[0][0] + variance, covariance[0][1], covariance[1][1] + variance
        )
        let determinant = a * c - b * b
        if case .antialiased = settings.filter {
            let before = covariance[0][0] * covariance[1][1] - b * b
            opacity *= (before / determinant).squareRoot()
        }
        let distance = isOrthographic ? 1.0 : z
        let position: [Double] = (0..<3).map { j in
            -(0..<3).reduce(0.0) { $0 + w[$1][j] * translation[$1] }
        }
        let ray: [Double] = isOrthographic ? w[2] : (0..<3).map { mean[$0] - position[$0] }
        if isRecording {
            let axis = (0..<3).min { variances[$0] < variances[$1] }!
            let away: Double = (0..<3).reduce(0.0) { $0 + rotation[$1][axis] * ray[$1] }
            decisions.normals[i] = (axis, away > 0 ? -1 : 1)
        }
        let (axis, sign) = decisions.normals[i]
        return Splat(
            centre: SIMD2(
                fx * inCamera[0] / distance + cx + p.shifts[2 * i],
                fy * inCamera[1] / distance + cy + p.shifts[2 * i + 1]),
            conic: SIMD3(c / determinant, -b / determinant, a / determinant), depth: z,
            opacity: opacity, colour: colour(i, p, ray, &decisions, isRecording),
            normal: (0..<3).map { rotation[$0][axis] * sign })
    }

    private func colour(
        _ i: Int, _ p: Parameters, _ ray: [Double], _ decisions: inout Decisions,
        _ isRecording: Bool
    ) -> [Double] {
        guard let degree = p.shDegree else { return (0..<3).map { p.colours[3 * i + $0] } }
        let used = min(degree, settings.maximumSHDegree)
        var d = ray
        if camera.projection == .perspective {
            let length = d.map { $0 * $0 }.reduce(0, +).squareRoot()
            d = d.map { $0 / length }
        }
        let basis = Self.shBasis(d[0], d[1], d[2]).prefix((used + 1) * (used + 1))
        let stride = 3 * (degree + 1) * (degree + 1)
        return (0..<3).map { channel in
            var value = 0.5
            for (k, b) in basis.enumerated() {
                value += b * p.colours[i * stride + 3 * k + channel]
            }
            if isRecording { decisions.clampedColours[i][channel] = value < 0 }
            return decisions.clampedColours[i][channel] ? 0 : value
        }
    }

    /// Real spherical harmonics with the signs of 3D Gaussian Splatting, from √(…/π) closed forms.
    static func shBasis(_ x: Double, _ y: Double, _ z: Double) -> [Double] {
        func root(_ numerator: Double, _ denominator: Double) -> Double {
            (numerator / (denominator * Double.pi)).squareRoot()
        }
        return [
            root(1, 4), -root(3, 4) * y, root(3, 4) * z, -root(3, 4) * x,
            root(15, 4) * x * y, -root(15, 4) * y * z, root(5, 16) * (2 * z * z - x * x - y * y),
            -root(15, 4) * x * z, root(15, 16) * (x * x - y * y),
            -root(35, 32) * y * (3 * x * x - y * y), root(105, 4) * x * y * z,
            -root(21, 32) * y * (4 * z * z - x * x - y * y),
            root(7, 16) * z * (2 * z * z - 3 * x * x - 3 * y * y),
            -root(21, 32) * x * (4 * z * z - x * x - y * y), root(105, 16) * z * (x * x - y * y),
            -root(35, 32) * x * (x * x - 3 * y * y),
        ]
    }

    private func multiply(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
        a.map { row in
            b[0].indices.map { c in row.indices.reduce(0) { $0 + row[$1] * b[$1][c] } }
        }
    }

    private func transpose(_ a: [[Double]]) -> [[Double]] {
        a[0].indices.map { c in a.map { $0[c] } }
    }
}
