import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Paints skin: light reflected, and the height of its relief, at a place of the canonical body.
struct SkinPainter {
    private let look: StudioIdentity.SkinLook
    private let hair: StudioIdentity.HairLook
    private let seed: UInt32
    private let base: Vector3
    private let lip: Vector3
    private let hairColour: Vector3

    init(_ identity: StudioIdentity) {
        look = identity.skin
        hair = identity.hair
        seed = UInt32(truncatingIfNeeded: identity.seed &* 2_654_435_761)
        base = Self.tone(look)
        let natural = base * mix(Vector3(0.86, 0.5, 0.52), Vector3(0.8, 0.6, 0.62), look.melanin)
        lip = mix(natural, LinearColour.linear(look.lipstickColour), look.lipstick)
        hairColour = LinearColour.linear(hair.colour) * 0.75
    }

    /// The tone of skin: light reflected.
    static func tone(_ look: StudioIdentity.SkinLook) -> Vector3 {
        let tones = [
            Vector3(0.905, 0.755, 0.68), Vector3(0.85, 0.665, 0.56), Vector3(0.715, 0.51, 0.395),
            Vector3(0.5, 0.335, 0.25), Vector3(0.325, 0.215, 0.165),
        ]
        let place = min(max(look.melanin, 0), 0.999) * 4
        let index = Int(place)
        let tone = mix(tones[index], tones[index + 1], place - Float(index))
        let shift = look.undertone * 0.018
        return LinearColour.linear(tone + Vector3(-0.3 * shift, shift, -0.8 * shift))
    }

    /// What is known of a place besides where it is.
    struct Place {
        var lips: Float, scalp: Float, ears: Float, lidRim: Float
    }

    /// Reflected light (xyz) and height in metres (w) at a place of the head or the body.
    ///
    /// - Parameter isFine: whether details of less than some millimetres are wanted: on the face.
    func paint(_ q: Vector3, _ place: Place, isFine: Bool) -> SIMD4<Float> {
        var colour = base
        var height: Float = 0
        let side = abs(q.x)
        // Blotches, of blood and of melanin apart.
        let blood = StudioNoise.fractal(q * 38, octaves: 3, seed: seed)
        let melanin = StudioNoise.fractal(q * 62, octaves: 3, seed: seed &+ 7)
        let strength = look.mottling * 0.13
        colour *= Vector3(1 + 0.35 * strength * blood, 1 - strength * blood, 1 - strength * blood)
        colour *= 1 + 0.8 * strength * melanin
        if isFine {
            let grain = StudioNoise.fractal(q * 420, octaves: 2, seed: seed &+ 9)
            colour *= 1 + 0.07 * grain
            colour *= Vector3(1, 1 - 0.03 * grain, 1 - 0.03 * grain)
        }

        if q.y > 0.7 {
            head(q, side, place, isFine, &colour, &height)
        } else {
            // Elbows, knees, knuckles.
            let joints =
                bell((q - Vector3(q.x > 0 ? 0.377 : -0.377, 0.437, 0.0)).length / 0.045)
                + bell((Vector3(side, q.y, q.z) - Vector3(0.155, -0.286, 0.07)).length / 0.05)
                + bell((Vector3(side, q.y, q.z) - Vector3(0.54, 0.25, 0.28)).length / 0.035)
            colour *= mix(Vector3(1, 1, 1), Vector3(0.96, 0.82, 0.82), min(joints, 1) * 0.8)
        }
        return SIMD4(colour.x, colour.y, colour.z, height)
    }

