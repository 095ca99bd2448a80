import Spatial

extension ShapedRig {
    /// Poses the rig: forward kinematics, face units, pose correctives, linear blend skinning.
    ///
    /// With U the reference and R the rest orientations, h the rest heads, D and d the pose's
    /// rotations and root translation, a bone c of parent p is posed by W = [V | w],
    /// V_c = V_p U_pᵀ D_c U_c and w_c = V_p R_pᵀ (h_c − h_p) + w_p (U₀ in place of R₀), the root by
    /// V₀ = U₀ᵀ D₀ U₀, w₀ = U₀ᵀ d; skinning blends T = W [R | h]⁻¹. Equal to Anny's `local-ref`
    /// parameterisation.
    ///
    /// - Parameters:
    ///   - pose: one rotation a bone.
    ///   - expression: the face units.
    ///   - workspace: made for this rig; receives the results.
    ///   - wantsVertexTransforms: whether `workspace.vertexTransforms` is filled too.
    public func pose(
        _ pose: Pose, expression: FaceExpression = .neutral, into workspace: inout PoseWorkspace,
        wantsVertexTransforms: Bool = false
    ) {
        precondition(pose.rotations.count == skeleton.count, "one rotation a bone")
        precondition(workspace.vertices.count == vertices.count, "a workspace of this rig")
        let pose = unitTurns.isEmpty ? pose : pose.turned(by: unitTurns, expression)
        express(expression, into: &workspace.expressed)
        if let poseCorrectives {
            workspace.expressed.withUnsafeMutableBufferPointer {
                poseCorrectives.add(pose.rotations, to: $0)
            }
        }
        poseBones(pose, into: &workspace)
        if wantsVertexTransforms {
            skinWithTransforms(&workspace)
        } else {
            skin(&workspace)
        }
    }

    /// Writes the rest vertices moved by the face units to `positions`, V of them.
    public func express(_ expression: FaceExpression, into positions: inout [Vector3]) {
        positions.withUnsafeMutableBufferPointer { positions in
            vertices.withUnsafeBufferPointer { vertices in
                _ = positions.update(fromContentsOf: vertices)
            }
            for (row, weight) in expression.weights.enumerated() where weight != 0 {
                faceUnits.add(row: row, weight: weight, to: positions)
            }
        }
    }

    /// Fills the bones' poses and transforms only; of bones that face units turn, `pose` has it all.
    public func poseBones(_ pose: Pose, into workspace: inout PoseWorkspace) {
        let references = skeleton.referenceOrientations
        for bone in 0..<skeleton.count {
            let turned = pose.rotations[bone].matrix * references[bone]
            let parent = skeleton.parents[bone]
            let posed: AffineTransform
            if parent < 0 {
                let toBone = references[bone].transposed
                posed = AffineTransform(
                    linear: toBone * turned, translation: toBone * pose.rootTranslation)
            } else {
                let above = workspace.bonePoses[parent]
                posed = AffineTransform(
                    linear: above.linear * (references[parent].transposed * turned),
                    translation: above * headOffsets[bone])
            }
            workspace.bonePoses[bone] = posed
            let rotation = posed.linear * boneOrientations[bone].transposed
            workspace.boneTransforms[bone] = AffineTransform(
                linear: rotation, translation: posed.translation - rotation * boneHeads[bone])
        }
    }

    private func skin(_ workspace: inout PoseWorkspace) {
        workspace.expressed.withUnsafeBufferPointer { expressed in
            workspace.boneTransforms.withUnsafeBufferPointer { transforms in
                workspace.vertices.withUnsafeMutableBufferPointer { vertices in
                    eachBlend(transforms) { vertex, transform in
                        vertices[vertex] = transform * expressed[vertex]
                    }
                }
            }
        }
    }

    private func skinWithTransforms(_ workspace: inout PoseWorkspace) {
        if workspace.vertexTransforms.count != vertices.count {
            workspace.vertexTransforms = [AffineTransform](
                repeating: .identity, count: vertices.count)
        }
        workspace.expressed.withUnsafeBufferPointer { expressed in
            workspace.boneTransforms.withUnsafeBufferPointer { transforms in
                workspace.vertices.withUnsafeMutableBufferPointer { vertices in
                    workspace.vertexTransforms.withUnsafeMutableBufferPointer { blends in
                        eachBlend(transforms) { vertex, transform in
                            vertices[vertex] = transform * expressed[vertex]
                            blends[vertex] = transform
                        }
                    }
                }
            }
        }
    }

    /// Calls `body` with each vertex and its blended transform.
    @inline(__always)
    private func eachBlend(
        _ transforms: UnsafeBufferPointer<AffineTransform>,
        _ body: (_ vertex: Int, _ transform: AffineTransform) -> Void
    ) {
        let slots = skin.slots
        skin.bones.withUnsafeBufferPointer { bones in
            skin.weights.withUnsafeBufferPointer { weights in
                for vertex in 0..<vertices.count {
                    var slot = vertex * slots
                    let end = slot + slots
                    var blend = transforms[Int(bones[slot])]
                    // Most vertices hang on one bone: its transform is the blend.
                    if weights[slot] < 1 {
                        blend = blend.scaled(by: weights[slot])
                        slot += 1
                        while slot < end, weights[slot] > 0 {
                            blend.add(transforms[Int(bones[slot])], times: weights[slot])
                            slot += 1
                        }
                    }
                    body(vertex, blend)
                }
            }
        }
    }
}

extension AffineTransform {
    @inline(__always)
    fileprivate func scaled(by weight: Float) -> AffineTransform {
        AffineTransform(linear: linear * weight, translation: translation * weight)
    }

    @inline(__always)
    fileprivate mutating func add(_ other: AffineTransform, times weight: Float) {
        linear = linear + other.linear * weight
        translation += other.translation * weight
    }
}
