import Rigs
import Spatial
import Splatting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A drawn head of the rig, for measuring where the face mesh puts its landmarks on it.
struct Portrait {
    var shape = AnnyShape()
    var expression = FaceExpression.neutral
    /// Turn of the camera about the head, radians.
    var yaw: Float = 0

    var isMouthOpen: Bool { expression[.jawOpen] > 0 }

    /// The heads that are drawn: spread evenly over phenotypes, with every yaw and mouth.
    static let series: [Portrait] = (0..<56).map { i in
        /// The i-th number of a low-discrepancy sequence of the given base.
        func spread(_ step: Double) -> Float {
            Float((0.5 + Double(i) * step).truncatingRemainder(dividingBy: 1))
        }
        var portrait = Portrait()
        portrait.shape[.gender] = spread(0.7548776662466927)
        portrait.shape[.age] = 0.5 + 0.4 * spread(0.5698402909980532)
        portrait.shape[.weight] = 0.3 + 0.4 * spread(0.6180339887498949)
        portrait.yaw = [0, 0.2, -0.2, 0.35, -0.35, 0.1, -0.1][i % 7]
        if i % 2 == 1 {
            portrait.expression = FaceExpression([.jawOpen: 0.35 + 0.3 * spread(0.41421356)])
        }
        return portrait
    }

    /// A drawn head, and which face of the mesh each pixel shows.
    struct Picture {
        let image: Image
        let camera: Camera
        /// The posed vertices of the rig.
        let vertices: [Vector3]
        let frame: MeshFrame
        /// Whether each drawn face is of the outer skin, and how squarely it faces the camera.
        let faces: [(global: Int, isSkin: Bool, facing: Float)]

        /// A place of the surface.
        struct Hit {
            let face: Int
            let weights: Vector3
            /// 0…1: how well the picture tells the place.
            let weight: Float

            func point(on vertices: [Vector3], _ mesh: RigMesh) -> Vector3 {
                let f = mesh.faces[face]
                return vertices[Int(f.x)] * weights.x + vertices[Int(f.y)] * weights.y
                    + vertices[Int(f.z)] * weights.z
            }
        }

        /// The skin at a pixel or, within 6 px, the nearest to it.
        func skin(near point: Vector2) -> Hit? {
            let reach = 6
            let (cx, cy) = (Int(point.x.rounded(.down)), Int(point.y.rounded(.down)))
            var best: (distance: Float, pixel: Int)?
            for y in max(0, cy - reach)...max(0, min(image.height - 1, cy + reach)) {
                for x in max(0, cx - reach)...max(0, min(image.width - 1, cx + reach)) {
                    let pixel = y * image.width + x
                    let face = frame.triangles[pixel]
                    guard face >= 0, faces[Int(face)].isSkin else { continue }
                    let distance = (Vector2(Float(x) + 0.5, Float(y) + 0.5) - point).length
                    if distance < best?.distance ?? Float(reach) { best = (distance, pixel) }
                }
            }
            guard let best else { return nil }
            let face = faces[Int(frame.triangles[best.pixel])]
            return Hit(
                face: face.global, weights: frame.weights(at: best.pixel),
                weight: max(face.facing, 0.05) * exp(-best.distance))
        }
    }

    /// Draws the head at 512×512, lit from the front, with eyes and lips painted.
    func draw(_ anny: Anny) -> Picture {
        let side = 512
        let rig = anny.shaped(shape)
        var workspace = PoseWorkspace(for: rig)
        rig.pose(Pose(boneCount: rig.skeleton.count), expression: expression, into: &workspace)
        let vertices = workspace.vertices
        let mesh = anny.mesh
        let head = mesh.vertices(of: [.face, .scalp]).reduce(Vector3.zero) { $0 + vertices[$1] }
        let centre = head / Float(max(1, mesh.vertices(of: [.face, .scalp]).count))
        let eye = centre + Vector3(sin(yaw), 0, cos(yaw))
        let camera = Camera(
            eye: eye, target: centre, verticalFOV: 0.36, width: side, height: side)

        let drawn = mesh.faces.indices.filter { face in
            let part = mesh.faceParts[face]
            return part != .leftLashes && part != .rightLashes
                && (vertices[Int(mesh.faces[face].x)] - centre).length < 0.4
        }
        let frame = MeshRasteriser().render(
            positions: vertices, faces: drawn.map { mesh.faces[$0] }, camera: camera)
        let normals = TriangleMesh(positions: vertices, faces: mesh.faces).vertexNormals()
        var eyes: [BodyPart: Vector3] = [:]
        for part in [BodyPart.leftEye, .rightEye] {
            let of = mesh.vertices(of: [part])
            eyes[part] = of.reduce(Vector3.zero) { $0 + vertices[$1] } / Float(max(1, of.count))
        }
        let light = (camera.position - centre + Vector3(0.2, 0.5, 0)).normalized
        var image = Image(width: side, height: side, channels: 3, filledWith: 0.8)
        for pixel in 0..<side * side where frame.triangles[pixel] >= 0 {
            let face = drawn[Int(frame.triangles[pixel])]
            let f = mesh.faces[face]
            let w = frame.weights(at: pixel)
            func mix(_ values: [Vector3]) -> Vector3 {
                values[Int(f.x)] * w.x + values[Int(f.y)] * w.y + values[Int(f.z)] * w.z
            }
            let shade = 0.35 + 0.65 * max(0, dot(mix(normals).normalized, light))
            let colour: Vector3
            switch mesh.faceParts[face] {
            case .lips: colour = Vector3(0.70, 0.25, 0.25) * shade
            case .leftEye, .rightEye:
                let offset = mix(vertices) - (eyes[mesh.faceParts[face]] ?? .zero)
                let distance = Vector2(offset.x, offset.y).length
                colour =
                    distance < 0.0028
                    ? Vector3(repeating: 0.08)
                    : distance < 0.006 ? Vector3(0.35, 0.24, 0.16) : Vector3(repeating: 0.9)
            case .upperTeeth, .lowerTeeth: colour = Vector3(0.9, 0.88, 0.82) * shade
            case .mouthCavity, .tongue: colour = Vector3(0.45, 0.2, 0.2) * shade
            default: colour = Vector3(0.85, 0.65, 0.55) * shade
            }
            for channel in 0..<3 { image.samples[channel * side * side + pixel] = colour[channel] }
        }
        let faces = drawn.map { face -> (global: Int, isSkin: Bool, facing: Float) in
            let f = mesh.faces[face]
            let (a, b, c) = (vertices[Int(f.x)], vertices[Int(f.y)], vertices[Int(f.z)])
            let facing = dot(cross(b - a, c - a).normalized, (camera.position - a).normalized)
            return (face, mesh.faceParts[face].isSkin, facing)
        }
        return Picture(
            image: image, camera: camera, vertices: vertices, frame: frame, faces: faces)
    }
}