    private func head(
        _ q: Vector3, _ side: Float, _ place: Place, _ isFine: Bool, _ colour: inout Vector3,
        _ height: inout Float
    ) {
        let mirrored = Vector3(side, q.y, q.z)
        let front = smoothStep(0.06, 0.11, q.z)
        // Blood near the surface.
        let cheek = bell((mirrored - Vector3(0.044, 0.864, 0.138)).length / 0.024)
        let nose = bell((q - Vector3(0, 0.866, 0.168)).length / 0.017)
        let chin = bell((q - Vector3(0, 0.797, 0.152)).length / 0.018)
        var flush = cheek * 0.9 + nose * 0.8 + 0.35 * chin + place.ears * 0.75
        flush = min(flush, 1) * look.flush
        let patchy = 0.8 + 0.4 * StudioNoise.value(q * 130, seed: seed &+ 3)
        colour *= mix(
            Vector3(1, 1, 1), Vector3(1.02, 0.74, 0.73), flush * patchy * (1 - 0.5 * look.melanin))
        // The forehead is yellower, the sockets darker and bluer.
        let forehead = front * smoothStep(0.93, 0.96, q.y)
        colour *= mix(Vector3(1, 1, 1), Vector3(1.0, 0.985, 0.93), forehead)
        let socket = bell(
            ((mirrored - Vector3(0.031, 0.9, 0.14)) * Vector3(1, 1.35, 0.6)).length / 0.019)
        let bag = bell(
            ((mirrored - Vector3(0.028, 0.885, 0.145)) * Vector3(1, 2, 0.6)).length / 0.013)
        colour *= mix(Vector3(1, 1, 1), Vector3(0.86, 0.77, 0.79), socket * 0.65 * front)
        colour *= mix(Vector3(1, 1, 1), Vector3(0.92, 0.84, 0.88), bag * 0.6 * front)
        // Beside the nose and in its folds.
        let fold = bell((mirrored - Vector3(0.0175, 0.857, 0.148)).length / 0.0075)
        colour *= mix(Vector3(1, 1, 1), Vector3(0.9, 0.73, 0.72), fold * 0.7)

        freckles(q, side, front, &colour)
        beardShadow(q, side, front, place, isFine, &colour)
        lines(q, side, front, place, isFine, &colour, &height)
        lips(q, side, place, &colour, &height)
        brows(q, side, front, &colour)

        // Hair seen through: the scalp under it.
        let isBald = hair.style == .bald
        let fade =
            Self.hairZone(q, scalp: place.scalp) + 0.12
            * StudioNoise.value(q * 240, seed: seed &+ 13)
        var cover = smoothStep(0.35, 0.7, fade) * (isBald ? 0.12 : hair.style == .buzz ? 0.8 : 0.93)
        if hair.style == .buzz || isBald {
            cover *= 0.75 + 0.25 * StudioNoise.value(q * 900, seed: seed &+ 17)
        }
        // Seen from above strands lie side by side even where they part.
        let streaks =
            StudioNoise.value(q * Vector3(90, 800, 800), seed: seed &+ 19)
            + StudioNoise.value(q * Vector3(40, 300, 300), seed: seed &+ 20)
        // Between long hairs little light arrives.
        let depth: Float = isBald || hair.style == .buzz ? 1 : 0.55
        colour = mix(colour, hairColour * (depth * (1 + 0.4 * streaks)), cover)

        // Lashes' roots, and the moist rim itself.
        let line = place.lidRim
        colour = mix(
            colour, Vector3(0.06, 0.035, 0.03) + base * 0.12, smoothStep(0.2, 0.85, line) * 0.8)
    }

    private func freckles(_ q: Vector3, _ side: Float, _ front: Float, _ colour: inout Vector3) {
        let zone =
            front * bell((q.y - 0.88) / 0.045)
            * (0.35 + 0.65 * bell((side - 0.025) / 0.04))
        let amount = look.freckles * zone
        if amount > 0.06 {
            for (scale, tag) in [(Float(260), UInt32(21)), (430, 22)] {
                let (distance, name) = StudioNoise.nearestPoint(q * scale, seed: seed &+ tag)
                let isThere = name < amount * 0.75
                if isThere {
                    let radius = 0.22 + 0.3 * name / max(amount, 0.05)
                    let dark = (1 - smoothStep(radius * 0.5, radius, distance)) * 0.5
                    colour *= mix(Vector3(1, 1, 1), Vector3(0.72, 0.52, 0.4), dark)
                }
            }
        }
        // A mole here and there.
        // Smaller than the distance of any point to the border of its cell.
        let (distance, name) = StudioNoise.ownPoint(q * 22, seed: seed &+ 31)
        if name < 0.1, distance < 0.028 {
            colour *= mix(
                Vector3(0.33, 0.22, 0.18), Vector3(1, 1, 1), smoothStep(0.014, 0.028, distance))
        }
    }

