import Rigs
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The hair of a head: polylines at rest that are drawn as ribbons.
struct HairStrands {
    /// The number of points of each strand, P.
    private(set) var pointCount = 0
    /// The points at rest [S, P], strand after strand; strands in no order, so that any first part of
    /// them covers the head evenly.
    private(set) var points: [Vector3] = []
    /// Where hair as a whole faces at each point [S, P].
    private(set) var normals: [Vector3] = []
    /// The share of the head's movement that each point follows [S, P]; the chest's is the rest.
    private(set) var headShares: [Float] = []
    /// A number in 0…1 of each strand, and how deep in the hair it lies: 0 on the skin … 1 outermost.
    private(set) var names = StudioBuffer<Float>(count: 0, 0)
    private(set) var layers = StudioBuffer<Float>(count: 0, 0)
    private(set) var width: Float = 0

    var count: Int { names.count }

    init(_ identity: StudioIdentity, body: CanonicalBody, rig: ShapedRig) {
        guard let recipe = HairRecipe(identity.hair.style) else { return }
        pointCount = recipe.points
        width = recipe.width
        var grower = HairGrower(identity, recipe: recipe, body: body, rig: rig)
        grower.grow()
        points = grower.points
        names = StudioBuffer(grower.names, default: 0)
        layers = StudioBuffer(grower.layers, default: 0)
        let centre = grower.centre
        let chin = grower.chin
        normals = points.map { point in
            // Below the chin hair hangs around the neck, not around the head.
            var out = point - centre
            if point.y < centre.y { out.y *= 0.25 }
            return out.normalized
        }
        headShares = points.map { smoothStep(chin - 0.13, chin + 0.03, $0.y) }
    }
}

/// Lets strands grow from the scalp, step by step, over the body.
struct HairGrower {
    private let identity: StudioIdentity
    private let recipe: HairRecipe
    private let body: CanonicalBody
    private let rig: ShapedRig
    private let seed: UInt32
    /// The middle of the head and the chin's height, of the person at rest.
    let centre: Vector3
    let chin: Float
    private let canonicalCentre = Vector3(0, 0.925, 0.03)

    private(set) var points: [Vector3] = []
    private(set) var names: [Float] = []
    private(set) var layers: [Float] = []

    init(_ identity: StudioIdentity, recipe: HairRecipe, body: CanonicalBody, rig: ShapedRig) {
        (self.identity, self.recipe, self.body, self.rig) = (identity, recipe, body, rig)
        seed = UInt32(truncatingIfNeeded: identity.seed &* 0x9e37_79b1 &+ 5)
        let scalp = body.anny.mesh.vertices(of: [.scalp, .face])
        func mean(_ positions: [Vector3]) -> Vector3 {
            scalp.reduce(Vector3.zero) { $0 + positions[$1] } / Float(scalp.count)
        }
        centre = mean(rig.vertices) - mean(body.positions) + canonicalCentre
        chin = rig.vertices[scalp.min { rig.vertices[$0].y < rig.vertices[$1].y }!].y
    }

    /// Whether hair grows at a place of the canonical body: 0 no … 1 yes.
    private func density(_ q: Vector3, scalp: Float) -> Float {
        let noise = 0.06 * StudioNoise.value(q * 160, seed: seed &+ 1)
        var density = smoothStep(
            0.38, 0.62, SkinPainter.hairZone(q, scalp: scalp) + noise)
        // Grey hair of men recedes at the temples.
        if identity.shape[.gender] < 0.5, identity.hair.grey > 0.3 {
            let temple = bell(
                (Vector3(abs(q.x), q.y, q.z) - Vector3(0.045, 0.985, 0.09)).length / 0.03)
            density *= 1 - 0.9 * temple
        }
        // Along the parting, from where hair falls to both sides, it is dense.
        if recipe.comb == .away {
            density *= mix(0.5, 1, bell((q.x - parting) / 0.016) * smoothStep(0.96, 0.98, q.y))
        }
        return density
    }

    /// Where hair parts, metres to the left of the middle.
    private var parting: Float { identity.hair.parting * 0.022 }

