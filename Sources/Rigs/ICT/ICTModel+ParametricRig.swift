import Spatial

/// A head without a neck: a root, and two eyeballs that turn about their centres, which the files' own
/// shapes of looking do not do (they move the lids alone).
extension ICTModel: ParametricRig {
    public var name: String { "ICT-FaceKit" }
    public var restMesh: TriangleMesh { neutral }
    public var jointNames: [String] { ["head", "left_eye", "right_eye"] }
    public var jointParents: [Int] { [-1, 0, 0] }

    public var skin: SkinWeights {
        SkinWeights(
            slots: 1,
            bones: vertexParts.map { $0 == .leftEye ? 1 : $0 == .rightEye ? 2 : 0 },
            weights: [Float](repeating: 1, count: vertexParts.count))
    }

    public var parameterCounts: [String: Int] {
        [
            "identities": identities.count, "expressions": expressionNames.count,
            "landmarks": landmarkVertices.count,
        ]
    }

    /// The 68 landmarks by their numbers in iBUG's order.
    public var landmarkNames: [String] { landmarkVertices.indices.map { "face\($0)" } }

    public func landmarks(of vertices: [Vector3]) -> [Vector3] {
        landmarkVertices.map { vertices[$0] }
    }

    /// - Parameter parameters: `betas` are the identities' coefficients, `expression` those of
    ///   `expressionNames`; those that are left out are 0. Units whose files are not there do nothing.
    public func shaped(_ parameters: RigParameters) -> ShapedRig {
        var positions = neutral.positions
        for (offsets, weight) in zip(identities, parameters.betas) where weight != 0 {
            for vertex in positions.indices { positions[vertex] += offsets[vertex] * weight }
        }
        let centres = [BodyPart.leftEye, .rightEye].map { eye in
            let points = zip(positions, vertexParts).filter { $1 == eye }.map(\.0)
            return points.isEmpty
                ? .zero : points.reduce(Vector3.zero, +) / Float(points.count)
        }
        var weights = [Float](repeating: 0, count: expressionNames.count)
        for (index, weight) in parameters.expression.prefix(weights.count).enumerated() {
            weights[index] = weight
        }
        expressions.add(weights: weights, to: &positions)
        let upright = [Matrix3](repeating: .identity, count: 3)
        return ShapedRig(
            skeleton: Skeleton(
                names: jointNames, parents: jointParents, referenceOrientations: upright),
            vertices: positions.map(toWorld), skin: skin, faceUnits: unitOffsets,
            boneHeads: [.zero] + centres.map(toWorld), boneOrientations: upright,
            unitTurns: UnitTurn.eyes(left: 1, right: 2))
    }

    public func pose(_ parameters: RigParameters, of rig: ShapedRig) throws -> Pose {
        try Pose(
            rig.skeleton, rotations: parameters.pose.mapValues { Quaternion(axisAngle: $0) },
            rootTranslation: parameters.translation)
    }

    /// Centimetres in the files.
    public func toWorld(_ position: Vector3) -> Vector3 { position * 0.01 }
    public func toOwn(_ position: Vector3) -> Vector3 { position * 100 }

    /// What ARKit's units do, metres.
    private var unitOffsets: SparseOffsets {
        SparseOffsets(
            rows: FaceUnit.allCases.map { unit in
                var sums: [Int: Vector3] = [:]
                for name in Self.names(of: unit) {
                    guard let row = expressionNames.firstIndex(of: name) else { continue }
                    for entry in expressions.starts[row]..<expressions.starts[row + 1] {
                        sums[Int(expressions.vertices[entry]), default: .zero] +=
                            toWorld(expressions.offsets[entry])
                    }
                }
                return sums.map { (vertex: $0, offset: $1) }
            })
    }
}