    /// Where the hair of the head grows, 0…1: down to the nape, and over the forehead to a line that
    /// falls towards the temples.
    static func hairZone(_ q: Vector3, scalp: Float) -> Float {
        let line = 0.977 - 0.4 * max(abs(q.x) - 0.034, 0)
        let front = smoothStep(line - 0.006, line + 0.006, q.y)
        return max(scalp, front) * smoothStep(0.822, 0.848, q.y)
    }

    /// Where a beard grows, 0…1.
    static func beardZone(_ q: Vector3, lips: Float) -> Float {
        let side = abs(q.x)
        // Below a line from the ears past the corners of the mouth, the moustache apart.
        let line = 0.834 + 0.55 * max(side - 0.028, 0)
        let jaw =
            smoothStep(line + 0.006, line - 0.008, q.y) * smoothStep(0.015, 0.05, q.z)
            * smoothStep(0.745, 0.778, q.y)
        let moustache =
            bell((q.y - 0.8465) / 0.0055) * smoothStep(0.034, 0.026, side)
            * smoothStep(0.12, 0.14, q.z)
        let sideburn =
            bell((side - 0.07) / 0.008) * bell((q.y - 0.868) / 0.03) * bell((q.z - 0.078) / 0.016)
        return min(max(jaw, max(moustache, sideburn)), 1) * (1 - smoothStep(0.05, 0.4, lips))
    }

    private func beardShadow(
        _ q: Vector3, _ side: Float, _ front: Float, _ place: Place, _ isFine: Bool,
        _ colour: inout Vector3
    ) {
        let density = max(look.stubble, hair.beard > 0 ? 0.8 : 0)
        guard density > 0 else { return }
        let zone = Self.beardZone(q, lips: place.lips) * density
        guard zone > 0.01 else { return }
        // What is under the skin makes it bluish; what stands out is dots.
        colour *= mix(Vector3(1, 1, 1), Vector3(0.7, 0.73, 0.79), zone * 0.7)
        guard isFine else { return }
        let (distance, name) = StudioNoise.nearestPoint(q * 1050, seed: seed &+ 41)
        let dot = (1 - smoothStep(0.15, 0.5, distance)) * (name < 0.3 + 0.6 * zone ? 1 : 0)
        colour = mix(colour, hairColour, dot * zone * 0.75)
    }

