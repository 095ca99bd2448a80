import Spatial

extension Anny: ParametricRig {
    public var name: String { "Anny" }

    /// The template, which is no person; without the teeth and lashes that Anny has not.
    public var restMesh: TriangleMesh {
        TriangleMesh(
            positions: template.vertices.prefix(coreVertexCount).map(toOwn),
            faces: Array(mesh.faces.prefix(coreFaceCount)), uvs: mesh.uvs,
            uvFaces: Array(mesh.uvFaces.prefix(coreFaceCount)))
    }

    public var jointNames: [String] { skeleton.names }
    public var jointParents: [Int] { skeleton.parents }
    public var expressionNames: [String] { FaceUnit.names }
    public var vertexParts: [BodyPart] { mesh.vertexParts }
    public var landmarkNames: [String] { keypoints.names }

    public var parameterCounts: [String: Int] {
        [
            "phenotypes": Phenotype.count, "localChanges": localChanges.names.count,
            "faceUnits": FaceUnit.count,
        ]
    }

    public func landmarks(of vertices: [Vector3]) -> [Vector3] { keypoints.points(of: vertices) }

    public func shaped(_ parameters: RigParameters) throws -> ShapedRig {
        let shape = try shape(
            phenotypes: parameters.phenotype, localChanges: parameters.localChanges)
        var own = FaceExpression.neutral
        for (unit, weight) in parameters.expression.prefix(FaceUnit.count).enumerated() {
            own.weights[unit] = weight
        }
        var rest = rest(shape)
        faceUnits.add(weights: own.weights, to: &rest.vertices)
        // Joints that follow the face do not follow it from frame to frame.
        let expression = try own + parameters.faceUnits()
        faceUnitBones?.add(weights: expression.weights, to: &rest)
        return shaped(rest)
    }

    public func pose(_ parameters: RigParameters, of rig: ShapedRig) throws -> Pose {
        try Pose(
            rig.skeleton,
            rotations: parameters.pose.mapValues {
                AnnyAxes.fromAnny(Quaternion(axisAngle: $0))
            }, rootTranslation: toWorld(parameters.translation))
    }

    public func toWorld(_ position: Vector3) -> Vector3 { AnnyAxes.fromAnny(position) }
    public func toOwn(_ position: Vector3) -> Vector3 { AnnyAxes.toAnny(position) }
}
