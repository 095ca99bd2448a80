import Rigs
import Spatial
import Splatting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Shades samples of one picture.
struct Shader {
    let lit: LitPose
    let person: StudioPerson
    let light: StudioLight
    let shadow: ShadowMap.Lookup
    let ribbons: Ribbons
    let eye: Vector3
    /// The width of a sample at the head, metres, and the focal length in samples.
    let pitch: Float
    let focal: Float
    let keyColour: Vector3
    /// Radius in which the key light's shadow is softened, metres.
    let softness: Float
    /// The irradiance's matrix form would be as fast: nine coefficients, weighted by band.
    private let irradianceTerms: [Vector3]
    private let vertices: [Vector3]
    private let faces: [SIMD3<Int32>]
    let skinBase: Vector3
    let hairColour: Vector3
    let names: StudioBuffer<Float>
    let layers: StudioBuffer<Float>
    let looks: StudioBuffer<Float>
    let headPointCount: Int
    private let bodyFaceCount: Int

    init(
        _ lit: LitPose, ribbons: Ribbons, vertices: [Vector3], faces: [SIMD3<Int32>],
        eye: Vector3, pitch: Float, focal: Float
    ) {
        self.lit = lit
        (person, light) = (lit.pose.person, lit.light)
        shadow = lit.shadow.lookup
        self.ribbons = ribbons
        (self.vertices, self.faces) = (vertices, faces)
        (self.eye, self.pitch, self.focal) = (eye, pitch, focal)
        keyColour = light.keyColour
        softness = max(light.keyRadius * 0.11, shadow.texel * 0.8)
        irradianceTerms = light.harmonics.enumerated().map { k, c in
            c * (k == 0 ? 1 : k < 4 ? 2 / 3 : 0.25)
        }
        skinBase = SkinPainter.tone(person.identity.skin)
        hairColour = LinearColour.linear(person.identity.hair.colour)
        (names, layers) = (person.headHair.names, person.headHair.layers)
        looks = person.faceHair.looks
        headPointCount = person.headHair.pointCount
        bodyFaceCount = person.labels.count
    }

    /// A place on a triangle.
    struct Point {
        var face: Int
        var corners: SIMD3<Int32>
        var weights: Vector3
        var depth: Float
    }

    /// The samples of a drawn picture.
    struct Pixels {
        let triangles: UnsafePointer<Int32>
        let barycentrics: UnsafePointer<Float>
        let depth: UnsafePointer<Float>
        let faces: UnsafePointer<SIMD3<Int32>>
        let vertices: UnsafePointer<Vector3>
        let plane: Int

        @inline(__always)
        func point(_ pixel: Int) -> Point? {
            let face = triangles[pixel]
            if face < 0 { return nil }
            return Point(
                face: Int(face), corners: faces[Int(face)],
                weights: Vector3(
                    barycentrics[pixel], barycentrics[plane + pixel],
                    barycentrics[2 * plane + pixel]), depth: depth[pixel])
        }
    }

    func withPixels(of frame: MeshFrame, _ body: (Pixels) -> Void) {
        frame.triangles.withUnsafeBufferPointer { triangles in
            frame.barycentrics.withUnsafeBufferPointer { barycentrics in
                frame.depth.withUnsafeBufferPointer { depth in
                    faces.withUnsafeBufferPointer { faces in
                        vertices.withUnsafeBufferPointer { vertices in
                            body(
                                Pixels(
                                    triangles: triangles.baseAddress!,
                                    barycentrics: barycentrics.baseAddress!,
                                    depth: depth.baseAddress!, faces: faces.baseAddress!,
                                    vertices: vertices.baseAddress!,
                                    plane: frame.width * frame.height))
                        }
                    }
                }
            }
        }
    }

    /// Light that a display can show: straight up to 0.62, then rolling off towards 1.
    @inline(__always)
    static func exposed(_ light: Vector3) -> Vector3 {
        let knee: Float = 0.62
        func roll(_ x: Float) -> Float {
            x <= knee ? max(x, 0) : knee + (1 - knee) * (1 - 1 / (1 + (x - knee) / (1 - knee)))
        }
        return Vector3(roll(light.x), roll(light.y), roll(light.z))
    }

    @inline(__always)
    func blend(_ buffer: StudioBuffer<Vector3>, _ point: Point) -> Vector3 {
        let start = buffer.start
        return start[Int(point.corners.x)] * point.weights.x
            + start[Int(point.corners.y)] * point.weights.y
            + start[Int(point.corners.z)] * point.weights.z
    }

    @inline(__always)
    func blend(_ buffer: StudioBuffer<SIMD4<Float>>, _ point: Point) -> SIMD4<Float> {
        let start = buffer.start
        return start[Int(point.corners.x)] * point.weights.x
            + start[Int(point.corners.y)] * point.weights.y
            + start[Int(point.corners.z)] * point.weights.z
    }

    /// The label of a triangle.
    @inline(__always)
    func label(_ face: Int) -> UInt8 {
        if face < bodyFaceCount { return person.labels[face] }
        return face - bodyFaceCount < ribbons.faceHairFace
            ? StudioLabel.hair.rawValue : StudioLabel.faceHair.rawValue
    }

