import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Shader {
    /// What is known of a place on a strand.
    struct StrandPoint {
        var place: Vector3
        var tangent: Vector3
        /// Where hair as a whole faces, and the strand itself between that and the viewer.
        var normal: Vector3
        /// From the root (0) to the tip (1), and from one side (0) to the other (1).
        var along: Float
        var across: Float
        var name: Float
        var layer: Float
        var isFaceHair: Bool
        var isLash: Bool
        var strand: Int
    }

    @inline(__always)
    func strand(_ point: Point) -> StrandPoint {
        let first = Int32(person.vertexCount)
        let local = point.corners &- first
        let isFace = Int(local.x) >= ribbons.faceHairVertex
        let p = isFace ? SurfaceStrands.pointCount : headPointCount
        let base = isFace ? ribbons.faceHairVertex : 0
        // Short numbers divide the fastest; all corners are of one strand.
        let strand = Int(UInt32(truncatingIfNeeded: Int(local.x) - base) / UInt32(2 * p))
        let corners = local &- Int32(truncatingIfNeeded: base + strand * 2 * p)
        let rows = SIMD3<Float>(corners &>> 1)
        let sides = SIMD3<Float>(corners & 1)
        let along = (rows * point.weights).sum()
        let across = (sides * point.weights).sum()
        let points = (isFace ? lit.pose.faceHairPoints : lit.pose.hairPoints).start + strand * p
        let row = min(Int(along), p - 2)
        let t = along - Float(row)
        let place = mix(points[row], points[row + 1], t)
        // Smoothly turning from segment to segment.
        let before = points[row] - points[max(row - 1, 0)]
        let here = points[row + 1] - points[row]
        let after = points[min(row + 2, p - 1)] - points[row + 1]
        let tangent =
            mix((before + here), (here + after), t).normalized
        let view = (eye - place).normalized
        var out: Vector3
        if isFace {
            out = view
        } else {
            let normals = lit.pose.hairNormals.start + strand * p
            out = mix(normals[row], normals[row + 1], t)
        }
        out = (out - tangent * dot(out, tangent)).normalized
        let facing = (view - tangent * dot(view, tangent)).normalized
        var normal = (out + facing * 0.5).normalized
        if dot(normal, view) < 0 { normal = facing }
        let look = isFace ? looks.start[strand] : 0
        return StrandPoint(
            place: place, tangent: tangent, normal: normal, along: along / Float(p - 1),
            across: across,
            name: isFace ? look.truncatingRemainder(dividingBy: 2) : names.start[strand],
            layer: isFace ? 1 : layers.start[strand], isFaceHair: isFace,
            isLash: look >= 2, strand: strand)
    }

    /// Hair: a bright white lobe and a coloured one behind it along the strands (Kajiya and Kay 1989,
    /// shifted as in Marschner et al. 2003).
    func shadeHair(_ point: Point, sample: UInt32) -> (light: Vector3, albedo: Vector3) {
        let s = strand(point)
        let look = person.identity.hair
        let tag = UInt32(s.strand)
        // A ribbon is a lock of finer hairs.
        let fine = StudioNoise.value(
            Vector3(s.across * 4, s.along * 5, Float(s.strand) * 7.31), seed: 3)
        var albedo = hairColour * (0.72 + 0.5 * s.name + 0.22 * fine)
        // Tips are bleached a little.
        albedo *= mix(Vector3(0.85, 0.85, 0.85), Vector3(1.2, 1.13, 1.06), s.along)
        // Some hairs are white, most of a lock are alike.
        let white = smoothStep(-0.22, 0.22, look.grey - 0.25 - 0.5 * StudioNoise.hash(tag, 11))
        albedo = mix(albedo, Vector3(0.36, 0.355, 0.34) * (0.85 + 0.3 * fine), white * 0.9)
        if s.isLash { albedo = Vector3(0.012, 0.009, 0.008) }
        if s.isFaceHair && !s.isLash { albedo *= 0.62 }

        let view = (eye - s.place).normalized
        let l = light.keyDirection
        let visible = keyVisibility(s.place, s.normal, sample: sample, step: 2)
        let cosine = dot(s.tangent, l)
        let sine = max(1 - cosine * cosine, 0).squareRoot()
        let facing = max((dot(s.normal, l) + 0.3) / 1.3, 0)
        // Deeper in the hair and nearer to the skin less light arrives.
        let open =
            s.isFaceHair ? 0.8 : mix(0.42, 1, 0.35 * s.layer + 0.65 * smoothStep(0, 0.55, s.along))
        var result =
            albedo * keyColour * (visible * (0.3 + 0.7 * sine) * facing * open * 1.15)
        let occluded = 0.45 + 0.55 * smoothStep(-0.55, 0.5, s.normal.y)
        result += albedo * irradiance(s.normal) * (open * occluded * 1.05)

        guard !s.isLash else { return (result, albedo) }
        let half = (l + view).normalized
        let jitter = 0.1 * (s.name - 0.5) + 0.07 * fine
        func lobe(_ shift: Float, _ sharpness: Float) -> Float {
            let turned = (s.tangent + s.normal * shift).normalized
            let c = dot(turned, half)
            // sin^n of the angle, about a Gaussian of the cosine.
            return bell(c * (0.5 * sharpness).squareRoot())
        }
        let shine = lobe(-0.12 + jitter, 130) * 0.09
        let glow = lobe(0.16 + jitter, 22)
        let strength = visible * smoothStep(-0.1, 0.35, dot(s.normal, l)) * open
        result += keyColour * (shine * strength * (s.isFaceHair ? 0.4 : 1))
        result += keyColour * albedo * (glow * strength * 0.9)
        // The environment's own gleam.
        let c = dot(s.tangent, view)
        let rim = bell(c * 2.8) * 0.018
        result += irradiance(s.normal) * (rim * open)
        return (result, albedo)
    }
}
