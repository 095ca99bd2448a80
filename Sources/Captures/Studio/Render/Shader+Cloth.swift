import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Shader {
    /// Cloth: dull, with a sheen of fibres at grazing angles.
    func shadeCloth(_ s: Surface) -> (light: Vector3, albedo: Vector3) {
        let label = person.labels[s.point.face]
        let outfit = person.identity.outfit
        let garment =
            label == StudioLabel.top.rawValue
            ? outfit.top : label == StudioLabel.bottom.rawValue ? outfit.bottom : outfit.shoes
        let q = Vector3(s.canonical.x, s.canonical.y, s.canonical.z)
        let footprint = s.point.depth / focal
        let weave = Weave(garment, q: q, hem: s.canonical.w, footprint: footprint)
        let albedo = weave.albedo
        let share = Vector3(s.share.x, s.share.y, s.share.z)
        let visible = keyVisibility(s.place, s.normal, sample: s.sample)
        let cosine = dot(s.normal, light.keyDirection)
        let wrapped = max((cosine + 0.12) / 1.12, 0)
        let inside: Float = s.isBack ? 0.45 : 1
        let bled = share / (share + (1 - share) * (1 - 0.5 * albedo))
        var result =
            albedo * (keyColour * (wrapped * visible) + irradiance(s.normal) * bled)
            * (weave.shade * inside)
        let grazing = 1 - max(dot(s.normal, s.view), 0)
        let fuzz = grazing * grazing * grazing * weave.fuzz
        result += (albedo * 0.7 + 0.06) * irradiance(s.normal) * (fuzz * s.share.w * inside)
        result +=
            keyColour
            * (highlight(s.normal, s.view, roughness: weave.roughness, reflectance: 0.035) * visible
                * weave.gloss * inside)
        return (result, albedo)
    }
}

/// The colour of a garment at a place.
struct Weave {
    private(set) var albedo: Vector3
    /// What relief too fine for geometry takes away.
    private(set) var shade: Float = 1
    private(set) var fuzz: Float = 0.5
    private(set) var roughness: Float = 0.75
    private(set) var gloss: Float = 0.25

    private let footprint: Float

    /// How much of a detail of some size can be seen.
    private func visible(_ period: Float) -> Float {
        smoothStep(period * 0.75, period * 0.25, footprint)
    }

    init(_ garment: Garment, q: Vector3, hem: Float, footprint: Float) {
        self.footprint = footprint
        albedo = LinearColour.linear(garment.colour)
        if garment.cut == .shoes {
            shoe(garment, q, hem)
            return
        }
        let isLower = garment.isLower
        let isSleeve = !isLower && abs(q.x) > 0.186 && q.y > 0.15
        // Places in cloth, metres: around and along.
        var (u, v): (Float, Float)
        if isSleeve {
            let along = Vector3(0.66, -0.74, 0.12)
            let p = Vector3(abs(q.x), q.y, q.z) - Vector3(0.187, 0.651, 0.021)
            v = dot(p, along)
            let out = p - along * v
            u = atan2f(out.z, out.y) * 0.055
        } else if isLower, garment.cut != .skirt, q.y < 0.1 {
            let side: Float = q.x > 0 ? 1 : -1
            u = atan2f((q.x * side - 0.15) * side, q.z - 0.02) * 0.085
            v = q.y
        } else {
            u = atan2f(q.x, q.z + 0.01) * 0.16
            v = q.y
        }
        let second = LinearColour.linear(garment.second)
        let third = LinearColour.linear(garment.third)
        switch garment.pattern {
        case .plain: break
        case .stripes:
            let stripe = wave(v, garment.scale, 0.42)
            albedo = mix(albedo, second, stripe)
        case .checks:
            let (a, b) = (wave(u, garment.scale * 1.3, 0.45), wave(v, garment.scale * 1.3, 0.45))
            albedo = mix(albedo, second, 0.5 * (a + b))
            let thin = max(
                wave(u + garment.scale * 0.3, garment.scale * 1.3, 0.06),
                wave(v + garment.scale * 0.3, garment.scale * 1.3, 0.06))
            albedo = mix(albedo, third, thin * 0.8)
        case .dots:
            let period = garment.scale * 0.8
            let row = (v / period).rounded()
            let shifted = u / period + (Int(row) & 1 == 0 ? 0 : 0.5)
            let (dx, dy) = (shifted - shifted.rounded(), v / period - row)
            let distance = (dx * dx + dy * dy).squareRoot() * period
            let edge = max(footprint, 0.0006)
            let dot = smoothStep(period * 0.26 + edge, period * 0.26 - edge, distance)
            albedo = mix(albedo, second, dot)
        case .print:
            if q.z > 0, !isSleeve {
                let print = FabricPrint(seed: garment.seed)
                let ink = print.ink(
                    Vector2(q.x / 0.1, (q.y - 0.515) / 0.1), blur: footprint / 0.1)
                albedo = mix(albedo, ink.which < 0.5 ? second : third, ink.amount * 0.94)
            }
        case .denim: denim(q, u, v, hem)
        case .knit: knit(u, v)
        }
        threads(garment, q, u, v)
        seams(garment, q, hem, u, isSleeve: isSleeve, isLower: isLower)
    }

