import Rigs
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a body stands by the tracker's points in metres: the root and the limbs turned so that they
/// point where those do. Each frame by itself; the fit goes on from there.
struct InitialPose {
    private let model: ClipModel
    private let skeleton: Skeleton
    /// The row of each bone among those of a motion.
    private let rows: [Int: Int]

    init(model: ClipModel) {
        self.model = model
        skeleton = model.anny.skeleton
        rows = Dictionary(
            uniqueKeysWithValues: ([0] + model.posedBones.map(\.bone)).enumerated().map {
                ($1, $0)
            })
    }

    /// Rotations [1 + P, 3], axis-angle, of a frame.
    func turns(_ evidence: ClipEvidence, _ t: Int) -> [Float] {
        var turns = [Float](repeating: 0, count: 3 * rows.count)
        func set(_ bone: Int, _ rotation: Quaternion) {
            guard let row = rows[bone] else { return }
            let v = rotation.axisAngle
            (turns[3 * row], turns[3 * row + 1], turns[3 * row + 2]) = (v.x, v.y, v.z)
        }
        guard evidence.scores[4 * t + 1] > 0.5 else { return turns }
        func world(_ point: PosePoint) -> Vector3 { evidence.world(t, point) }
        func seen(_ points: PosePoint...) -> Bool {
            points.allSatisfy { evidence.visibility(t, $0) > 0.4 }
        }
        guard seen(.leftShoulder, .rightShoulder) else { return turns }
        var left = world(.leftShoulder) - world(.rightShoulder)
        var up = Vector3(0, 1, 0)
        if seen(.leftHip, .rightHip) {
            left += world(.leftHip) - world(.rightHip)
            up =
                world(.leftShoulder) + world(.rightShoulder) - world(.leftHip)
                - world(.rightHip)
        }
        guard left.length > 1e-3, up.length > 1e-3, cross(left, up).length > 1e-3 else {
            return turns
        }
        let forward = cross(left, up).normalized
        up = up.normalized
        let body = Matrix3(columns: cross(up, forward).normalized, up, forward)
        set(0, Quaternion(body))

        for side in ["L", "R"] {
            let isLeft = side == "L"
            limb(
                upper: "upperarm01.\(side)", lower: "lowerarm01.\(side)",
                points: isLeft
                    ? [.leftShoulder, .leftElbow, .leftWrist]
                    : [.rightShoulder, .rightElbow, .rightWrist])
            limb(
                upper: "upperleg01.\(side)", lower: "lowerleg01.\(side)",
                points: isLeft
                    ? [.leftHip, .leftKnee, .leftAnkle] : [.rightHip, .rightKnee, .rightAnkle])
        }
        func limb(upper: String, lower: String, points: [PosePoint]) {
            guard let above = skeleton.index(of: upper), let below = skeleton.index(of: lower),
                evidence.visibility(t, points[1]) > 0.3
            else { return }
            let first = body.transposed * (world(points[1]) - world(points[0]))
            let rest = skeleton.referenceDirection(of: above)
            let turn = Self.arc(from: rest, to: first)
            set(above, turn)
            guard evidence.visibility(t, points[2]) > 0.3 else { return }
            let second =
                turn.matrix.transposed * (body.transposed * (world(points[2]) - world(points[1])))
            set(below, Self.arc(from: skeleton.referenceDirection(of: below), to: second))
        }
        return turns
    }

    /// The shortest rotation from one direction to another.
    private static func arc(from a: Vector3, to b: Vector3) -> Quaternion {
        guard a.length > 1e-6, b.length > 1e-6 else { return .identity }
        let (a, b) = (a.normalized, b.normalized)
        let axis = cross(a, b)
        let cosine = dot(a, b)
        if axis.length < 1e-5 {
            return cosine > 0
                ? .identity
                : Quaternion(
                    angle: .pi,
                    axis: cross(a, abs(a.x) < 0.9 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)).normalized)
        }
        return Quaternion(angle: atan2(axis.length, cosine), axis: axis.normalized)
    }

    /// Where the root must be so that points of the rig, posed about the origin, fall on pixels:
    /// linear least squares.
    static func translation(
        points: [Vector3], pixels: [Vector2], weights: [Float], focal: Float, centre: Vector2
    ) -> Vector3 {
        var (matrix, right) = (
            [[Double]](repeating: [0, 0, 0], count: 3), [Double](repeating: 0, count: 3)
        )
        func add(_ row: [Double], _ value: Double, _ weight: Double) {
            for i in 0..<3 {
                for j in 0..<3 { matrix[i][j] += weight * row[i] * row[j] }
                right[i] += weight * row[i] * value
            }
        }
        let f = Double(focal)
        for ((point, pixel), weight) in zip(zip(points, pixels), weights) where weight > 0 {
            let (u, v) = (Double(pixel.x - centre.x), Double(pixel.y - centre.y))
            let (x, y, z) = (Double(point.x), Double(point.y), Double(point.z))
            add([f, 0, u], -u * z - f * x, Double(weight))
            add([0, f, -v], v * z - f * y, Double(weight))
        }
        // Cramer's rule; without enough points some two metres before the camera.
        func determinant(_ m: [[Double]]) -> Double {
            m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
                - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
        }
        let whole = determinant(matrix)
        guard abs(whole) > 1e-9 else { return Vector3(0, 0, -2) }
        let solution = (0..<3).map { column -> Float in
            var changed = matrix
            for row in 0..<3 { changed[row][column] = right[row] }
            return Float(determinant(changed) / whole)
        }
        let result = Vector3(solution[0], solution[1], solution[2])
        return result.z < -0.15 && result.z > -50 ? result : Vector3(0, 0, -2)
    }
}