    mutating func grow() {
        var draw = StudioDraw(seed: UInt64(seed))
        let (roots, normals) = roots(&draw)
        let count = roots.count
        let p = recipe.points
        points = [Vector3](repeating: .zero, count: count * p)
        names = (0..<count).map { _ in draw.uniform() }
        layers = (0..<count).map { _ in draw.uniform() }
        let tree = SurfaceTree(positions: rig.vertices, faces: collisionFaces())
        let faceNormals = TriangleMesh(positions: rig.vertices, faces: collisionFaces())
            .vertexNormals()
        let faces = collisionFaces()

        var places = roots
        var directions = [Vector3](repeating: .zero, count: count)
        var steps = [Float](repeating: 0, count: count)
        // How far each is from the body at least, metres.
        var clearances = [Float](repeating: 0, count: count)
        for s in 0..<count {
            points[s * p] = roots[s]
            let up = (roots[s] - centre).normalized
            // Long on top, short at the sides and the nape.
            let top = smoothStep(0.25, 0.75, up.y + 0.25 * max(up.z, 0))
            var length = mix(recipe.sideLength, recipe.topLength, top) * identity.hair.length
            length *= 0.86 + 0.28 * names[s]
            // Short hair is shorn at the nape and around the ears.
            if recipe.topLength < 0.13 { length *= mix(0.3, 1, smoothStep(-0.5, 0.1, up.y)) }
            // Tied hair reaches the knot and ends there.
            if recipe.comb == .back { length = 1.3 * (bunCentre - roots[s]).length }
            steps[s] = length / Float(p - 1)
            directions[s] =
                (normals[s] * recipe.lift + comb(roots[s], strand: s, root: roots[s])).normalized
        }
        for step in 1..<p {
            for s in 0..<count {
                var direction = directions[s]
                let target = comb(places[s], strand: s, root: roots[s])
                direction = (direction + target * 0.6).normalized
                // Neighbours stray alike: locks.
                let place = roots[s] * mix(150, 45, recipe.clump)
                let wander = Vector3(
                    StudioNoise.value(place + Vector3(0, 0, Float(step) * 0.21), seed: seed &+ 2),
                    StudioNoise.value(place + Vector3(9, 0, Float(step) * 0.21), seed: seed &+ 3),
                    StudioNoise.value(place + Vector3(0, 9, Float(step) * 0.21), seed: seed &+ 4))
                let own = Vector3(
                    StudioNoise.hash(UInt32(s), UInt32(step), 1) - 0.5,
                    StudioNoise.hash(UInt32(s), UInt32(step), 2) - 0.5,
                    StudioNoise.hash(UInt32(s), UInt32(step), 3) - 0.5)
                direction +=
                    wander * (recipe.stray * 1.6) + own * recipe.stray
                    + Vector3(0, -recipe.gravity, 0)
                directions[s] = direction.normalized
                // What has reached the knot stays in it.
                let isTied = recipe.comb == .back && (places[s] - bunCentre).length < 0.03
                places[s] += isTied ? .zero : directions[s] * steps[s]
            }
            // What has sunk into the body, or lies too flat on it, is lifted to its layer.
            let along = min(Float(step) / Float(p - 1) * 2.2, 1)
            func layer(_ s: Int) -> Float {
                0.002 + recipe.volume * (0.15 + 0.85 * layers[s]) * along
            }
            for s in 0..<count { clearances[s] -= steps[s] }
            let near = (0..<count).filter { clearances[$0] < 1.5 * layer($0) }
            let hits = tree.nearest(to: near.map { places[$0] })
            for (s, hit) in zip(near, hits) {
                guard let hit else { continue }
                let corners = faces[hit.face]
                let normal =
                    (faceNormals[Int(corners.x)] * hit.barycentrics.x
                    + faceNormals[Int(corners.y)] * hit.barycentrics.y
                    + faceNormals[Int(corners.z)] * hit.barycentrics.z).normalized
                let depth = dot(places[s] - hit.position, normal)
                let layer = layer(s)
                clearances[s] = depth > 0 ? hit.distance : 0
                if depth < layer, hit.distance < 0.05 {
                    let before = places[s]
                    places[s] = hit.position + normal * layer
                    if hit.distance > layer { places[s] = mix(before, places[s], 0.7) }
                    directions[s] = (places[s] - points[s * p + step - 1]).normalized
                    clearances[s] = 0
                }
            }
            for s in 0..<count { points[s * p + step] = places[s] }
        }
        curl(p)
        if identity.hair.style == .bun { addBun(&draw) }
    }

    /// Turns strands about their own axes.
    private mutating func curl(_ p: Int) {
        guard recipe.curl > 0 else { return }
        let length = recipe.topLength * identity.hair.length
        for s in names.indices {
            let first = s * p
            // Locks turn together.
            let lock = StudioNoise.value(points[first] * 60, seed: seed &+ 11) * 6
            let phase = lock + names[s] * 1.4
            let radius = recipe.curl * (0.7 + 0.6 * layers[s])
            let straight = Array(points[first..<first + p])
            for i in 1..<p {
                let axis = (straight[min(i + 1, p - 1)] - straight[i - 1]).normalized
                let reference = abs(axis.y) > 0.9 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
                let side = cross(axis, reference).normalized
                let other = cross(axis, side)
                let t = Float(i) / Float(p - 1)
                let angle = phase + 2 * .pi * recipe.turns * length * t
                let grown = radius * smoothStep(0, 0.35, t)
                points[first + i] += (side * cosf(angle) + other * sinf(angle)) * grown
            }
        }
    }

