import Spatial

extension Motion {
    /// Whether, in most of some moments, the head is rather along z from the feet than along y.
    var standsAlongZ: Bool {
        let ups = self.ups
        return 2 * ups.count { abs($0.z) > abs($0.y) } > ups.count
    }

    /// Whether, in nearly all of some moments, the head is straight along y from the feet.
    var standsAlongY: Bool {
        let ups = self.ups
        return !ups.isEmpty && 5 * ups.count { $0.y > 0.85 } > 4 * ups.count
    }

    /// The directions from the feet to the head, in the motion's own world, at some moments.
    private var ups: [Vector3] {
        guard let skeleton else { return [] }
        let roles = SkeletonRoles(skeleton)
        guard let head = roles.first(.head) ?? roles.first(.neck),
            let left = roles.first(.foot, .left), let right = roles.first(.foot, .right)
        else { return [] }
        return stride(from: 0, to: frames.count, by: max(1, frames.count / 32)).map { index in
            let places = skeleton.positions(frames[index])
            return (places[head] - (places[left] + places[right]) / 2).normalized
        }
    }

    /// The motion with its world turned from z up to y up.
    func turnedUpright() -> Motion {
        guard let root = skeleton?.names.first else { return self }
        let upright = Quaternion(angle: -.pi / 2, axis: Vector3(1, 0, 0))
        var result = self
        for index in frames.indices {
            result.frames[index].rotations[root] =
                upright * (frames[index].rotations[root] ?? .identity)
            if case .position(let position) = frames[index].root {
                result.frames[index].root = .position(AnnyAxes.fromAnny(position))
            }
        }
        return result
    }
}
