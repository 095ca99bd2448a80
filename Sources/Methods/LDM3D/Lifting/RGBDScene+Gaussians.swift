import Foundation
import Spatial
import Splatting

extension RGBDScene {
    /// A flat Gaussian for each pixel, of the pixel's extent on its surface; where the surface is torn,
    /// facing the viewer. Behind steps in depth the further surface goes on for a little, so that no
    /// holes open when the viewer moves some 30 cm.
    public func gaussians() -> GaussianCloud {
        let hidden = hiddenPixels()
        let colours = colours
        var flat = FlatGaussians(capacity: points.count + hidden.count)
        for y in 0..<image.height {
            for x in 0..<image.width {
                let i = y * image.width + x
                flat.add(
                    points[i], Ellipse(step(x, y, right: true), step(x, y, right: false)),
                    colours[unmixed(x, y)])
            }
        }
        for pixel in hidden {
            let point = ray(pixel.x, pixel.y) / pixel.inverse
            flat.add(
                point, Ellipse(extent(at: point, right: true), extent(at: point, right: false)),
                colours[pixel.source])
        }
        return flat.cloud
    }

    /// The pixel whose colour to take: beyond a step in depth a pixel or two further away from it, since
    /// there the nearer surface's colour is mixed in.
    private func unmixed(_ x: Int, _ y: Int) -> Int {
        let here = edges.index(x, y)
        for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
            guard let neighbour = edges.neighbour(x, y, dx, dy), !edges.joins(x, y, dx, dy),
                edges.inverse[neighbour] > edges.inverse[here],
                edges.joins(x, y, -dx, -dy)
            else { continue }
            return edges.joins(x - dx, y - dy, -dx, -dy)
                ? edges.index(x - 2 * dx, y - 2 * dy) : edges.index(x - dx, y - dy)
        }
        return here
    }

    /// The way from a pixel to the next on its surface, metres.
    private func step(_ x: Int, _ y: Int, right: Bool) -> Vector3 {
        let width = image.width
        let i = y * width + x
        let here = points[i]
        var sum = Vector3.zero
        var found: Float = 0
        if right {
            if edges.joinsRight[i] {
                sum += points[y * width + (x + 1) % width] - here
                found += 1
            }
            let before = x > 0 ? i - 1 : i + width - 1
            if x > 0 || isPanorama, edges.joinsRight[before] {
                sum += here - points[before]
                found += 1
            }
        } else {
            if edges.joinsBelow[i] {
                sum += points[i + width] - here
                found += 1
            }
            if y > 0, edges.joinsBelow[i - width] {
                sum += here - points[i - width]
                found += 1
            }
        }
        if found > 0 { return sum / found }
        return extent(at: here, right: right)
    }

    /// The extent of a pixel that faces the viewer at a point, metres.
    private func extent(at point: Vector3, right: Bool) -> Vector3 {
        guard isPanorama else {
            let pitch = 2 * tan(range.verticalFOV / 2) / Float(image.height) * -point.z
            return right ? Vector3(pitch, 0, 0) : Vector3(0, -pitch, 0)
        }
        let ahead = point.normalized
        let side = cross(ahead, Vector3(0, 1, 0)).normalized
        return right
            ? side * (2 * .pi / Float(image.width) * Vector2(point.x, point.z).length)
            : cross(ahead, side) * (.pi / Float(image.height) * point.length)
    }
}

/// Gaussians without thickness to speak of, as they are put together.
private struct FlatGaussians {
    private var means: [Float] = []
    private var logScales: [Float] = []
    private var quaternions: [Float] = []
    private var colours: [Float] = []

    /// Standard deviations in pixels: enough that no gap opens between neighbours, and no more.
    private static let spread: Float = 0.6
    /// The thickness of a Gaussian as a share of its smaller radius.
    private static let thickness: Float = 0.1

    init(capacity: Int) {
        means.reserveCapacity(3 * capacity)
        logScales.reserveCapacity(3 * capacity)
        quaternions.reserveCapacity(4 * capacity)
        colours.reserveCapacity(3 * capacity)
    }

    mutating func add(_ point: Vector3, _ ellipse: Ellipse, _ colour: Vector3) {
        let flat = ellipse.minor * Self.thickness
        let radii = [ellipse.major, ellipse.minor, flat]
        let q = ellipse.rotation
        for axis in 0..<3 {
            means.append(point[axis])
            logScales.append(log(max(radii[axis] * Self.spread, 1e-6)))
            colours.append(colour[axis])
        }
        quaternions += [q.w, q.x, q.y, q.z]
    }

    var cloud: GaussianCloud {
        let logit = Opacity.linear(0.99).logit
        return GaussianCloud(
            means: means, logScales: logScales, quaternions: quaternions,
            opacityLogits: [Float](repeating: logit, count: means.count / 3),
            colours: .display(colours))
    }
}

/// The ellipse of a parallelogram's inertia: that of two steps on a surface.
private struct Ellipse {
    let major: Float
    let minor: Float
    /// Of the axes: major, minor, normal.
    let rotation: Quaternion

    /// - Parameters u, v: the steps; neither is zero.
    init(_ u: Vector3, _ v: Vector3) {
        let e1 = u.normalized
        var normal = cross(u, v)
        // Parallel steps span no plane: any one through them will do.
        if normal.length < 1e-6 * u.length * v.length {
            normal = cross(e1, abs(e1.y) < 0.9 ? Vector3(0, 1, 0) : Vector3(1, 0, 0))
        }
        normal = normal.normalized
        let e2 = cross(normal, e1)
        // Σ = u·uᵀ + v·vᵀ in the plane's coordinates.
        let (vx, vy) = (dot(v, e1), dot(v, e2))
        let (a, b, c) = (u.lengthSquared + vx * vx, vx * vy, vy * vy)
        let angle = 0.5 * atan2(2 * b, a - c)
        let middle = (a + c) / 2
        let radius = ((a - c) * (a - c) / 4 + b * b).squareRoot()
        major = max(middle + radius, 0).squareRoot()
        minor = max(middle - radius, 0).squareRoot()
        let first = cos(angle) * e1 + sin(angle) * e2
        rotation = Quaternion(Matrix3(columns: first, cross(normal, first), normal))
    }
}