    private func lines(
        _ q: Vector3, _ side: Float, _ front: Float, _ place: Place, _ isFine: Bool,
        _ colour: inout Vector3, _ height: inout Float
    ) {
        guard isFine else { return }
        // Pores: pits, the largest on nose and cheeks.
        let oily =
            bell((q - Vector3(0, 0.868, 0.165)).length / 0.03)
            + 0.7 * bell((Vector3(side, q.y, q.z) - Vector3(0.032, 0.862, 0.145)).length / 0.03)
            + 0.25 * front
        if oily > 0.01 {
            let (distance, name) = StudioNoise.nearestPoint(q * 820, seed: seed &+ 51)
            let pit = (1 - smoothStep(0.1, 0.48, distance)) * (0.3 + 0.7 * name) * min(oily, 1)
            height -= pit * 0.00009
            colour *= 1 - 0.13 * pit
        }
        // The fine net of lines everywhere.
        let net = StudioNoise.fractal(
            q * Vector3(700, 900, 700), octaves: 2, seed: seed &+ 61)
        height += net * 0.00003 * (1 - 0.6 * place.lips)
        let bumps = StudioNoise.fractal(q * 190, octaves: 2, seed: seed &+ 67)
        height += bumps * 0.00009

        // Folds of age: brow, crow's feet, from nose to mouth.
        let age = look.wrinkles
        if age > 0.03 {
            let wobble = StudioNoise.fractal(q * 55, octaves: 2, seed: seed &+ 71)
            let browLines =
                front * smoothStep(0.934, 0.945, q.y) * smoothStep(0.982, 0.968, q.y)
                * bell(side / 0.05)
            if browLines > 0.002 {
                let phase = (q.y + 0.0035 * wobble + 1.2 * side * side) * 2 * .pi / 0.0115
                let wave = 0.5 + 0.5 * cosf(phase)
                let groove = wave * wave * wave * wave * wave * wave
                height -= browLines * groove * 0.00045 * age
                colour *= 1 - 0.12 * browLines * groove * age
            }
            let crow = Vector3(side, q.y, q.z) - Vector3(0.0475, 0.9, 0.13)
            let reach = bell((crow.length - 0.014) / 0.009) * smoothStep(-0.002, 0.006, crow.x)
            if reach > 0.002 {
                let angle = atan2f(crow.y, max(crow.x, 1e-4))
                let wave = 0.5 + 0.5 * cosf(angle * 11 + 2 * wobble)
                let rays = wave * wave * wave * wave * wave
                height -= reach * rays * 0.0003 * age
                colour *= 1 - 0.1 * reach * rays * age
            }
            let along = min(max((0.86 - q.y) / 0.036, 0), 1)
            let distanceToFold = abs(side - (0.0195 + 0.0155 * along + 0.001 * wobble))
            let fold =
                bell(distanceToFold / 0.0022) * front * smoothStep(0.864, 0.857, q.y)
                * smoothStep(0.818, 0.83, q.y)
            height -= fold * 0.0005 * age
            colour *= 1 - 0.13 * fold * age
        }
    }

    private func lips(
        _ q: Vector3, _ side: Float, _ place: Place, _ colour: inout Vector3,
        _ height: inout Float
    ) {
        guard place.lips > 0.01 else { return }
        let edge = 0.12 * StudioNoise.value(q * 500, seed: seed &+ 81)
        let amount = smoothStep(0.3, 0.75, place.lips + edge)
        // Upright creases, dense in the middle.
        let crease = StudioNoise.value(
            Vector3(q.x * 950, q.y * 90, q.z * 120), seed: seed &+ 83)
        let tint = 1 + 0.1 * crease + 0.08 * StudioNoise.value(q * 260, seed: seed &+ 85)
        colour = mix(colour, lip * tint, amount * 0.92)
        height += amount * crease * 0.00012
    }

    private func brows(_ q: Vector3, _ side: Float, _ front: Float, _ colour: inout Vector3) {
        let along = (side - 0.0125) / 0.047
        guard front > 0.2, along > -0.15, along < 1.15, abs(q.y - 0.921) < 0.02 else { return }
        let across = (q.y - Self.browLine(along)) / Self.browHalfWidth(along)
        let mask =
            smoothStep(1.25, 0.3, abs(across)) * smoothStep(-0.06, 0.1, along)
            * smoothStep(1.08, 0.82, along)
        colour = mix(colour, hairColour, mask * 0.42 * hair.brows)
    }

    /// The height of a brow's middle line, from its inner end (0) to its outer one (1), metres.
    static func browLine(_ along: Float) -> Float {
        let t = min(max(along, 0), 1)
        return 0.9175 + 0.0075 * sinf(min(t * 1.25, 1.25) * 2.0) * 0.9 - 0.0035 * t * t
    }

    /// Half of a brow's width, metres.
    static func browHalfWidth(_ along: Float) -> Float {
        let t = min(max(along, 0), 1)
        return 0.0042 * (1 - 0.72 * t * t) + 0.0004
    }
}
