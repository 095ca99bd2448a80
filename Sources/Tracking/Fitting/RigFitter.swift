import Rigs
import Spatial
import Torch

/// Fits Anny to what was seen of a person in one photograph: camera, shape, pose and expression, by
/// gradient descent on landmarks and mask.
///
/// Terms: the face's landmarks against the embedding; the body's joints; the directions of the limbs
/// in depth; vertices that fall outside the mask; priors on shape, pose and expression. Shape is kept
/// symmetric. Three stages: where the body is and how it stands; phenotypes and expression; local
/// changes. Cost: some 400 evaluations of a few thousand vertices, seconds.
public struct RigFitter {
    /// What is known of a person in a photograph.
    public struct Evidence {
        public var face: FaceLandmarks?
        public var body: PoseLandmarks?
        /// The person's share of each pixel, one channel.
        public var mask: Image
        /// The camera's lens, where it is known.
        public var intrinsics: Intrinsics?

        public init(
            face: FaceLandmarks?, body: PoseLandmarks?, mask: Image, intrinsics: Intrinsics? = nil
        ) {
            self.face = face
            self.body = body
            self.mask = mask
            self.intrinsics = intrinsics
        }
    }

    private let anny: Anny
    private let embedding: FaceLandmarkEmbedding
    private let model: DifferentiableAnny
    /// Where the three corners under each face landmark are among the model's vertices [1404].
    private let faceCorners: Tensor
    private let faceWeights: Tensor
    /// Where the vertices of the outer skin are among the model's.
    private let skinRows: Tensor
    /// The group of each local change: the two sides of a symmetric pair share one.
    private let changeGroups: Tensor
    private let changeGroupCount: Int

    public init(anny: Anny, embedding: FaceLandmarkEmbedding) {
        self.anny = anny
        self.embedding = embedding
        let corners = embedding.faces.flatMap { face -> [Int] in
            let f = anny.mesh.faces[Int(face)]
            return [Int(f.x), Int(f.y), Int(f.z)]
        }
        // Every few vertices of the skin show whether the body stays within the mask.
        let outer = (0..<anny.coreVertexCount).filter { anny.mesh.vertexParts[$0].isSkin }
        let sampled = stride(from: 0, to: outer.count, by: 6).map { outer[$0] }
        let vertices = Set(corners + sampled).sorted()
        let row = Dictionary(uniqueKeysWithValues: vertices.enumerated().map { ($1, Int64($0)) })
        model = DifferentiableAnny(anny, vertices: vertices)
        faceCorners = Tensor(corners.map { row[$0]! })
        faceWeights = Tensor(
            embedding.barycentrics.flatMap { $0 }, shape: [embedding.faces.count, 3, 1])
        skinRows = Tensor(sampled.map { row[$0]! })

        var groups: [String: Int64] = [:]
        let groupOf = anny.localChangeNames.map { name -> Int64 in
            let key =
                name.hasPrefix("l-") || name.hasPrefix("r-") ? String(name.dropFirst(2)) : name
            let group = groups[key] ?? Int64(groups.count)
            groups[key] = group
            return group
        }
        changeGroups = Tensor(groupOf)
        changeGroupCount = groups.count
    }

    /// Steps of the three stages.
    private static let stageSteps = [80, 150, 220]
    /// How many steps a fit has.
    public static let stepCount = stageSteps.reduce(0, +)

    /// Where a fit's shape begins: phenotypes as logits, local changes before the hyperbolic tangent.
    /// Not at zero: there the shape has a kink, and with it no gradient.
    static let shapeStart: (phenotype: Float, change: Float) = (0.05, 0.002)

