import Avatars
import Rigs
import Spatial
import Tracking

/// The person as the fit has it: a posable rig, and the rig as it stands in the photograph.
struct FittedBody {
    let anny: Anny
    let rig: ShapedRig
    let view: AvatarView
    /// The posed vertices, V, world space.
    let vertices: [Vector3]
    /// The skinning of each vertex, V: from rest to posed space.
    let transforms: [AffineTransform]
    /// The faces that the avatar covers: indices into `anny.mesh.faces`, ascending.
    let coveredFaces: [Int]

    init(_ fit: RigFit, anny: Anny) {
        self.init(
            rig: anny.shaped(fit.shape),
            view: AvatarView(camera: fit.camera, pose: fit.pose, expression: fit.expression),
            anny: anny)
    }

    private init(rig: ShapedRig, view: AvatarView, anny: Anny) {
        (self.rig, self.view, self.anny) = (rig, view, anny)
        var workspace = PoseWorkspace(for: rig)
        rig.pose(
            view.pose, expression: view.expression, into: &workspace, wantsVertexTransforms: true)
        vertices = workspace.vertices
        transforms = workspace.vertexTransforms
        coveredFaces = Self.coverage(anny, vertices, workspace.bonePoses, view.camera)
    }

    /// The same person with the vertices at rest moved by `displacements` [V], metres.
    func moved(by displacements: [Vector3]) -> FittedBody {
        FittedBody(
            rig: ShapedRig(
                skeleton: rig.skeleton, vertices: zip(rig.vertices, displacements).map { $0 + $1 },
                skin: rig.skin, faceUnits: rig.faceUnits, boneHeads: rig.boneHeads,
                boneOrientations: rig.boneOrientations, poseCorrectives: rig.poseCorrectives,
                unitTurns: rig.unitTurns), view: view, anny: anny)
    }

    /// What the photograph lets one show: the head always; an arm from the joint on that is within
    /// the frame; of trunk and legs what is above the lower edge of the picture.
    private static func coverage(
        _ anny: Anny, _ vertices: [Vector3], _ bones: [AffineTransform], _ camera: Camera
    ) -> [Int] {
        let lowest = Float(camera.height) * 1.02
        func isAboveEdge(_ point: Vector3) -> Bool { camera.project(point).pixel.y < lowest }
        /// Whether the joint that a part hangs from is in the frame.
        func hasJoint(_ bone: String) -> Bool {
            anny.skeleton.index(of: bone).map { isAboveEdge(bones[$0].translation) } ?? false
        }
        let whole: [BodyPart: Bool] = [
            .leftUpperArm: hasJoint("upperarm01.L"), .rightUpperArm: hasJoint("upperarm01.R"),
            .leftForearm: hasJoint("lowerarm01.L"), .rightForearm: hasJoint("lowerarm01.R"),
            .leftHand: hasJoint("wrist.L"), .rightHand: hasJoint("wrist.R"),
            .leftFoot: hasJoint("foot.L"), .rightFoot: hasJoint("foot.R"),
        ]
        return anny.mesh.faces.indices.filter { index in
            let part = anny.mesh.faceParts[index]
            // Lashes are hair-thin sheets; what they show is painted on the lids.
            if part == .leftLashes || part == .rightLashes { return false }
            if part.isHead { return true }
            if let isWhole = whole[part] { return isWhole }
            let f = anny.mesh.faces[index]
            return [f.x, f.y, f.z].allSatisfy { isAboveEdge(vertices[Int($0)]) }
        }
    }

    /// The faces of `coveredFaces`, F×3.
    var faces: [SIMD3<Int32>] { coveredFaces.map { anny.mesh.faces[$0] } }
}
