import Avatars
import Foundation
import Rigs
import Spatial
import Splatting

/// The surface of what the person wears: Anny's skin moved out to where hair and clothes end.
///
/// A displacement of each vertex in the axes of the rest shape, smooth over the surface, found by
/// drawing the skin as Gaussians and pulling the silhouette to the mask's. First along the normals,
/// so that what is seen to stand off at the sides stands off at the front and the back too; then
/// freely, for brims, flares and long hair. Skin that is seen as skin (the face, the hands) hardly
/// moves. Cost: iterations × (rasteriser + rounds of smoothing × V).
struct Shell {
    /// Displacement of each vertex at rest [V], metres.
    private(set) var displacements: [Vector3]

    /// The person, corrected where the skin stood out of the outline: there it is the body that was too
    /// large, not the clothes too small.
    private(set) var body: FittedBody
    private let mobility: [Float]
    private let neighbours: MeshNeighbours

    static let steps = 160
    private static let freeSteps = 60
    private static let side = 224

    /// How many rounds of smoothing a step's gradient gets: wide bulges first, then their borders.
    private static func rounds(at step: Int) -> Int { max(3, 30 - 30 * step / (steps - 20)) }

    init(_ body: FittedBody, view photo: WorkingView, progress: (Int) throws -> Void) rethrows {
        self.body = body
        let mesh = body.anny.mesh
        let vertexCount = body.rig.vertices.count
        displacements = [Vector3](repeating: .zero, count: vertexCount)
        mobility = mesh.vertexParts.map(Self.mobility)
        let outer = body.coveredFaces.filter { mesh.faceParts[$0].isSkin }
        let faces = outer.map { mesh.faces[$0] }
        neighbours = MeshNeighbours(vertexCount: vertexCount, faces: faces)
        try grow(faces: faces, photo: photo, progress: progress)
    }

    /// How freely a part leaves the skin, 0…1.
    private static func mobility(_ part: BodyPart) -> Float {
        switch part {
        case .scalp, .torso, .leftUpperArm, .rightUpperArm, .leftForearm, .rightForearm: 1
        case .leftThigh, .rightThigh, .leftShin, .rightShin: 1
        case .leftEar, .rightEar, .neck: 0.6
        case .leftFoot, .rightFoot: 0.5
        case .leftHand, .rightHand: 0.25
        case .face: 0.06
        default: 0
        }
    }

    /// The displaced vertices at rest, V.
    var restVertices: [Vector3] { zip(body.rig.vertices, displacements).map { $0 + $1 } }

    /// The displaced vertices as they are in the photograph, V.
    var posedVertices: [Vector3] {
        body.vertices.indices.map {
            body.vertices[$0] + body.transforms[$0].linear * displacements[$0]
        }
    }

