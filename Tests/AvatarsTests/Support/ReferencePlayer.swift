import Foundation
import Rigs
import Spatial

@testable import Avatars

/// What `AvatarPlayer` computes, Gaussian by Gaussian, in double precision and the plainest way.
enum ReferencePlayer {
    typealias Vector = SIMD3<Double>

    struct Posed {
        var mean: Vector
        /// The principal axes, unit vectors.
        var axes: [Vector]
        var logScales: Vector
    }

    static func pose(_ avatar: Avatar, _ pose: Pose, _ expression: FaceExpression) -> [Posed] {
        // Posing the rig has tests of its own, against Anny.
        var workspace = PoseWorkspace(for: avatar.rig)
        avatar.rig.pose(pose, expression: expression, into: &workspace)
        let g = avatar.gaussians
        return (0..<g.count).map { i in
            let face = avatar.faces[Int(g.faces[i])]
            let corners = [Int(face.x), Int(face.y), Int(face.z)]
            let rest = corners.map { Vector(avatar.rig.vertices[$0]) }
            let posed = corners.map { Vector(workspace.vertices[$0]) }
            let barycentric = (0..<3).map { Double(g.barycentrics[3 * i + $0]) }
            let offset = vector(g.offsets, i)

            // The mean over the corners of Σ weight · (bone's linear map of the offset).
            var carried = Vector.zero
            for corner in corners {
                for slot in 0..<avatar.rig.skin.slots {
                    let entry = corner * avatar.rig.skin.slots + slot
                    let bone = Int(avatar.rig.skin.bones[entry])
                    let m = workspace.boneTransforms[bone].linear
                    let turned = Vector(
                        row(m, 0).dot(offset), row(m, 1).dot(offset), row(m, 2).dot(offset))
                    carried += turned * Double(avatar.rig.skin.weights[entry]) / 3
                }
            }
            var mean = carried
            for k in 0..<3 { mean += posed[k] * barycentric[k] }

            // Principal axis k at rest in the face's frame; the map of the plane from the edges.
            let (from, to) = (frame(rest), frame(posed))
            let local = rotation(g.rotations, i)
            let edges = (plane(rest, from), plane(posed, to))
            let map = multiplied(edges.1, inverse(edges.0))
            var logScales = vector(g.logScales, i)
            var axes: [Vector] = []
            for k in 0..<3 {
                let axis = local[k]
                let stretched = Vector(
                    map[0] * axis.x + map[1] * axis.y, map[2] * axis.x + map[3] * axis.y, axis.z)
                logScales[k] += log(stretched.dot(stretched).squareRoot())
                axes.append(to[0] * axis.x + to[1] * axis.y + to[2] * axis.z)
            }
            return Posed(mean: mean, axes: axes, logScales: logScales)
        }
    }

    /// The frame of a triangle: along the first edge, in the plane, along the normal.
    private static func frame(_ p: [Vector]) -> [Vector] {
        let t = (p[1] - p[0]).unit
        let n = (p[1] - p[0]).times(p[2] - p[0]).unit
        return [t, n.times(t), n]
    }

    /// The edges as the columns of a 2×2 matrix, row by row, in a frame's plane.
    private static func plane(_ p: [Vector], _ frame: [Vector]) -> [Double] {
        let (a, b) = (p[1] - p[0], p[2] - p[0])
        return [a.dot(frame[0]), b.dot(frame[0]), a.dot(frame[1]), b.dot(frame[1])]
    }

    private static func inverse(_ m: [Double]) -> [Double] {
        let d = m[0] * m[3] - m[1] * m[2]
        return [m[3] / d, -m[1] / d, -m[2] / d, m[0] / d]
    }

    private static func multiplied(_ a: [Double], _ b: [Double]) -> [Double] {
        [
            a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3],
            a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3],
        ]
    }

    private static func vector(_ values: [Float], _ i: Int) -> Vector {
        Vector(Double(values[3 * i]), Double(values[3 * i + 1]), Double(values[3 * i + 2]))
    }

    private static func row(_ m: Matrix3, _ row: Int) -> Vector {
        Vector(Double(m[row, 0]), Double(m[row, 1]), Double(m[row, 2]))
    }

    /// The columns of a quaternion's matrix.
    private static func rotation(_ values: [Float], _ i: Int) -> [Vector] {
        let q = (0..<4).map { Double(values[4 * i + $0]) }
        let (w, x, y, z) = (q[0], q[1], q[2], q[3])
        return [
            Vector(1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)),
            Vector(2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)),
            Vector(2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)),
        ]
    }
}

extension SIMD3<Double> {
    fileprivate func dot(_ other: Self) -> Double { (self * other).sum() }
    fileprivate var unit: Self { self / dot(self).squareRoot() }
    fileprivate func times(_ b: Self) -> Self {
        Self(y * b.z - z * b.y, z * b.x - x * b.z, x * b.y - y * b.x)
    }
}