    /// Winds strands into a knot at the back of the head.
    private mutating func addBun(_ draw: inout StudioDraw) {
        let p = recipe.points
        let middle = bunCentre + Vector3(0, 0.008, -0.026)
        for _ in 0..<1600 {
            let axis = Vector3(
                draw.normal(0, 0.35, -1, 1), draw.normal(0.15, 0.3, -1, 1), -1
            ).normalized
            let side = cross(axis, Vector3(0, 1, 0)).normalized
            let other = cross(axis, side)
            let tilt = draw.uniform(-0.85, 0.85)
            let radius = 0.034 * (0.86 + 0.14 * draw.uniform())
            let start = draw.uniform(0, 2 * .pi)
            for i in 0..<p {
                let angle = start + 2.4 * Float(i) / Float(p - 1)
                let ring = (1 - tilt * tilt).squareRoot()
                points.append(
                    middle
                        + (side * cosf(angle) + other * sinf(angle)) * (radius * ring)
                        + axis * (radius * tilt * 0.8))
            }
            names.append(draw.uniform())
            layers.append(draw.uniform(0.5, 1))
        }
    }

    private var bunCentre: Vector3 { centre + Vector3(0, 0.04, -0.1) }

    /// Where a comb has drawn hair at a place: a direction of about unit length.
    private func comb(_ place: Vector3, strand: Int, root: Vector3) -> Vector3 {
        let q = place - centre
        switch recipe.comb {
        case .none: return q.normalized * 0.5
        case .forward:
            let top = smoothStep(0.02, 0.07, q.y)
            return Vector3(0.1 * identity.hair.parting, -0.55 + 0.5 * top, 0.2 + 0.55 * top)
        case .back:
            // Along the head, not through it.
            let out = q.normalized
            let way = bunCentre - place
            return (way - out * dot(way, out)).normalized * 2.5 + out * 0.05
        case .away:
            // Near the parting some hairs fall over it: no scalp lies bare.
            let jitter = 0.026 * (StudioNoise.hash(UInt32(strand), 21) - 0.5)
            let side: Float = root.x - centre.x + jitter > parting ? 1 : -1
            let top = smoothStep(0.03, 0.085, q.y)
            let isShort = recipe.topLength < 0.15
            var direction = Vector3(
                side * top, -0.35 - 0.6 * (1 - top),
                isShort ? 0.25 * top - 0.25 * (1 - top) : -0.3 * top - 0.15)
            // Nothing hangs in the face.
            let face =
                smoothStep(0.045, 0.085, q.z) * smoothStep(0.075, 0.03, q.y)
                * smoothStep(0.09, 0.065, abs(q.x))
            direction += Vector3(side, 0.45, -0.7) * (face * 3)
            return direction
        }
    }

    private func collisionFaces() -> [SIMD3<Int32>] {
        let mesh = body.anny.mesh
        return mesh.faces.indices.filter { index in
            switch mesh.faceParts[index] {
            case .face, .lips, .scalp, .neck, .leftEar, .rightEar: true
            case .torso: body.positions[Int(mesh.faces[index].x)].y > 0.35
            case .leftUpperArm, .rightUpperArm: true
            default: false
            }
        }.map { mesh.faces[$0] }
    }

    /// Places on the scalp, spread by area, and their normals.
    private func roots(_ draw: inout StudioDraw) -> (places: [Vector3], normals: [Vector3]) {
        let mesh = body.anny.mesh
        let chosen = mesh.faces.filter { face in
            (0..<3).contains {
                let vertex = Int(face[$0])
                return SkinPainter.hairZone(body.positions[vertex], scalp: body.scalp[vertex]) > 0.2
            }
        }
        let normals = TriangleMesh(positions: rig.vertices, faces: mesh.faces).vertexNormals()
        let scatter = Scatter(chosen, rig.vertices)
        var result: (places: [Vector3], normals: [Vector3]) = ([], [])
        var tries = 0
        while result.places.count < recipe.count, tries < 6 * recipe.count {
            tries += 1
            let (face, weights) = scatter.place(&draw)
            let scalp = blendNumber(body.scalp, face, weights)
            let q = blendPlace(body.positions, face, weights)
            guard draw.uniform() < density(q, scalp: scalp) else { continue }
            result.places.append(blendPlace(rig.vertices, face, weights))
            result.normals.append(blendPlace(normals, face, weights).normalized)
        }
        return result
    }
}
