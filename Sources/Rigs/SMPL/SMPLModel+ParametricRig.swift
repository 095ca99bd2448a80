import Spatial

extension SMPLModel: ParametricRig {
    public var name: String { kind.rawValue }

    public var restMesh: TriangleMesh {
        TriangleMesh(positions: template, faces: faces, uvs: uvs, uvFaces: uvFaces)
    }

    public var jointParents: [Int] { parents }
    public var expressionNames: [String] { (0..<expressionCount).map { "expression\($0)" } }

    public var parameterCounts: [String: Int] {
        [
            "betas": shapeCount, "expressions": expressionCount,
            "correctives": 9 * (parents.count - 1), "landmarks": landmarkNames.count,
        ]
    }

    /// The parts that the heaviest joints move: files of this family have no labels.
    public var vertexParts: [BodyPart] {
        let parts = jointNames.map(SMPLJoints.part)
        return (0..<skin.count).map { parts[Int(skin.bones[$0 * skin.slots])] }
    }

    /// The 51 landmarks of the inner face by their numbers among the 68 of iBUG, then those of the
    /// contour.
    public var landmarkNames: [String] {
        let inner = (staticLandmarks?.faces.indices).map { Array($0) } ?? []
        let contour = (contourLandmarks.first?.faces.indices).map { Array($0) } ?? []
        return inner.map { "face\(17 + $0)" } + contour.map { "face\($0)" }
    }

    /// The landmarks, the contour's as they are for a head that looks ahead.
    public func landmarks(of vertices: [Vector3]) -> [Vector3] {
        landmarks(of: vertices, [Matrix3](repeating: .identity, count: parents.count))
    }

    public func shaped(_ parameters: RigParameters) throws -> ShapedRig {
        let turned = Set(eyeTurns.map(\.unit))
        let lacking = try FaceUnit.allCases.first {
            try parameters.faceUnits()[$0] != 0 && !turned.contains($0)
        }
        if expressionMap == nil, let lacking {
            throw RigError.expression(
                rig: kind.rawValue, name: lacking.name, canBeFitted: expressionCount > 0)
        }
        return shaped(try values(of: parameters))
    }

    public func pose(_ parameters: RigParameters, of rig: ShapedRig) throws -> Pose {
        pose(try values(of: parameters), of: rig)
    }

    private func values(of parameters: RigParameters) throws -> SMPLParameters {
        var values = SMPLParameters()
        values.betas = parameters.betas
        values.expression = parameters.expression
        (values.leftHand, values.rightHand) = (parameters.leftHand, parameters.rightHand)
        values.hasFlatHands = parameters.hasFlatHands
        values.eyelids = parameters.eyelids
        values.translation = parameters.translation
        let names = jointNames
        for (name, angle) in parameters.pose {
            guard let joint = names.firstIndex(of: name) else {
                throw RigError.unknownName(kind: "joint", name: name, available: names)
            }
            values.pose[joint] = angle
        }
        return values
    }
}
