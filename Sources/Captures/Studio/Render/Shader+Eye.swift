import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Shader {
    /// The middle of the left eyeball of the canonical body.
    private static let eyeCentre = Vector3(0.03127, 0.90296, 0.1286)

    /// An eyeball: sclera with veins, limbus, iris of fibres behind a wet cornea.
    func shadeEye(_ s: Surface) -> (light: Vector3, albedo: Vector3) {
        let look = person.identity.eyes
        let side: Float = s.canonical.x > 0 ? 1 : -1
        let q = Vector3(s.canonical.x * side, s.canonical.y, s.canonical.z)
        let d = (q - Self.eyeCentre).normalized
        let angle = acosf(min(max(d.z, -1), 1))
        let irisAngle: Float = 0.385
        let r = angle / irisAngle
        let around = atan2f(d.y, d.x)
        let tag = UInt32(truncatingIfNeeded: person.identity.seed)

        // Sclera.
        let corner = smoothStep(0.35, 0.95, abs(d.x) / 1.0)
        var albedo = mix(Vector3(0.54, 0.51, 0.485), Vector3(0.46, 0.29, 0.26), corner * 0.75)
        let vein = StudioNoise.fractal(
            Vector3(around * 3.2, angle * 2.4, side * 3), octaves: 3, seed: tag)
        let thread = smoothStep(0.07, 0, abs(vein)) * smoothStep(1.1, 2.0, r)
        albedo = mix(albedo, Vector3(0.55, 0.2, 0.17), thread * look.veins * 0.5)

        // Iris.
        let outer = LinearColour.linear(look.iris)
        let inner = LinearColour.linear(look.inner)
        let fibres = StudioNoise.fractal(
            Vector3(cosf(around) * 7, sinf(around) * 7, r * 1.4), octaves: 3, seed: tag &+ 9)
        let fine = StudioNoise.value(
            Vector3(cosf(around) * 22, sinf(around) * 22, r * 2), seed: tag &+ 19)
        var iris = mix(inner, outer, smoothStep(0.35, 0.85, r + 0.12 * fibres))
        iris *= 1.25 + 0.75 * fibres + 0.3 * fine
        iris *= mix(1, 0.28, smoothStep(0.78, 1.0, r))
        // Light through the cornea gathers on the far side.
        let across = dot(
            Vector3(d.x, d.y, 0), Vector3(light.keyDirection.x * side, light.keyDirection.y, 0))
        iris *= 1.15 - 1.6 * across
        let pupil = smoothStep(look.pupil + 0.05, look.pupil - 0.05, r)
        iris = mix(iris, Vector3(repeating: 0.004), pupil)
        albedo = mix(albedo, iris, smoothStep(1.06, 0.94, r))

        // The lids' shade, above all the upper one's.
        let lid =
            mix(0.5, 1, smoothStep(0.36, 0.02, d.y)) * mix(0.75, 1, smoothStep(-0.4, -0.15, d.y))
        let share = Vector3(s.share.x, s.share.y, s.share.z)
        let visible = keyVisibility(s.place, s.normal, sample: s.sample)
        let cosine = dot(s.normal, light.keyDirection)
        let wrapped = max((cosine + 0.25) / 1.25, 0)
        var result =
            albedo
            * (keyColour * (wrapped * visible) + irradiance(s.normal) * (0.35 + 0.65 * share)) * lid

        // Wet: the light as a window with two bars, and the surroundings.
        let nv = max(dot(s.normal, s.view), 0)
        let mirrored = s.normal * (2 * nv) - s.view
        let key = light.keyDirection
        let right = cross(key, Vector3(0, 1, 0)).normalized
        let up = cross(right, key)
        let (a, b) = (dot(mirrored, right), dot(mirrored, up))
        let extent = 0.16 + light.keyRadius * 0.8
        let window =
            smoothStep(extent, extent * 0.8, abs(a)) * smoothStep(extent, extent * 0.8, abs(b))
            * (dot(mirrored, key) > 0 ? 1 : 0)
        let isOpen = smoothStep(0.46, 0.3, d.y)
        result += keyColour * (window * 0.85 * isOpen * (0.3 + 0.7 * visible))
        result +=
            sheen(s.normal, s.view, reflectance: 0.04, roughness: 0.1) * (0.9 * s.share.w * lid)
        return (result, albedo)
    }

    /// The inside of the mouth, the tongue, the sockets.
    func shadeMouth(_ s: Surface) -> (light: Vector3, albedo: Vector3) {
        let isTongue = person.materials[s.point.face] == .tongue
        let isSocket = person.materials[s.point.face] == .socket
        let q = Vector3(s.canonical.x, s.canonical.y, s.canonical.z)
        let mottle = StudioNoise.fractal(q * 260, octaves: 2, seed: 5)
        var albedo =
            isTongue
            ? Vector3(0.5, 0.17, 0.16)
            : isSocket ? skinBase * Vector3(0.75, 0.42, 0.4) : Vector3(0.34, 0.08, 0.08)
        albedo *= 1 + 0.2 * mottle
        let share = Vector3(s.share.x, s.share.y, s.share.z)
        let visible = keyVisibility(s.place, s.normal, sample: s.sample)
        let cosine = max((dot(s.normal, light.keyDirection) + 0.2) / 1.2, 0)
        let depth = isSocket ? 1 : smoothStep(0.085, 0.145, q.z)
        var result =
            albedo * (keyColour * (cosine * visible) + irradiance(s.normal) * share * share) * depth
        result +=
            keyColour
            * (highlight(s.normal, s.view, roughness: 0.3, reflectance: 0.04) * visible * 0.7)
        return (result, albedo)
    }

    /// Teeth: the band is parted into single ones.
    func shadeTeeth(_ s: Surface) -> (light: Vector3, albedo: Vector3) {
        let q = Vector3(s.canonical.x, s.canonical.y, s.canonical.z)
        let isUpper = person.labels[s.point.face] == StudioLabel.body(.upperTeeth).rawValue
        // Along the arch: the more it turns backwards, the longer a step of x.
        let x = abs(q.x)
        let arc = x + 11 * x * x
        let edges: [Float] =
            isUpper
            ? [0, 0.0085, 0.0152, 0.0232, 0.0305, 0.038, 0.048]
            : [0, 0.0055, 0.0115, 0.0185, 0.026, 0.0335, 0.044]
        var nearest: Float = 1
        for edge in edges { nearest = min(nearest, abs(arc - edge)) }
        let gap = smoothStep(0.0013, 0.0002, nearest)
        var albedo = Vector3(0.8, 0.73, 0.6)
        albedo *= 1 - 0.6 * gap
        let gum = isUpper ? smoothStep(0.8425, 0.8455, q.y) : smoothStep(0.8255, 0.8225, q.y)
        albedo = mix(albedo, Vector3(0.48, 0.17, 0.16), gum)
        let share = Vector3(s.share.x, s.share.y, s.share.z)
        let visible = keyVisibility(s.place, s.normal, sample: s.sample)
        let cosine = max((dot(s.normal, light.keyDirection) + 0.3) / 1.3, 0)
        let inside = smoothStep(0.1, 0.145, q.z)
        var result =
            albedo * (keyColour * (cosine * visible) + irradiance(s.normal) * (0.4 + 0.6 * share))
            * inside
        result +=
            keyColour
            * (highlight(s.normal, s.view, roughness: 0.25, reflectance: 0.04) * visible * (1 - gap))
        return (result, albedo)
    }
}