    private mutating func grow(
        faces: [SIMD3<Int32>], photo: WorkingView, progress: (Int) throws -> Void
    ) rethrows {
        guard !faces.isEmpty else { return }
        let camera = photo.camera.scaled(
            by: min(1, Float(Self.side) / Float(max(photo.camera.width, photo.camera.height))))
        let mask = photo.mask.resized(width: camera.width, height: camera.height)
        let rasteriser = Rasteriser()
        var frame = RenderedFrame()
        let settings = RenderSettings(isDifferentiable: true)
        var weights: [Float] = []
        let normals = TriangleMesh(positions: body.rig.vertices, faces: faces).vertexNormals()

        var heights = [Float](repeating: 0, count: displacements.count)
        var free = [Vector3](repeating: .zero, count: displacements.count)
        var heightStep = UniformAdam(count: heights.count, rate: 0.004)
        var freeStep = UniformAdam(count: 3 * free.count, rate: 0.003)

        for step in 0..<Self.steps {
            let cloud = Self.cloud(posedVertices, faces)
            rasteriser.render(cloud, camera: camera, settings: settings, into: &frame)
            if weights.isEmpty { weights = Self.weights(mask: mask, alpha: frame.alpha) }
            let alphaGradient = (0..<mask.pixelCount).map { i -> Float in
                let difference = frame.alpha[i] - mask.samples[i]
                return weights[i] * max(-1, min(1, difference * 4))
            }
            let colourGradient = [Float](repeating: 0, count: 3 * mask.pixelCount)
            let gradients = rasteriser.backward(
                cloud, colour: colourGradient, alpha: alphaGradient)
            let vertexGradients = restGradients(gradients.means, faces)

            let along = vertexGradients.indices.map {
                dot(vertexGradients[$0], normals[$0]) * mobility[$0]
            }
            heights = heightStep.apply(
                neighbours.smoothed(along, rounds: Self.rounds(at: step)), to: heights)
            // Clothes do not cut into the body.
            for i in heights.indices { heights[i] = min(max(heights[i], -0.004), 0.25) }
            if step >= Self.steps - Self.freeSteps {
                let moved = vertexGradients.indices.map { vertexGradients[$0] * mobility[$0] }
                let smooth = neighbours.smoothed(moved, rounds: Self.rounds(at: step))
                let flat = freeStep.apply(
                    smooth.flatMap { [$0.x, $0.y, $0.z] },
                    to: free.flatMap { [$0.x, $0.y, $0.z] })
                for i in free.indices {
                    free[i] = Vector3(flat[3 * i], flat[3 * i + 1], flat[3 * i + 2])
                }
            }
            for i in displacements.indices {
                displacements[i] = (normals[i] * heights[i] + free[i]) * min(1, mobility[i] * 4)
            }
            try progress(step + 1)
        }
        displacements = neighbours.smoothed(displacements, rounds: 2)
        let inward = displacements.indices.map {
            normals[$0] * min(0, dot(displacements[$0], normals[$0]))
        }
        body = body.moved(by: inward)
        for i in displacements.indices { displacements[i] -= inward[i] }
    }

    /// One round Gaussian a face, as large as the face: together they cover the surface.
    private static func cloud(_ vertices: [Vector3], _ faces: [SIMD3<Int32>]) -> GaussianCloud {
        var means: [Float] = []
        var logScales: [Float] = []
        means.reserveCapacity(3 * faces.count)
        logScales.reserveCapacity(3 * faces.count)
        for face in faces {
            let (a, b, c) = (vertices[Int(face.x)], vertices[Int(face.y)], vertices[Int(face.z)])
            let centre = (a + b + c) / 3
            means += [centre.x, centre.y, centre.z]
            let area = cross(b - a, c - a).length / 2
            let scale = log(max(area.squareRoot() * 0.7, 1e-4))
            logScales += [scale, scale, scale]
        }
        let count = faces.count
        return GaussianCloud(
            means: means, logScales: logScales,
            quaternions: (0..<count).flatMap { _ in [1, 0, 0, 0] as [Float] },
            opacityLogits: [Float](repeating: 3, count: count),
            colours: .display([Float](repeating: 1, count: 3 * count)))
    }

    /// How much each pixel counts. Where the body is deep inside its own silhouette and yet outside
    /// the mask, something stands in front of it (or the fit is wrong): that says nothing about its
    /// surface.
    private static func weights(mask: Image, alpha: [Float]) -> [Float] {
        let isHidden = Image(
            width: mask.width, height: mask.height, channels: 1,
            samples: (0..<mask.pixelCount).map { mask.samples[$0] > 0.5 ? 1 : 0 })
        let distance = DistanceField.outside(isHidden)
        let band = Float(max(mask.width, mask.height)) / 40
        return (0..<mask.pixelCount).map {
            alpha[$0] > 0.5 && distance.samples[$0] > band ? 0 : 1
        }
    }

    /// The gradient of each vertex's displacement from those of the faces' centres.
    private func restGradients(_ means: [Float], _ faces: [SIMD3<Int32>]) -> [Vector3] {
        var posed = [Vector3](repeating: .zero, count: displacements.count)
        for (i, face) in faces.enumerated() {
            let gradient = Vector3(means[3 * i], means[3 * i + 1], means[3 * i + 2]) / 3
            for corner in [face.x, face.y, face.z] { posed[Int(corner)] += gradient }
        }
        return posed.indices.map { body.transforms[$0].linear.transposed * posed[$0] }
    }
}
