import Spatial

/// One of the rig's eyes, by its vertices.
struct Eye {
    /// The vertex in the middle of the pupil.
    let pupil: Int
    private let vertices: [Int]

    /// - Parameters:
    ///   - vertices: Those of the eye.
    ///   - neutral: All vertices of the rig at rest, when it looks straight ahead, along z.
    init(vertices: [Int], at neutral: [Vector3]) {
        self.vertices = vertices
        pupil = vertices.max { neutral[$0].z < neutral[$1].z } ?? 0
    }

    /// Where the eye looks: the unit direction from its middle to the pupil.
    ///
    /// - Parameter posed: All vertices of the rig.
    func gaze(_ posed: [Vector3]) -> Vector3 {
        let middle = vertices.reduce(Vector3.zero) { $0 + posed[$1] } / Float(vertices.count)
        return (posed[pupil] - middle).normalized
    }
}
