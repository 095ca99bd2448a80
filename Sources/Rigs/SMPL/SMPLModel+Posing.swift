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
        let rig = shaped(parameters)
        let pose = pose(parameters, of: rig)
        var workspace = PoseWorkspace(for: rig)
        rig.pose(pose, into: &workspace)
        return Posed(
            vertices: workspace.vertices, joints: workspace.bonePoses.map(\.translation),
            landmarks: landmarks(of: workspace.vertices, pose.rotations.map(\.matrix)))
    }

    /// The person of a shape, with the expression's coefficients and the eyelids applied.
    ///
    /// Its reference orientations are those of the world, so that `Pose` holds what the model's own
    /// software calls the pose.
    public func shaped(_ parameters: SMPLParameters) -> ShapedRig {
        var shaped = template
        Self.add(shapeDirections, parameters.betas, count: shapeCount, to: &shaped)
        Self.add(expressionDirections, parameters.expression, count: expressionCount, to: &shaped)
        let heads = restJoints(of: shaped)
        // Closing a lid moves no joint. The trackers that made these offsets add them to the posed
        // mesh of a head that does not turn; here they turn with it.
        let lids = [parameters.eyelids.x, parameters.eyelids.y]
        Self.add(eyelidDirections, lids, count: eyelidDirections.isEmpty ? 0 : 2, to: &shaped)
        let upright = [Matrix3](repeating: .identity, count: parents.count)
        return ShapedRig(
            skeleton: Skeleton(
                names: jointNames, parents: parents, referenceOrientations: upright),
            vertices: shaped, skin: skin,
            faceUnits: expressionMap?.offsets(of: self)
                ?? SparseOffsets(rows: FaceUnit.allCases.map { _ in [] }),
            boneHeads: heads, boneOrientations: upright,
            poseCorrectives: PoseCorrectives(directions: poseDirections),
            unitTurns: eyeTurns + (expressionMap?.jawTurns(of: self) ?? []))
    }

    /// The eyeballs' turns, of the models that have eyes: these need no map.
    var eyeTurns: [UnitTurn] {
        let names = jointNames
        guard let left = names.firstIndex(where: { $0.hasPrefix("left_eye") }),
            let right = names.firstIndex(where: { $0.hasPrefix("right_eye") })
        else { return [] }
        return UnitTurn.eyes(left: left, right: right)
    }

    /// The pose of a person: the hands' means and components included.
    public func pose(_ parameters: SMPLParameters, of rig: ShapedRig) -> Pose {
        Pose(
            rotations: fullPose(parameters).map { Quaternion(axisAngle: $0) },
            rootTranslation: rig.boneHeads[0] + parameters.translation)
    }

    /// positions += Σ coefficientᵢ · rowᵢ of directions [count, V, 3]; further coefficients are left
    /// out.
    static func add(
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
    func landmarks(of vertices: [Vector3], _ rotations: [Matrix3]) -> [Vector3] {
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