    /// 1 in stripes of a period, 0 between, with soft edges.
    private func wave(_ x: Float, _ period: Float, _ share: Float) -> Float {
        let t = x / period
        let distance = abs(t - t.rounded()) * period
        let edge = max(footprint * 0.8, 0.0005)
        let crisp = smoothStep(period * share * 0.5 + edge, period * share * 0.5 - edge, distance)
        return mix(share, crisp, visible(period * 1.2))
    }

    private mutating func denim(_ q: Vector3, _ u: Float, _ v: Float, _ hem: Float) {
        // White threads on a diagonal, worn where cloth is stretched.
        let twill = sinf((u + v * 0.8) * 2 * .pi / 0.0026)
        let slub = StudioNoise.value(Vector3(u * 900, v * 60, 0), seed: 5)
        let worn =
            bell((q.y + 0.08) / 0.12) * smoothStep(0.02, 0.1, q.z)
            + 0.7 * bell((q.y + 0.29) / 0.05) * smoothStep(0, 0.07, q.z)
        let cloud = StudioNoise.fractal(q * 30, octaves: 3, seed: 9)
        let light = 0.16 * twill * visible(0.0026) + 0.14 * slub * visible(0.003)
        albedo *= 1 + light + 0.2 * cloud
        let faded = albedo * 1.8 + 0.03
        albedo = mix(albedo, faded, min(max(worn * 0.45 + 0.08 * cloud, 0), 0.7))
        if hem < 0.012 { albedo *= 1.25 - 20 * hem }
        (gloss, fuzz) = (0.15, 0.25)
    }

    private mutating func knit(_ u: Float, _ v: Float) {
        let (width, height): (Float, Float) = (0.0075, 0.0062)
        let column = u / width
        let across = column - column.rounded()
        let slanted = v / height + abs(across) * 1.3
        let stitch = 0.5 + 0.5 * cosf(2 * .pi * slanted)
        let rib = cosf(.pi * across)
        let seen = visible(height)
        shade *= 1 - seen * (0.34 * (1 - stitch) + 0.3 * (1 - rib * rib))
        (fuzz, gloss, roughness) = (0.9, 0.1, 0.9)
    }

    /// Threads and their unevenness.
    private mutating func threads(_ garment: Garment, _ q: Vector3, _ u: Float, _ v: Float) {
        guard garment.pattern != .denim, garment.pattern != .knit else { return }
        let weave = sinf(u * 2 * .pi / 0.0016) * sinf(v * 2 * .pi / 0.0016)
        let uneven: Float =
            StudioNoise.value(Vector3(u * 260, v * 1400, 0), seed: 3)
            + StudioNoise.value(Vector3(u * 1400, v * 260, 4), seed: 4)
        let cloud: Float = StudioNoise.fractal(q * 45, octaves: 2, seed: garment.seed)
        let fine: Float = 0.09 * weave * visible(0.0016) + 0.05 * uneven * visible(0.0018)
        albedo *= 1 + fine + 0.03 * cloud
    }

