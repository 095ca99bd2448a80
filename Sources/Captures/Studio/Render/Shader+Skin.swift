import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Shader {
    /// Skin: light wraps around it, red the farthest; two lobes of shine on it.
    @inline(__always)
    func shadeSkin(_ s: Surface, isHead: Bool) -> (light: Vector3, albedo: Vector3) {
        let corners = person.cornerUVs[s.point.face]
        let w = s.point.weights
        let uv = corners.0 * w.x + corners.1 * w.y + corners.2 * w.z
        let texture = isHead ? person.headTexture : person.bodyTexture
        let footprint = s.point.depth / focal
        let texel = isHead ? SkinTexture.headTexel : SkinTexture.bodyTexel
        let level = texture.level(texel: texel, footprint: footprint)
        let paint = texture.sample(uv, level: level)
        let albedo = Vector3(paint.x, paint.y, paint.z)
        let normal =
            isHead && footprint < 6 * texel
            ? relief(s, corners, uv, texture, level: level, paint.w) : s.normal

        let visible = keyVisibility(s.place, s.normal, sample: s.sample)
        // Light that enters the skin comes out farther on: each colour wraps as far as it travels,
        // and its shadows are as much softer (a blurred normal stands for the rest).
        let l = light.keyDirection
        let smooth = dot(s.normal, l)
        let rough = dot(normal, l)
        let cosines = Vector3(
            smooth * 0.75 + rough * 0.25, smooth * 0.45 + rough * 0.55, smooth * 0.25 + rough * 0.75
        )
        let wrap = Vector3(0.32, 0.14, 0.07)
        let lit = pointwiseMax((cosines + wrap) / (1 + wrap), .zero)
        let wrapped = lit * lit * Vector3(0.35, 0.2, 0.12) + lit * Vector3(0.65, 0.8, 0.88)
        let root = visible.squareRoot()
        let passed = Vector3(mix(visible, root, 0.75), mix(visible, root, 0.25), visible)
        var diffuse = keyColour * wrapped * passed
        // What crevices send back is red.
        let share = Vector3(s.share.x, s.share.y, s.share.z)
        let bled = share / (share + (1 - share) * Vector3(0.55, 0.82, 0.88))
        diffuse += irradiance((normal + s.normal).normalized) * bled

        let gloss = max(s.canonical.w, 0)
        let bare = 1 + min(s.canonical.w, 0) * 1.4
        let reflectance: Float = 0.028
        let open = 0.25 + 0.75 * s.share.w
        var shine =
            bare
            * highlight(normal, s.view, roughness: mix(0.56, 0.4, gloss), reflectance: reflectance)
            * 0.75
        shine +=
            bare
            * highlight(normal, s.view, roughness: mix(0.36, 0.22, gloss), reflectance: reflectance)
            * (0.1 + 0.4 * gloss)
        var light = albedo * diffuse + keyColour * (shine * visible)
        light +=
            sheen(normal, s.view, reflectance: 0.03, roughness: 0.5)
            * (0.9 * open * s.share.w * bare)
        return (light, albedo)
    }

    /// The normal of a surface whose height is in the texture (Mikkelsen 2010).
    @inline(__always)
    private func relief(
        _ s: Surface, _ corners: (Vector2, Vector2, Vector2), _ uv: Vector2,
        _ texture: SkinTexture, level: Int, _ height: Float
    ) -> Vector3 {
        let (p0, p1, p2) = (
            lit.pose.positions[Int(s.point.corners.x)], lit.pose.positions[Int(s.point.corners.y)],
            lit.pose.positions[Int(s.point.corners.z)]
        )
        let (e1, e2) = (p1 - p0, p2 - p0)
        let (t1, t2) = (corners.1 - corners.0, corners.2 - corners.0)
        let area = t1.x * t2.y - t1.y * t2.x
        if abs(area) < 1e-12 { return s.normal }
        let alongU = (e1 * t2.y - e2 * t1.y) / area
        let alongV = (e2 * t1.x - e1 * t2.x) / area
        let step = texture.extent / Float(texture.size >> level)
        let du = (texture.sample(uv + Vector2(step.x, 0), level: level).w - height) / step.x
        let dv = (texture.sample(uv + Vector2(0, step.y), level: level).w - height) / step.y
        let n = s.normal
        let r1 = cross(alongV, n)
        let determinant = dot(alongU, r1)
        if abs(determinant) < 1e-12 { return n }
        let gradient = (r1 * du + cross(n, alongU) * dv) * (determinant < 0 ? -1 : 1)
        let result = (n * abs(determinant) - gradient).normalized
        return dot(result, s.view) < 0.02 ? n : result
    }
}
