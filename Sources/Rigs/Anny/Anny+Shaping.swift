import Spatial

extension Anny {
    /// A shape by the names of its phenotypes and local changes; the rest as in `AnnyShape()`.
    ///
    /// - Throws: `RigError.unknownName`.
    public func shape(
        phenotypes: [String: Float] = [:], localChanges: [String: Float] = [:]
    ) throws -> AnnyShape {
        var shape = AnnyShape()
        for (name, value) in phenotypes {
            guard let phenotype = Phenotype(name: name) else {
                throw RigError.unknownName(
                    kind: "phenotype", name: name, available: Phenotype.allCases.map(\.name))
            }
            shape[phenotype] = value
        }
        if !localChanges.isEmpty {
            shape.localChanges = [Float](repeating: 0, count: localChangeNames.count)
        }
        for (name, value) in localChanges {
            guard let index = localChangeNames.firstIndex(of: name) else {
                throw RigError.unknownName(
                    kind: "local change", name: name, available: localChangeNames)
            }
            shape.localChanges[index] = value
        }
        return shape
    }

    /// The body of a shape: template + Σ coefficient · row, over phenotypes and local changes.
    public func rest(_ shape: AnnyShape) -> AnnyRest {
        let weights = phenotypes.coefficients(PhenotypeWeights(phenotypes: shape.phenotypes))
        let changes = localChanges.coefficients(shape.localChanges)
        let dense = phenotypes.denseCount

        var rest = template
        let packed = BoneRows.sum(phenotypes.vertices, Array(weights.prefix(dense)))
        for vertex in rest.vertices.indices {
            rest.vertices[vertex] += Vector3(
                packed[3 * vertex], packed[3 * vertex + 1], packed[3 * vertex + 2])
        }
        phenotypes.sparseVertices.add(
            weights: Array(weights.dropFirst(dense)), to: &rest.vertices)
        localChanges.vertices.add(weights: changes, to: &rest.vertices)
        phenotypes.bones.add(weights: weights, to: &rest)
        localChanges.bones.add(weights: changes, to: &rest)
        return rest
    }

    /// The rig of a person of that shape.
    public func shaped(_ shape: AnnyShape) -> ShapedRig { shaped(rest(shape)) }

    /// The rig of a person of that shape with the joints where an expression puts them.
    ///
    /// Face units move the joints of a few of Anny's skeletons, which follow helper vertices of the
    /// face; of all others this is `shaped(_:)`. The face itself still moves by `ShapedRig.pose`.
    public func shaped(_ shape: AnnyShape, expression: FaceExpression) -> ShapedRig {
        var rest = rest(shape)
        faceUnitBones?.add(weights: expression.weights, to: &rest)
        return shaped(rest)
    }

    /// The rig of a body at rest.
    public func shaped(_ rest: AnnyRest) -> ShapedRig {
        let orientations = frames.orientations(
            matrices: rest.orientationMatrices, heads: rest.heads, tails: rest.tails
        ).map(\.nearestRotation)
        let posable =
            hasReferencePose
            ? skeleton
            : Skeleton(
                names: skeleton.names, parents: skeleton.parents,
                referenceOrientations: orientations)
        return ShapedRig(
            skeleton: posable, vertices: rest.vertices, skin: skin, faceUnits: faceUnits,
            boneHeads: rest.heads, boneOrientations: orientations)
    }
}