    /// The surface's smooth normal towards the viewer, world space.
    func normal(_ point: Point) -> Vector3 {
        if point.face >= bodyFaceCount { return strand(point).normal }
        let normal = blend(lit.pose.normals, point).normalized
        let place = blend(lit.pose.positions, point)
        return dot(normal, eye - place) < 0 ? -normal : normal
    }

    /// The light that comes to the viewer from a point, and the share of light reflected there.
    @inline(__always)
    func shade(_ point: Point, sample: UInt32) -> (light: Vector3, albedo: Vector3) {
        if point.face >= bodyFaceCount { return shadeHair(point, sample: sample) }
        let surface = Surface(self, point, sample: sample)
        switch person.materials[point.face] {
        case .headSkin: return shadeSkin(surface, isHead: true)
        case .bodySkin: return shadeSkin(surface, isHead: false)
        case .eye: return shadeEye(surface)
        case .socket, .mouth: return shadeMouth(surface)
        case .tongue: return shadeMouth(surface)
        case .teeth: return shadeTeeth(surface)
        default: return shadeCloth(surface)
        }
    }

    /// What all materials need to know of a point.
    struct Surface {
        let point: Point
        let place: Vector3
        let normal: Vector3
        let view: Vector3
        /// Where it is on the canonical body, and its gloss or distance to the hem.
        let canonical: SIMD4<Float>
        /// The share of the environment that reaches it.
        let share: SIMD4<Float>
        let sample: UInt32
        let isBack: Bool

        @inline(__always)
        init(_ shader: Shader, _ point: Point, sample: UInt32) {
            self.point = point
            self.sample = sample
            let pose = shader.lit.pose
            place = shader.blend(pose.positions, point)
            view = (shader.eye - place).normalized
            var normal = shader.blend(pose.normals, point).normalized
            isBack = dot(normal, view) < -0.15
            if isBack { normal = -normal }
            self.normal = normal
            canonical = shader.blend(shader.person.canonical, point)
            share = shader.blend(pose.shares, point)
        }
    }

    /// The share of the key light that reaches a point past everything else, 0…1.
    ///
    /// - Parameter step: of hair, whose samples differ anyway, only every so many places are looked up.
    @inline(__always)
    func keyVisibility(
        _ place: Vector3, _ normal: Vector3, sample: UInt32, step: Int = 1
    ) -> Float {
        let lifted = place + normal * (0.0012 + shadow.texel) + light.keyDirection * 0.001
        let middle = shadow.place(lifted)
        let radius = softness / shadow.texel
        let disc =
            lit.disc.start + Int(StudioNoise.hash(sample) * Float(ShadowMap.turns))
            * ShadowMap.taps
        var sum: Float = 0
        var tap = step / 2
        while tap < ShadowMap.taps {
            let offset = Vector3(disc[tap], 0) * radius
            sum += shadow.visibility(middle + offset, bias: 0.0015 + shadow.texel)
            tap += step
        }
        return sum / Float((ShadowMap.taps - step / 2 + step - 1) / step)
    }

    /// What a white Lambertian surface reflects of the environment.
    @inline(__always)
    func irradiance(_ normal: Vector3) -> Vector3 {
        let (low, last) = StudioLight.basis(normal)
        return irradianceTerms.withUnsafeBufferPointer { terms in
            var sum = terms[8] * last
            for k in 0..<8 { sum += terms[k] * low[k] }
            return pointwiseMax(sum, .zero)
        }
    }

    /// A microfacet lobe of the key light: GGX with Smith's masking (Walter et al. 2007), times the
    /// cosine.
    @inline(__always)
    func highlight(_ normal: Vector3, _ view: Vector3, roughness: Float, reflectance: Float)
        -> Float
    {
        let l = light.keyDirection
        let cosine = dot(normal, l)
        if cosine <= 0 { return 0 }
        let half = (l + view).normalized
        // A wide light blurs its own reflection.
        let alpha = min(roughness * roughness + 0.35 * light.keyRadius, 1)
        let a2 = alpha * alpha
        let nh = max(dot(normal, half), 0)
        let nv = max(dot(normal, view), 0.05)
        let d = nh * nh * (a2 - 1) + 1
        let k = alpha * 0.5
        let masking = 1 / ((cosine * (1 - k) + k) * (nv * (1 - k) + k) * 4)
        let grazing = 1 - max(dot(half, view), 0)
        let g2 = grazing * grazing
        let fresnel = reflectance + (1 - reflectance) * g2 * g2 * grazing
        // The key's colour is what a white surface reflects, 1/π of its irradiance's π.
        return min(a2 / (d * d) * masking * fresnel * cosine, 6)
    }

    /// The environment mirrored in a surface: dim, for its light has second order only.
    @inline(__always)
    func sheen(_ normal: Vector3, _ view: Vector3, reflectance: Float, roughness: Float) -> Vector3
    {
        let nv = max(dot(normal, view), 0)
        let mirrored = normal * (2 * nv) - view
        let grazing = 1 - nv
        let g2 = grazing * grazing
        let fresnel =
            reflectance + (max(1 - roughness, reflectance) - reflectance) * g2 * g2 * grazing
        return irradiance(mirrored) * fresnel
    }
}
