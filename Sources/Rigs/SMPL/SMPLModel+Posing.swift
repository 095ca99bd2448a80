import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension SMPLModel {
    /// A body that was posed.
    public struct Posed: Equatable, Sendable {
        /// The vertices, V.
        public var vertices: [Vector3]
        /// The joints, J.
        public var joints: [Vector3]
        /// The 51 landmarks of the face and the 17 of its contour; empty where the model has none.
        public var landmarks: [Vector3]
    }

    /// Shapes and poses the model: linear blend skinning of template + shape + expression + pose
    /// correctives (Pavlakos et al. 2019, eq. 1 to 3), as the smplx library does.
    ///
    /// Cost O(V·(S + E + 9J)); directions whose coefficient is 0 cost nothing.
    public func posed(_ parameters: SMPLParameters) -> Posed {
        var shaped = template
        Self.add(shapeDirections, parameters.betas, count: shapeCount, to: &shaped)
        Self.add(expressionDirections, parameters.expression, count: expressionCount, to: &shaped)
        let heads = restJoints(of: shaped)
        let angles = fullPose(parameters)
        let rotations = angles.map { Quaternion(axisAngle: $0).matrix }

        var features: [Float] = []
        features.reserveCapacity(9 * (parents.count - 1))
        for rotation in rotations.dropFirst() {
            for row in 0..<3 {
                for column in 0..<3 {
                    features.append(rotation[row, column] - (row == column ? 1 : 0))
                }
            }
        }
        Self.add(poseDirections, features, count: features.count, to: &shaped)

        var world: [AffineTransform] = []
        for (joint, parent) in parents.enumerated() {
            let local = AffineTransform(
                linear: rotations[joint],
                translation: parent < 0 ? heads[joint] : heads[joint] - heads[parent])
            world.append(parent < 0 ? local : world[parent] * local)
        }
        let skinning = zip(world, heads).map { transform, head in
            AffineTransform(
                linear: transform.linear,
                translation: transform.translation - transform.linear * head)
        }
        let vertices = shaped.enumerated().map { vertex, position in
            skin.blend(skinning, at: vertex) * position + parameters.translation
        }
        return Posed(
            vertices: vertices,
            joints: world.map { $0.translation + parameters.translation },
            landmarks: landmarks(of: vertices, rotations))
    }

    /// positions += Σ coefficientᵢ · rowᵢ of directions [count, V, 3]; further coefficients are left
    /// out.
    private static func add(
        _ directions: [Float], _ coefficients: [Float], count: Int, to positions: inout [Vector3]
    ) {
        let vertices = positions.count
        directions.withUnsafeBufferPointer { directions in
            positions.withUnsafeMutableBufferPointer { positions in
                for (row, weight) in coefficients.prefix(count).enumerated() where weight != 0 {
                    let first = 3 * vertices * row
                    for vertex in 0..<vertices {
                        let i = first + 3 * vertex
                        positions[vertex] +=
                            Vector3(directions[i], directions[i + 1], directions[i + 2]) * weight
                    }
                }
            }
        }
    }

    /// The rest positions of the joints of a shape, J.
    public func restJoints(of vertices: [Vector3]) -> [Vector3] {
        regressor.map { row in
            Vector3(
                row.reduce(SIMD3<Double>()) {
                    $0 + SIMD3<Double>(vertices[Int($1.vertex)]) * $1.weight
                })
        }
    }

    /// The axis-angles of all joints, the hands' means and components included.
    private func fullPose(_ parameters: SMPLParameters) -> [Vector3] {
        var angles = (0..<parents.count).map { parameters.pose[$0] ?? .zero }
        let first = parents.count - 30
        for (hand, coefficients, start) in [
            (leftHand, parameters.leftHand, first), (rightHand, parameters.rightHand, first + 15),
        ] {
            guard let hand else { continue }
            var pose = [Float](repeating: 0, count: 45)
            if let coefficients {
                for (row, weight) in coefficients.prefix(45).enumerated() {
                    for i in 0..<45 { pose[i] += weight * hand.components[45 * row + i] }
                }
                for joint in 0..<15 { angles[start + joint] = .zero }
            }
            for joint in 0..<15 {
                for axis in 0..<3 {
                    let mean = parameters.hasFlatHands ? 0 : hand.mean[3 * joint + axis]
                    angles[start + joint][axis] += pose[3 * joint + axis] + mean
                }
            }
        }
        return angles
    }

    /// The landmarks of a posed body: the contour's are those of the head's turn to the side.
    private func landmarks(of vertices: [Vector3], _ rotations: [Matrix3]) -> [Vector3] {
        guard let staticLandmarks else { return [] }
        func points(_ landmarks: Landmarks) -> [Vector3] {
            zip(landmarks.faces, landmarks.barycentrics).map { face, weights in
                let face = faces[Int(face)]
                return vertices[Int(face.x)] * weights.x + vertices[Int(face.y)] * weights.y
                    + vertices[Int(face.z)] * weights.z
            }
        }
        guard contourLandmarks.count == Self.contourTurns else { return points(staticLandmarks) }
        var turn = Matrix3.identity
        // From the neck to the root; of FLAME the root alone, as the smplx library has it.
        var joint = kind == .flame ? 0 : 12
        while joint >= 0 {
            turn = rotations[joint] * turn
            joint = parents[joint]
        }
        let sine = (turn[0, 0] * turn[0, 0] + turn[1, 0] * turn[1, 0]).squareRoot()
        let degrees = -atan2(-turn[2, 0], sine) * 180 / .pi
        // The first 40 are turns of 0…39° to one side, the rest of 1…39° to the other.
        let angle = Int(min(39, degrees).rounded(.toNearestOrEven))
        let index = angle >= 0 ? angle : angle < -39 ? 78 : 39 - angle
        return points(staticLandmarks) + points(contourLandmarks[index])
    }

    /// The number of turns that contours are given for.
    static let contourTurns = 79
}
