import Avatars
import Foundation
import Spatial
import Splatting
import Torch

/// Makes the Gaussians look like the photograph: moves, sizes and colours them by gradient descent
/// through the rasteriser, in the photograph's view.
///
/// The background is a new colour at each step, in the target as in the rendering, so that only
/// Gaussians can make the person and none hides outside of it. What the photograph does not show gets
/// no gradient and keeps its paint. Centres are held near the shell and sizes near the spacing of
/// the seeds, so that other views stay closed.
struct Training {
    /// How much of the optimisation to do.
    var steps: Int

    /// Which Gaussians training changes.
    struct Scope {
        /// Those that the photograph shows: centres, sizes and opacities.
        var isSeen: [Bool]
        /// Those whose colours change.
        var isPaintable: [Bool]
    }

    /// - Parameters:
    ///   - cloud: the Gaussians as posed in the photograph, with their first colours.
    ///   - scope: which Gaussians change.
    ///   - views: the photograph at the sizes that are trained at in turn, and how much each pixel
    ///     counts. One size alone would be matched between pixels or beyond it by chance only.
    ///   - seed: what the backgrounds are drawn from.
    ///   - progress: called with the number of steps done and the loss.
    /// - Returns: the cloud after training.
    func run(
        _ cloud: GaussianCloud, _ scope: Scope, views: [(photo: WorkingView, weights: [Float])],
        seed: UInt64,
        progress: (_ step: Int, _ loss: Float) throws -> Void
    ) throws -> GaussianCloud {
        let count = cloud.count
        guard count > 0, case .display(let colours) = cloud.colours else { return cloud }
        let pixel = pixelSize(cloud, views[0].photo)

        let means = Tensor(cloud.means, shape: [count, 3])
        let logScales = Tensor(cloud.logScales, shape: [count, 3])
        let quaternions = Tensor(cloud.quaternions, shape: [count, 4])
        let firstLogits = Tensor(cloud.opacityLogits, shape: [count])
        let move = Tensor.zeros([count, 3]).requiringGrad()
        let growth = Tensor.zeros([count, 1]).requiringGrad()
        let logits = firstLogits.cloned().requiringGrad()
        let paint = Tensor(colours, shape: [count, 3]).requiringGrad()

        let targets = views.map { Target($0.photo, weights: $0.weights) }
        let optimiser = Adam([
            ParameterGroup([move], name: "move", learningRate: 0.15),
            ParameterGroup([growth], name: "growth", learningRate: 0.02),
            ParameterGroup([logits], name: "logits", learningRate: 0.02),
            ParameterGroup([paint], name: "paint", learningRate: 0.02),
        ])
        // A hidden Gaussian shines through what covers it by a hundredth. That is no evidence of its
        // colour, but Adam would follow it all the same.
        let seen = Tensor(scope.isSeen.map { $0 ? Float(1) : 0 }, shape: [count, 1])
        let paintable = Tensor(scope.isPaintable.map { $0 ? Float(1) : 0 }, shape: [count, 1])
        let rasterise = GaussianRasterisation()
        var random = SplitMix(seed: seed)
        for step in 0..<steps {
            optimiser.setLearningRates(.cosine(steps: steps, end: 0.1), step: step)
            optimiser.zeroGrad()
            let view = targets[step % targets.count]
            let background = Vector3(random.uniform(), random.uniform(), random.uniform())
            let output = rasterise(
                GaussianRasterisation.Gaussians(
                    means: means + move * pixel, logScales: logScales + growth,
                    quaternions: quaternions, opacityLogits: logits, colours: paint),
                camera: view.camera, settings: RenderSettings(background: background))
            let behind = Tensor([background.x, background.y, background.z]).reshaped(3, 1, 1)
            let target = view.image * view.mask + behind * (1 - view.mask)
            var loss = PhotometricLoss.evaluate(output.image, target, weights: view.weights)
            loss = loss + 0.002 * move.squared().mean()
            loss = loss + 0.02 * growth.squared().mean()
            loss = loss + 0.0005 * (logits - firstLogits).squared().mean()
            try loss.backward()
            for parameter in [move, growth] { parameter.grad?.multiplyInPlace(seen) }
            paint.grad?.multiplyInPlace(paintable)
            logits.grad?.multiplyInPlace(seen.squeezed(1))
            optimiser.step()
            noGrad {
                paint.clampInPlace(min: 0, max: 1)
                growth.clampInPlace(min: -0.5, max: 0.5)
            }
            try progress(step + 1, loss.item())
        }
        return noGrad {
            GaussianCloud(
                means: (means + move * pixel).array(), logScales: (logScales + growth).array(),
                quaternions: cloud.quaternions, opacityLogits: logits.array(),
                colours: .display(paint.array()))
        }
    }

    /// A view as tensors.
    private struct Target {
        let camera: Camera
        /// [3, H, W].
        let image: Tensor
        /// [H, W].
        let mask: Tensor
        let weights: Tensor

        init(_ photo: WorkingView, weights: [Float]) {
            camera = photo.camera
            let (width, height) = (camera.width, camera.height)
            image = Tensor(photo.image.samples, shape: [3, height, width])
            mask = Tensor(
                Array(photo.mask.samples.prefix(width * height)), shape: [height, width])
            self.weights = Tensor(weights, shape: [height, width])
        }
    }

    /// The size of a pixel at the person's distance, metres.
    private func pixelSize(_ cloud: GaussianCloud, _ photo: WorkingView) -> Float {
        let count = cloud.count
        let middle = (0..<count).reduce(Vector3.zero) { sum, i in
            sum + Vector3(cloud.means[3 * i], cloud.means[3 * i + 1], cloud.means[3 * i + 2])
        }
        return photo.camera.project(middle / Float(count)).depth / photo.camera.intrinsics.fx
    }
}