    /// Stitches along hems, ribs at necks, seams.
    private mutating func seams(
        _ garment: Garment, _ q: Vector3, _ hem: Float, _ u: Float, isSleeve: Bool, isLower: Bool
    ) {
        let edge = max(footprint * 0.7, 0.0004)
        func line(_ distance: Float, _ width: Float) -> Float {
            smoothStep(width + edge, max(width - edge, 0), abs(distance)) * min(width / edge, 1)
        }
        let isNeck = !isLower && q.y > 0.62 && abs(q.x) < 0.15
        let isRibbed =
            !isLower && garment.cut != .tank
            && (isNeck || garment.cut == .sweater || (garment.cut == .longSleeve && isSleeve))
        let band: Float = garment.cut == .sweater ? (isNeck ? 0.022 : 0.05) : 0.019
        if isRibbed, hem < band {
            let angle = isNeck ? atan2f(q.x, q.z - 0.01) * 0.1 : u
            let rib = 0.5 + 0.5 * cosf(2 * .pi * angle / 0.0042)
            shade *= 1 - 0.28 * (1 - rib) * visible(0.0042)
        }
        albedo *= 1 - 0.42 * line(hem - band, 0.0007)
        if !isRibbed {
            let dash = 0.5 + 0.5 * sinf(u * 2 * .pi / 0.004)
            let thread = line(hem - 0.016, 0.0005) * (0.4 + 0.6 * dash * visible(0.004))
            albedo =
                garment.pattern == .denim
                ? mix(albedo, Vector3(0.5, 0.28, 0.1), thread * 0.8) : albedo * (1 - 0.35 * thread)
        }
        if !isLower, garment.cut != .tank {
            albedo *= 1 - 0.4 * line(abs(q.x) - 0.186, 0.0007) * (q.y > 0.4 ? 1 : 0)
        }
        if isLower, garment.cut != .skirt {
            // Along the outer side; the waistband; pockets.
            let outer = abs(q.x) - 0.15 > 0 ? q.z - 0.012 : 1
            let seam = line(outer, 0.0007)
            albedo *= 1 - 0.35 * seam
            if garment.pattern == .denim {
                albedo = mix(albedo, Vector3(0.5, 0.28, 0.1), line(outer - 0.005, 0.0005) * 0.6)
            }
            albedo *= 1 - 0.4 * line(hem - 0.036, 0.0008) * (q.y > 0.2 ? 1 : 0)
            let pocket = Vector2(abs(q.x) - 0.2, q.y - 0.2).length - 0.085
            if q.z > 0.01, q.y < 0.2, q.y > 0.08 { albedo *= 1 - 0.4 * line(pocket, 0.0008) }
            if q.z > 0.05 { albedo *= 1 - 0.35 * line(q.x, 0.0007) * smoothStep(0.05, 0.07, q.y) }
        }
    }

    private mutating func shoe(_ garment: Garment, _ q: Vector3, _ hem: Float) {
        let sole = smoothStep(-0.796, -0.799, q.y)
        let second = LinearColour.linear(garment.second)
        let cap = smoothStep(0.168, 0.171, q.z)
        albedo = mix(albedo, LinearColour.linear(Vector3(0.86, 0.85, 0.82)), cap * 0.9)
        let lace =
            smoothStep(0.02, 0.017, abs(abs(q.x) - 0.21)) * smoothStep(0.05, 0.06, q.z)
            * smoothStep(0.15, 0.14, q.z) * smoothStep(-0.775, -0.77, q.y)
        let bars = 0.5 + 0.5 * cosf(2 * .pi * q.z / 0.016)
        albedo = mix(albedo, Vector3(0.75, 0.74, 0.7), lace * smoothStep(0.45, 0.6, bars))
        let stripe = smoothStep(0.006, 0.004, abs(q.z - 0.03 - 0.6 * (q.y + 0.77)))
        albedo = mix(albedo, second, stripe * (1 - lace) * 0.9)
        albedo = mix(albedo, Vector3(0.72, 0.7, 0.66), sole)
        if hem < 0.008 { albedo *= 0.7 }
        (gloss, roughness, fuzz) = (0.6, 0.5, 0.1)
    }
}
