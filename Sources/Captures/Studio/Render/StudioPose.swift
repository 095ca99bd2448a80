import Rigs
import Spatial
import Splatting

/// A person of the studio in one pose and expression, lit: what pictures from any side are drawn of.
final class StudioPose {
    let person: StudioPerson
    let pose: Pose
    let expression: FaceExpression
    /// The vertices of body and garments, and their normals.
    let positions: StudioBuffer<Vector3>
    let normals: StudioBuffer<Vector3>
    /// The share of the environment's light that reaches each; see `Occlusion`.
    let shares: StudioBuffer<SIMD4<Float>>
    /// The points of the hair of the head and where hair faces there, [S, P].
    let hairPoints: StudioBuffer<Vector3>
    let hairNormals: StudioBuffer<Vector3>
    /// The points of the hair of the face [S, P].
    let faceHairPoints: StudioBuffer<Vector3>
    /// The bones, as `PoseWorkspace` has them.
    let bones: PoseWorkspace

    init(_ person: StudioPerson, pose: Pose, expression: FaceExpression) {
        (self.person, self.pose, self.expression) = (person, pose, expression)
        var workspace = PoseWorkspace(for: person.rig)
        person.rig.pose(pose, expression: expression, into: &workspace)
        bones = workspace
        let count = person.vertexCount
        positions = StudioBuffer(count: count, .zero)
        normals = StudioBuffer(count: count, .zero)
        shares = StudioBuffer(count: count, SIMD4(repeating: 1))
        let bodyCount = person.bodyVertexCount
        let target = positions.start
        workspace.vertices.withUnsafeBufferPointer {
            target.update(from: $0.baseAddress!, count: bodyCount)
        }
        Self.addNormals(
            person.body.anny.mesh.faces, positions.start, normals.start, count: bodyCount)
        var first = bodyCount
        for garment in person.garments {
            let state = WrinkleField.State(rig: person.rig, bones: workspace)
            garment.pose(state, into: positions.start + first)
            Self.addNormals(
                garment.faces, positions.start + first, normals.start + first,
                count: garment.rest.count)
            first += garment.rest.count
        }

        let hair = person.headHair
        hairPoints = StudioBuffer(count: hair.points.count, .zero)
        hairNormals = StudioBuffer(count: hair.points.count, .zero)
        faceHairPoints = StudioBuffer(
            count: person.faceHair.count * SurfaceStrands.pointCount, .zero)
        poseHair()
        poseFaceHair()
    }

    private func poseHair() {
        let hair = person.headHair
        guard let head = person.rig.skeleton.index(of: "head"),
            let chest = person.rig.skeleton.index(of: "spine01")
        else { return }
        let (a, b) = (bones.boneTransforms[head], bones.boneTransforms[chest])
        for i in hair.points.indices {
            let share = hair.headShares[i]
            hairPoints[i] = mix(b * hair.points[i], a * hair.points[i], share)
            hairNormals[i] = mix(b.linear * hair.normals[i], a.linear * hair.normals[i], share)
        }
    }

    private func poseFaceHair() {
        let hair = person.faceHair
        let p = SurfaceStrands.pointCount
        for (s, root) in hair.roots.enumerated() {
            let (a, b, c) = (Int(root.corners.x), Int(root.corners.y), Int(root.corners.z))
            let normal =
                (normals[a] * root.weights.x + normals[b] * root.weights.y
                + normals[c] * root.weights.z).normalized
            let place =
                positions[a] * root.weights.x + positions[b] * root.weights.y
                + positions[c] * root.weights.z
            let frame = SurfaceStrands.frame(positions[a], positions[b], normal)
            for i in s * p..<(s + 1) * p { faceHairPoints[i] = place + frame * hair.offsets[i] }
        }
    }

    /// Unit normals of vertices: the means of their faces', weighted by area.
    private static func addNormals(
        _ faces: [SIMD3<Int32>], _ positions: UnsafePointer<Vector3>,
        _ normals: UnsafeMutablePointer<Vector3>, count: Int
    ) {
        faces.withUnsafeBufferPointer { faces in
            for face in faces {
                let (a, b, c) = (Int(face.x), Int(face.y), Int(face.z))
                let normal = cross(positions[b] - positions[a], positions[c] - positions[a])
                normals[a] += normal
                normals[b] += normal
                normals[c] += normal
            }
        }
        for i in 0..<count { normals[i] = normals[i].normalized }
    }
}