    /// The bones that are posed, and the standard deviation of their angles about rest, radians.
    static let posedBones: [(name: String, deviation: Float)] = {
        let middle: [(String, Float)] = [
            ("spine05", 0.1), ("spine04", 0.1), ("spine03", 0.1), ("spine02", 0.1),
            ("spine01", 0.1), ("neck01", 0.15), ("neck02", 0.15), ("neck03", 0.15), ("head", 0.2),
        ]
        let sided: [(String, Float)] = [
            ("clavicle", 0.1), ("shoulder01", 0.1), ("upperarm01", 0.7), ("lowerarm01", 0.7),
            ("lowerarm02", 0.2), ("wrist", 0.3), ("upperleg01", 0.5), ("lowerleg01", 0.6),
            ("foot", 0.3),
        ]
        return middle + sided.flatMap { [("\($0.0).L", $0.1), ("\($0.0).R", $0.1)] }
    }()

    /// What is optimised.
    private struct Unknowns {
        var turn = Tensor.zeros([1, 3]).requiringGrad()
        var translation: Tensor
        var pose = Tensor.zeros([RigFitter.posedBones.count, 3]).requiringGrad()
        var phenotypes: Tensor
        var changes: Tensor
        var expression = Tensor.zeros([FaceUnit.count]).requiringGrad()
    }

    /// Fits the rig.
    ///
    /// - Parameters:
    ///   - evidence: at least a face or a body.
    ///   - progress: called with the number of steps done, of `stepCount`.
    public func fit(
        _ evidence: Evidence, progress: (_ done: Int) throws -> Void = { _ in }
    ) throws -> RigFit {
        let mask = evidence.mask
        let camera = self.camera(evidence)
        let targets = Targets(evidence, skeleton: anny.skeleton)
        func start(_ value: Float, count: Int) -> Tensor {
            Tensor([Float](repeating: value, count: count)).requiringGrad()
        }
        var unknowns = Unknowns(
            translation: Tensor.zeros([3]),
            phenotypes: start(Self.shapeStart.phenotype, count: Phenotype.standard.count),
            changes: start(Self.shapeStart.change, count: changeGroupCount))
        unknowns.translation = noGrad { initialTranslation(camera, targets, unknowns) }
            .requiringGrad()
        let outside = maskDistance(mask)

        let stages: [(steps: Int, rates: [(Tensor, Double)])] = [
            (
                Self.stageSteps[0],
                [(unknowns.turn, 0.02), (unknowns.translation, 0.02), (unknowns.pose, 0.015)]
            ),
            (
                Self.stageSteps[1],
                [
                    (unknowns.turn, 0.01), (unknowns.translation, 0.01), (unknowns.pose, 0.01),
                    (unknowns.phenotypes, 0.05), (unknowns.expression, 0.03),
                ]
            ),
            (
                Self.stageSteps[2],
                [
                    (unknowns.turn, 0.004), (unknowns.translation, 0.003), (unknowns.pose, 0.008),
                    (unknowns.phenotypes, 0.02), (unknowns.expression, 0.02),
                    (unknowns.changes, 0.04),
                ]
            ),
        ]
        var done = 0
        for stage in stages {
            let optimiser = Adam(
                stage.rates.enumerated().map { i, rate in
                    ParameterGroup([rate.0], name: "unknowns \(i)", learningRate: rate.1)
                })
            for step in 0..<stage.steps {
                // Slower towards the end: the last steps do not jitter.
                optimiser.setLearningRates(.cosine(steps: stage.steps, end: 0.1), step: step)
                optimiser.zeroGrad()
                let loss = self.loss(unknowns, camera, targets, outside)
                try loss.backward()
                optimiser.step()
                noGrad { unknowns.expression.clampInPlace(min: 0, max: 1) }
                done += 1
                try progress(done)
            }
        }
        return noGrad { result(unknowns, camera, targets) }
    }

    // MARK: - The model

