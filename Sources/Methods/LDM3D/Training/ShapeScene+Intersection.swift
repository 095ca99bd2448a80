import Foundation
import Spatial

extension ShapeScene.Solid {
    /// Where a ray first meets the solid that stands at the origin and is not turned: the ray's
    /// parameter, more than 0, and the surface's normal of length 1.
    func intersection(_ o: Vector3, _ d: Vector3) -> (Float, Vector3)? {
        let r = radius
        switch shape {
        case .sphere: return Self.sphere(o - Vector3(0, r, 0), d, r)
        case .cube: return Self.box(o, d, half: 0.8 * r)
        case .cylinder: return Self.cylinder(o, d, radius: 0.7 * r, height: 1.75 * r)
        case .cone: return Self.cone(o, d, radius: 0.9 * r, height: 2 * r)
        case .torus:
            return Self.torus(o - Vector3(0, r, 0), d, ring: 0.71 * r, tube: 0.29 * r)
        }
    }

    private static func sphere(_ o: Vector3, _ d: Vector3, _ r: Float) -> (Float, Vector3)? {
        let (a, b, c) = (dot(d, d), dot(o, d), dot(o, o) - r * r)
        let discriminant = b * b - a * c
        guard discriminant > 0 else { return nil }
        let t = (-b - discriminant.squareRoot()) / a
        return t > 0 ? (t, (o + d * t) / r) : nil
    }

    /// A cube on the floor, by the slabs between opposite faces.
    private static func box(_ o: Vector3, _ d: Vector3, half: Float) -> (Float, Vector3)? {
        let p = o - Vector3(0, half, 0)
        var (enter, leave) = (-Float.infinity, Float.infinity)
        var axis = 0
        for i in 0..<3 {
            let (a, b) = ((-half - p[i]) / d[i], (half - p[i]) / d[i])
            if min(a, b) > enter { (enter, axis) = (min(a, b), i) }
            leave = min(leave, max(a, b))
        }
        guard enter < leave, enter > 0 else { return nil }
        var normal = Vector3.zero
        normal[axis] = d[axis] > 0 ? -1 : 1
        return (enter, normal)
    }

    private static func cylinder(
        _ o: Vector3, _ d: Vector3, radius: Float, height: Float
    ) -> (Float, Vector3)? {
        let (a, b) = (d.x * d.x + d.z * d.z, o.x * d.x + o.z * d.z)
        let discriminant = b * b - a * (o.x * o.x + o.z * o.z - radius * radius)
        guard discriminant > 0 else { return nil }
        let t = (-b - discriminant.squareRoot()) / a
        let p = o + d * t
        if t > 0, 0...height ~= p.y { return (t, Vector3(p.x, 0, p.z) / radius) }
        return disc(o, d, radius: radius, height: height, normal: 1)
    }

    /// A level disc, seen from above (`normal` 1) or from below (−1).
    private static func disc(
        _ o: Vector3, _ d: Vector3, radius: Float, height: Float, normal: Float
    ) -> (Float, Vector3)? {
        guard d.y * normal < 0 else { return nil }
        let t = (height - o.y) / d.y
        let p = o + d * t
        guard t > 0, p.x * p.x + p.z * p.z < radius * radius else { return nil }
        return (t, Vector3(0, normal, 0))
    }

    private static func cone(
        _ o: Vector3, _ d: Vector3, radius: Float, height: Float
    ) -> (Float, Vector3)? {
        // x² + z² = k²·(height − y)²
        let k = radius / height
        let (k2, y) = (k * k, height - o.y)
        let a = d.x * d.x + d.z * d.z - k2 * d.y * d.y
        let b = o.x * d.x + o.z * d.z + k2 * y * d.y
        let c = o.x * o.x + o.z * o.z - k2 * y * y
        let discriminant = b * b - a * c
        guard discriminant > 0, abs(a) > 1e-9 else { return nil }
        let root = discriminant.squareRoot()
        let candidates = [(-b - root) / a, (-b + root) / a].sorted()
        for t in candidates where t > 0 {
            let p = o + d * t
            guard 0...height ~= p.y else { continue }
            let slope = (p.x * p.x + p.z * p.z).squareRoot()
            return (t, Vector3(p.x, k * slope, p.z).normalized)
        }
        return nil
    }

    /// An upright ring that faces the viewer, by sphere tracing to a hundredth of a millimetre.
    private static func torus(
        _ o: Vector3, _ d: Vector3, ring: Float, tube: Float
    ) -> (Float, Vector3)? {
        let bound = ring + tube + 1e-3
        let isInside = o.lengthSquared < bound * bound
        guard let start = isInside ? 0 : sphere(o, d, bound)?.0 else { return nil }
        let length = d.length
        var t = start
        for _ in 0..<96 {
            let p = o + d * t
            if p.lengthSquared > bound * bound + 0.01 { return nil }
            let across = (p.x * p.x + p.y * p.y).squareRoot()
            let q = Vector2(across - ring, p.z)
            let distance = q.length - tube
            if distance < 1e-5 {
                let toAxis = across > 0 ? q.x / across : 0
                return (t, Vector3(p.x * toAxis, p.y * toAxis, p.z).normalized)
            }
            t += distance / length
        }
        return nil
    }
}
