import Rigs
import Spatial

extension CaptureTracks {
    /// The person's shape, where the rig is Anny.
    public var annyShape: AnnyShape? {
        guard rig == "anny", let phenotypes = shared["shape.phenotypes"]?.floats(),
            phenotypes.count == Phenotype.count
        else { return nil }
        var shape = AnnyShape()
        shape.phenotypes = phenotypes
        shape.localChanges = shared["shape.local_changes"]?.floats() ?? []
        return shape
    }

    /// Pose and expression at a frame, where the rig is Anny and the frame has a track.
    ///
    /// - Throws: As `parameters(at:)`.
    public func anny(at frame: Int) throws -> (pose: Pose, expression: FaceExpression)? {
        guard rig == "anny", let values = try parameters(at: frame),
            let rotations = values["pose"], rotations.shape.count == 2, rotations.shape[1] == 4,
            let root = values["translation"]?.floats(), root.count == 3
        else { return nil }
        let q = rotations.floats()
        let pose = Pose(
            rotations: (0..<rotations.shape[0]).map {
                Quaternion(w: q[4 * $0], x: q[4 * $0 + 1], y: q[4 * $0 + 2], z: q[4 * $0 + 3])
            }, rootTranslation: Vector3(root[0], root[1], root[2]))
        let weights = values["expression"]?.floats() ?? []
        return (
            pose, weights.count == FaceUnit.count ? FaceExpression(weights: weights) : .neutral
        )
    }
}