    private func parameters(_ unknowns: Unknowns) -> DifferentiableAnny.Parameters {
        let bones = anny.skeleton.count
        let posed = Self.posedBones.map { Int64(anny.skeleton.index(of: $0.name)!) }
        let rotations = Tensor.cat([unknowns.turn, unknowns.pose]).rotationMatrices()
        let all = Tensor.eye(3).unsqueezed(0).tiled(bones, 1, 1)
            .indexCopy(0, Tensor([0] + posed), rotations)
        return DifferentiableAnny.Parameters(
            phenotypes: unknowns.phenotypes.sigmoid(),
            localChanges: unknowns.changes.tanh().indexSelect(0, changeGroups),
            expression: unknowns.expression, rotations: all, rootTranslation: unknowns.translation)
    }

    private func faceLandmarks(_ vertices: Tensor) -> Tensor {
        (vertices.indexSelect(0, faceCorners).reshaped(-1, 3, 3) * faceWeights).sum(1)
    }

    /// Pixels [N, 2] of world points [N, 3]. The camera looks along −z from the origin, y up.
    private func project(_ points: Tensor, _ camera: Camera) -> Tensor {
        let depth = (-points.select(1, 2)).clamped(min: 0.01)
        let i = camera.intrinsics
        return Tensor.stack(
            [
                points.select(1, 0) / depth * i.fx + i.cx,
                -points.select(1, 1) / depth * i.fy + i.cy,
            ], 1)
    }

    private func loss(
        _ unknowns: Unknowns, _ camera: Camera, _ targets: Targets, _ outside: Tensor
    ) -> Tensor {
        let (vertices, joints) = model(parameters(unknowns))
        var loss = Tensor(Float(0))
        if let face = targets.face {
            let error = (project(faceLandmarks(vertices), camera) - face.pixels) / face.unit
            loss = loss + 10 * ((error.squared().sum(1) + 1e-5).sqrt() * face.weights).mean()
        }
        if let body = targets.body {
            let heads = joints.indexSelect(0, body.bones)
            let error = (project(heads, camera) - body.pixels) / body.unit
            // Charbonnier: a joint that the pose network got wrong does not bend the whole body.
            let robust = ((error.squared().sum(1) + 0.01).sqrt() - 0.1) * body.weights
            loss = loss + robust.sum() / body.weights.sum().clamped(min: 1)
            let from = joints.indexSelect(0, body.limbStarts)
            let limb = joints.indexSelect(0, body.limbEnds) - from
            let depth = limb.normalized().select(1, 2)
            loss =
                loss
                + 0.1 * ((depth - body.limbDepths).squared() * body.limbWeights).sum()
        }
        let skin = project(vertices.indexSelect(0, skinRows), camera)
        loss = loss + 0.5 * outsideDistance(skin, camera, outside).mean() * targets.maskWeight

        let deviations = Tensor(Self.posedBones.map(\.deviation)).unsqueezed(1)
        loss = loss + 0.01 * (unknowns.pose / deviations).squared().sum()
        loss = loss + 0.004 * unknowns.phenotypes.squared().sum()
        loss = loss + 0.0025 * unknowns.changes.squared().sum()
        loss = loss + 0.004 * unknowns.expression.squared().sum()
        return loss
    }

    // MARK: - Mask

    /// Distance from the mask on a small picture [1, 1, h, w], in shares of its larger side.
    private func maskDistance(_ mask: Image) -> Tensor {
        let scale = min(1, 256 / Float(max(mask.width, mask.height)))
        let small = mask.channels(0..<1).resized(
            width: max(1, Int(Float(mask.width) * scale)),
            height: max(1, Int(Float(mask.height) * scale)))
        let field = DistanceField.outside(small)
        let unit = Float(max(small.width, small.height))
        return Tensor(field.samples.map { $0 / unit }, shape: [1, 1, small.height, small.width])
    }

    /// How far pixels [N, 2] are outside the mask [N]; 0 for those outside the picture, of which
    /// nothing is known.
    private func outsideDistance(_ pixels: Tensor, _ camera: Camera, _ field: Tensor) -> Tensor {
        let size = Tensor([Float(camera.width), Float(camera.height)])
        let grid = pixels / size * 2 - 1
        let sampled = field.gridSampled(grid.reshaped(1, 1, -1, 2), border: .border).reshaped(-1)
        let inside = (grid.detached().abs().max(1) .< 1).converted(to: .float32)
        return sampled * inside
    }

