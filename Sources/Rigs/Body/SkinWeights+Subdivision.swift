import Spatial

extension SkinWeights {
    /// The weights of a subdivided mesh: a new vertex has the mean of those of its two ends, all of
    /// their bones kept.
    public func subdivided(_ cut: MidpointSubdivision) -> SkinWeights {
        precondition(cut.oldVertexCount == count, "the subdivision of the mesh that is skinned")
        var rows: [[(bone: UInt16, weight: Float)]] = (0..<count).map { vertex in
            (vertex * slots..<(vertex + 1) * slots).compactMap {
                weights[$0] > 0 ? (bones[$0], weights[$0]) : nil
            }
        }
        for edge in cut.edges {
            var sum = rows[Int(edge.x)].map { (bone: $0.bone, weight: $0.weight / 2) }
            for (bone, weight) in rows[Int(edge.y)] {
                if let known = sum.firstIndex(where: { $0.bone == bone }) {
                    sum[known].weight += weight / 2
                } else {
                    sum.append((bone, weight / 2))
                }
            }
            rows.append(sum)
        }
        return SkinWeights(rows: rows)
    }

    /// Weights from lists of bones, of which the heaviest come first afterwards.
    ///
    /// - Parameter rows: of each vertex, at least one bone; no bone twice.
    public init(rows: [[(bone: UInt16, weight: Float)]]) {
        let slots = max(1, rows.map(\.count).max() ?? 1)
        var bones = [UInt16](repeating: 0, count: rows.count * slots)
        var weights = [Float](repeating: 0, count: rows.count * slots)
        for (vertex, row) in rows.enumerated() {
            let sorted = row.sorted { ($1.weight, $0.bone) < ($0.weight, $1.bone) }
            for (slot, (bone, weight)) in sorted.enumerated() {
                bones[vertex * slots + slot] = bone
                weights[vertex * slots + slot] = weight
            }
        }
        self.init(slots: slots, bones: bones, weights: weights)
    }
}

extension SparseOffsets {
    /// The blend shapes of a subdivided mesh: a new vertex moves by the mean of its two ends.
    public func subdivided(_ cut: MidpointSubdivision) -> SparseOffsets {
        SparseOffsets(
            rows: (0..<count).map { row in
                var dense = [Vector3](repeating: .zero, count: cut.oldVertexCount)
                for entry in starts[row]..<starts[row + 1] {
                    dense[Int(vertices[entry])] += offsets[entry]
                }
                return cut.values(dense).enumerated().compactMap {
                    $1 == .zero ? nil : (vertex: $0, offset: $1)
                }
            })
    }
}

extension ShapedRig {
    /// The same person with every triangle of the mesh cut into four.
    ///
    /// - Parameter cut: the subdivision of the rig's faces.
    public func subdivided(_ cut: MidpointSubdivision) -> ShapedRig {
        ShapedRig(
            skeleton: skeleton, vertices: cut.values(vertices), skin: skin.subdivided(cut),
            faceUnits: faceUnits.subdivided(cut), boneHeads: boneHeads,
            boneOrientations: boneOrientations, poseCorrectives: poseCorrectives?.subdivided(cut),
            unitTurns: unitTurns)
    }
}

extension PoseCorrectives {
    /// The correctives of a subdivided mesh.
    func subdivided(_ cut: MidpointSubdivision) -> PoseCorrectives {
        let width = 3 * cut.oldVertexCount
        return PoseCorrectives(
            directions: stride(from: 0, to: directions.count, by: width).flatMap { start in
                let row = stride(from: start, to: start + width, by: 3).map {
                    Vector3(directions[$0], directions[$0 + 1], directions[$0 + 2])
                }
                return cut.values(row).flatMap { [$0.x, $0.y, $0.z] }
            })
    }
}

extension RigMesh {
    /// The mesh with every triangle cut into four, and the subdivision of its vertices.
    public func subdivided() -> (mesh: RigMesh, cut: MidpointSubdivision) {
        let cut = MidpointSubdivision(faces: faces, vertexCount: vertexParts.count)
        let uvCut = MidpointSubdivision(faces: uvFaces, vertexCount: uvs.count)
        // The mirrored edge joins the mirrored vertices.
        var middles: [SIMD2<Int32>: Int32] = [:]
        for (index, edge) in cut.edges.enumerated() {
            middles[edge] = Int32(cut.oldVertexCount + index)
        }
        let mirrored = cut.edges.enumerated().map { index, edge in
            let (a, b) = (mirror[Int(edge.x)], mirror[Int(edge.y)])
            return middles[SIMD2(min(a, b), max(a, b))] ?? Int32(cut.oldVertexCount + index)
        }
        let mesh = RigMesh(
            faces: cut.faces, uvs: uvCut.values(uvs), uvFaces: uvCut.faces,
            mirror: mirror + mirrored, vertexParts: cut.labels(vertexParts),
            faceParts: cut.faceLabels(faceParts))
        return (mesh, cut)
    }
}
