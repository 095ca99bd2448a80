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
        let bones = skeleton.count

        let packed = Self.sum(phenotypes.vertices, Array(weights.prefix(dense)), 3 * vertexCount)
        var vertices = template.vertices
        for vertex in vertices.indices {
            vertices[vertex] += Vector3(
                packed[3 * vertex], packed[3 * vertex + 1], packed[3 * vertex + 2])
        }
        phenotypes.sparseVertices.add(weights: Array(weights.dropFirst(dense)), to: &vertices)
        localChanges.vertices.add(weights: changes, to: &vertices)

        let heads = zip(
            Self.sum(phenotypes.heads, weights, 3 * bones),
            Self.sum(localChanges.heads, changes, 3 * bones)
        ).map { $0 + $1 }
        let matrices = zip(
            Self.sum(phenotypes.orientations, weights, 9 * bones),
            Self.sum(localChanges.orientations, changes, 9 * bones)
        ).map { $0 + $1 }
        return AnnyRest(
            vertices: vertices,
            heads: (0..<bones).map {
                template.heads[$0] + Vector3(heads[3 * $0], heads[3 * $0 + 1], heads[3 * $0 + 2])
            },
            orientationMatrices: (0..<bones).map { bone in
                let m = matrices[9 * bone..<9 * bone + 9].map { $0 }
                return template.orientationMatrices[bone]
                    + Matrix3(
                        rows: Vector3(m[0], m[1], m[2]), Vector3(m[3], m[4], m[5]),
                        Vector3(m[6], m[7], m[8]))
            })
    }

    /// The rig of a person of that shape.
    public func shaped(_ shape: AnnyShape) -> ShapedRig { shaped(rest(shape)) }

    /// The rig of a body at rest.
    public func shaped(_ rest: AnnyRest) -> ShapedRig {
        ShapedRig(
            skeleton: skeleton, vertices: rest.vertices, skin: skin, faceUnits: faceUnits,
            boneHeads: rest.heads, boneOrientations: rest.orientations)
    }

    /// Σ weightᵢ · rowᵢ of a matrix of `width` columns.
    private static func sum(_ rows: [Float], _ weights: [Float], _ width: Int) -> [Float] {
        precondition(rows.count == weights.count * width)
        var sum = [Float](repeating: 0, count: width)
        sum.withUnsafeMutableBufferPointer { sum in
            rows.withUnsafeBufferPointer { rows in
                for (row, weight) in weights.enumerated() where weight != 0 {
                    let values = rows.baseAddress! + row * width
                    for i in 0..<width { sum[i] += weight * values[i] }
                }
            }
        }
        return sum
    }
}
