import Spatial
import Splatting

/// A posed person with the light and shadows on it: what does not depend on the camera.
final class LitPose {
    let pose: StudioPose
    let light: StudioLight
    /// What blocks the key light.
    let shadow: ShadowMap
    let occlusion: Occlusion
    let disc = ShadowMap.discs()

    /// - Parameter focus: the sphere in which light is worked out.
    init(
        _ pose: StudioPose, light: StudioLight, focus: (centre: Vector3, radius: Float),
        rasteriser: MeshRasteriser
    ) {
        (self.pose, self.light) = (pose, light)
        let person = pose.person
        let positions = Array(
            UnsafeBufferPointer(start: pose.positions.start, count: person.vertexCount))

        // What is far from what is seen hardly takes light from it.
        let reach = 1.5 * focus.radius + 0.15
        func isNear(_ vertex: Int32) -> Bool {
            (positions[Int(vertex)] - focus.centre).lengthSquared < reach * reach
        }

        // Whatever is thin may be coarse where only shares of light are asked for.
        var coarse = Array(positions.prefix(person.bodyVertexCount))
        let standIn = Ribbons(
            pose, towards: Vector3(0.3, 0.5, 1), isDirection: true, pitch: 0, coarsening: 34,
            into: &coarse)
        occlusion = Occlusion(
            light: light, focus: focus, positions: coarse,
            faces: person.body.occluders(texel: 2 * focus.radius / Float(Occlusion.size))
                .filter { isNear($0.x) } + standIn.faces,
            rasteriser: rasteriser)
        occlusion.shares(
            of: person.vertexCount, near: focus.centre, reach: reach,
            UnsafePointer(pose.positions.start),
            UnsafePointer(pose.normals.start), into: pose.shares.start)

        var vertices = positions
        let ribbons = Ribbons(
            pose, towards: light.keyDirection, isDirection: true, pitch: 0, coarsening: 4,
            into: &vertices)
        var frame = MeshFrame()
        shadow = ShadowMap(
            direction: light.keyDirection, focus: focus, size: 1024, positions: vertices,
            faces: person.faces.filter { isNear($0.x) } + ribbons.faces, rasteriser: rasteriser,
            frame: &frame)
    }
}