    // MARK: - Beginning and end

    private func camera(_ evidence: Evidence) -> Camera {
        let (width, height) = (evidence.mask.width, evidence.mask.height)
        // About the field of view of a phone's portrait: 45° across the larger side.
        let focal = 1.2 * Float(max(width, height))
        let intrinsics =
            evidence.intrinsics
            ?? Intrinsics(fx: focal, fy: focal, cx: Float(width) / 2, cy: Float(height) / 2)
        let yUp = AffineTransform(linear: Matrix3(diagonal: Vector3(1, -1, -1)))
        return Camera(
            intrinsics: intrinsics, width: width, height: height, viewMatrix: yUp)
    }

    /// Puts the rig's face on the observed one at the right size, or the body where there is no face.
    private func initialTranslation(_ camera: Camera, _ targets: Targets, _ unknowns: Unknowns)
        -> Tensor
    {
        let (vertices, joints) = model(parameters(unknowns))
        let points: [Vector3]
        let pixels: [Vector2]
        let pair: (Int, Int)
        if let face = targets.face {
            points = Self.vectors(faceLandmarks(vertices))
            pixels = face.observed
            pair = FaceLandmarkEmbedding.eyeCorners
        } else if let body = targets.body {
            points = Self.vectors(joints.indexSelect(0, body.bones))
            pixels = body.observed
            pair = body.farthestPair
        } else {
            return Tensor([0, 0, -2] as [Float])
        }
        let i = camera.intrinsics
        let depth =
            i.fx * (points[pair.0] - points[pair.1]).length
            / max(1, (pixels[pair.0] - pixels[pair.1]).length)
        let middle = (points[pair.0] + points[pair.1]) / 2
        let pixel = (pixels[pair.0] + pixels[pair.1]) / 2
        let place = Vector3(
            (pixel.x - i.cx) / i.fx * depth, -(pixel.y - i.cy) / i.fy * depth, -depth)
        let offset = place - middle
        return Tensor([offset.x, offset.y, offset.z])
    }

    private static func vectors(_ tensor: Tensor) -> [Vector3] {
        let values = tensor.array()
        return (0..<values.count / 3).map {
            Vector3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2])
        }
    }

    private func result(_ unknowns: Unknowns, _ camera: Camera, _ targets: Targets) -> RigFit {
        let p = parameters(unknowns)
        let (vertices, joints) = model(p)
        var shape = AnnyShape()
        for (phenotype, value) in zip(Phenotype.standard, p.phenotypes.array()) {
            shape[phenotype] = value
        }
        shape.localChanges = p.localChanges.array()
        var pose = Pose(boneCount: anny.skeleton.count)
        let turns = Self.vectors(Tensor.cat([unknowns.turn, unknowns.pose]))
        pose.rotations[0] = Quaternion(axisAngle: turns[0])
        for (bone, turn) in zip(Self.posedBones, turns.dropFirst()) {
            pose.rotations[anny.skeleton.index(of: bone.name)!] = Quaternion(axisAngle: turn)
        }
        pose.rootTranslation = Self.vectors(unknowns.translation)[0]

        let faceError = targets.face.map { face in
            ((project(faceLandmarks(vertices), camera) - face.pixels) / face.unit)
                .squared().sum(1).sqrt().mean().item()
        }
        var jointError: Float = 0
        if let body = targets.body {
            let error = project(joints.indexSelect(0, body.bones), camera) - body.pixels
            let distance = error.squared().sum(1).sqrt() * body.weights
            jointError =
                (distance.sum() / body.weights.sum().clamped(min: 1e-6)).item()
                / max(1, targets.height)
        }
        return RigFit(
            camera: camera, shape: shape, pose: pose,
            expression: FaceExpression(weights: unknowns.expression.array()),
            faceLandmarkError: faceError, jointError: jointError)
    }
}
