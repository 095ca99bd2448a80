import Rigs
import Spatial

/// Reads from a face's landmarks what the face does, in some milliseconds: the weights of the 52 face
/// units, and how the head is turned.
///
/// The rig's average face is brought onto the landmarks by a similarity, and what is left is explained
/// by the units: least squares with weights in 0…1, few and small ones preferred, of what no small
/// change of the similarity explains, so that an open jaw does not lift the brows; both in turn. The
/// person's own features are not known to it, so that what it reads of two pictures of one person
/// compares, and what it reads of two persons does not. `RigFitter` and `ClipFitter` know the person,
/// and take seconds.
///
/// That few weights are preferred costs the units that move the skin least a part of their strength:
/// brows, gaze, the shrug of the lower lip. The tongue moves no landmark, and is never read.
public struct ExpressionReader: Sendable {
    /// What a face does.
    public struct Reading: Equatable, Sendable {
        public var expression: FaceExpression
        /// From the rig's axes (y up, z to the front) to the camera's (x right, y down, z forward).
        public var headRotation: Matrix3
    }

    /// The landmarks that are used: those that lie on the same skin from everywhere.
    private let landmarks: [Int]
    /// The vertices in the middle of the right and the left pupil.
    let pupils: [Int]
    /// The places of landmarks and pupils on the rig's face at rest, metres.
    private let rest: [Vector3]
    /// Where each unit moves them, one after the other.
    private let movements: [[Vector3]]

    /// The mean square of a landmark's error, metres², over that of a unit's weight.
    private static let ridge: Float = 2e-5
    /// The same, over the mean of a unit's weight: most units rest. More of it reads what the face mesh
    /// finds in pictures better still, and the units that move little hardly at all.
    private static let sparsity: Float = 2e-5
    /// How much a landmark's depth counts: the face mesh guesses it.
    private static let depthWeight: Float = 0.2
    /// How much an iris counts: lids follow the gaze, and close without it.
    private static let irisWeight: Float = 5
    private static let (rounds, sweeps) = (4, 100)

    public init(anny: Anny, embedding: FaceLandmarkEmbedding) {
        let rig = anny.shaped(AnnyShape())
        var workspace = PoseWorkspace(for: rig)
        let used = (0..<FaceMesh.pointCount).filter {
            !FaceLandmarkEmbedding.outline.contains($0)
        }
        landmarks = used
        // The front of the eyes, which look ahead at rest.
        let pupils = [BodyPart.rightEye, .leftEye].compactMap { eye in
            anny.mesh.vertices(of: [eye]).max { rig.vertices[$0].z < rig.vertices[$1].z }
        }
        self.pupils = pupils
        func points(_ expression: FaceExpression) -> [Vector3] {
            rig.pose(
                Pose(boneCount: rig.skeleton.count), expression: expression, into: &workspace)
            let all = embedding.points(of: workspace.vertices, mesh: anny.mesh)
            return used.map { all[$0] } + pupils.map { workspace.vertices[$0] }
        }
        let rest = points(.neutral)
        self.rest = rest
        movements = FaceUnit.allCases.map { unit in
            zip(points(FaceExpression([unit: 1])), rest).map { $0 - $1 }
        }
    }

    /// What a face does; nil where its landmarks lie in one place.
    public func read(_ face: FaceLandmarks) -> Reading? {
        var seen = landmarks.map { face.points[$0] }
        if let right = face.rightIris.first, let left = face.leftIris.first, pupils.count == 2 {
            seen += [right, left]
        }
        // Without irises what belongs to the pupils, which come last, is left out.
        let rest = Array(rest.prefix(seen.count))
        let movements = movements.map { Array($0.prefix(seen.count)) }
        var weights = [Float](repeating: 0, count: movements.count)
        var rotation = Matrix3.identity
        for round in 0..<Self.rounds {
            var model = rest
            for (movement, weight) in zip(movements, weights) where weight > 0 {
                for i in model.indices { model[i] += movement[i] * weight }
            }
            guard let place = AffineTransform.similarity(from: model, to: seen),
                let back = place.linear.inverse
            else { return nil }
            rotation = place.linear.nearestRotation
            if round == Self.rounds - 1 { break }
            let residuals = seen.indices.map { back * (seen[$0] - place.translation) - rest[$0] }
            let forward = (back * Vector3(0, 0, 1)).normalized
            Self.solve(residuals, rest, movements, landmarks.count, forward: forward, &weights)
        }
        return Reading(expression: FaceExpression(weights: weights), headRotation: rotation)
    }

    /// The weights that explain where the landmarks are off, by descent along one after the other.
    ///
    /// - Parameters:
    ///   - skin: how many of the points are landmarks; what comes after them are irises.
    ///   - forward: the axis along which errors count less.
    private static func solve(
        _ residuals: [Vector3], _ rest: [Vector3], _ movements: [[Vector3]], _ skin: Int,
        forward: Vector3, _ weights: inout [Float]
    ) {
        func product(_ a: [Vector3], _ b: [Vector3]) -> Float {
            var sum: Float = 0
            for i in a.indices {
                sum +=
                    (i < skin ? 1 : irisWeight)
                    * (dot(a[i], b[i])
                        - (1 - depthWeight) * dot(a[i], forward) * dot(b[i], forward))
            }
            return sum
        }
        var similarities: [[Vector3]] = []
        /// What is left of a movement that no similarity makes.
        func remainder(of movement: [Vector3]) -> [Vector3] {
            var left = movement
            for field in similarities {
                let share = product(left, field)
                for i in left.indices { left[i] -= field[i] * share }
            }
            return left
        }
        for field in similarityFields(rest) {
            let left = remainder(of: field)
            let length = product(left, left).squareRoot()
            similarities.append(left.map { $0 / length })
        }
        let movements = movements.map(remainder(of:))
        let count = movements.count
        var matrix = [Float](repeating: 0, count: count * count)
        for i in 0..<count {
            for j in 0...i {
                matrix[i * count + j] = product(movements[i], movements[j])
                matrix[j * count + i] = matrix[i * count + j]
            }
        }
        let residuals = remainder(of: residuals)
        let target = movements.map { product($0, residuals) }
        for _ in 0..<sweeps {
            for i in 0..<count {
                var gradient = target[i] - sparsity
                for j in 0..<count where j != i { gradient -= matrix[i * count + j] * weights[j] }
                weights[i] = min(max(gradient / (matrix[i * count + i] + ridge), 0), 1)
            }
        }
    }

    /// Where small translations, rotations and scalings move the landmarks at rest.
    private static func similarityFields(_ rest: [Vector3]) -> [[Vector3]] {
        let middle = rest.reduce(Vector3.zero, +) / Float(rest.count)
        let axes = [Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)]
        return axes.map { axis in rest.map { _ in axis } }
            + axes.map { axis in rest.map { cross(axis, $0 - middle) } }
            + [rest.map { $0 - middle }]
    }
}
