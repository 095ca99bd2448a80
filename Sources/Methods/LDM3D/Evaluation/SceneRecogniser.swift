import Foundation
import Spatial
import Torch

/// Reads a `ShapeScene` out of a picture's colours: a small network trained on generated scenes, with
/// which pictures that a model made are judged. It never sees depth.
final class SceneRecogniser: Module {
    private let convolutions: [Conv2d]
    private let norms: [GroupNorm]
    private let hidden: Linear
    private let output: Linear

    private static let (shapes, colours) = (
        ShapeScene.Shape.allCases.count, ShapeScene.Colour.allCases.count
    )
    /// Counts, then for each of two solids shape, colour and four measures, then the floor.
    private static let parts =
        [2] + [shapes, colours, 4] + [shapes, colours, 4] + [ShapeScene.Floor.allCases.count]

    /// The length of `features`.
    static let featureCount = 128

    init(using generator: RandomGenerator) {
        let channels = [3, 24, 48, 64, 96]
        convolutions = zip(channels, channels.dropFirst()).map {
            Conv2d($0, $1, kernel: 4, stride: 2, padding: 1, using: generator)
        }
        norms = channels.dropFirst().map { GroupNorm(8, $0) }
        hidden = Linear(96 * 16, Self.featureCount, using: generator)
        output = Linear(Self.featureCount, Self.parts.reduce(0, +), using: generator)
    }

    var members: ModuleMembers {
        [
            "convolutions": .modules(convolutions), "norms": .modules(norms),
            "hidden": .module(hidden), "output": .module(output),
        ]
    }

    /// What the last layer but one says of RGB images [B, 3, 64, 64] in −1…1: [B, 128]. Two sets of
    /// pictures can be compared by it.
    func features(_ images: Tensor) -> Tensor {
        var x = images.channelsLast()
        for (convolution, norm) in zip(convolutions, norms) { x = norm(convolution(x)).relu() }
        return hidden(x.contiguous().flattened(1)).relu()
    }

    private func scores(_ images: Tensor) -> [Tensor] {
        output(features(images)).split(Self.parts, 1)
    }

    /// What the images show; colours of walls and light are not recognised.
    func scenes(_ images: Tensor) -> [ShapeScene] {
        noGrad {
            let scores = scores(images)
            func best(_ part: Int) -> [Int] { scores[part].argmax(1).array(of: Int.self) }
            let counts = best(0)
            let solids = [1, 4].map { part in
                (best(part), best(part + 1), scores[part + 2].array())
            }
            let floors = best(7)
            return counts.indices.map { i in
                let found = solids.prefix(counts[i] + 1).map { shapes, colours, measures in
                    Self.solid(shapes[i], colours[i], Array(measures[4 * i..<4 * i + 4]))
                }
                return ShapeScene(
                    found.sorted { $0.x < $1.x }, floor: ShapeScene.Floor.allCases[floors[i]])
            }
        }
    }

    /// The loss for scenes that are known.
    func loss(_ images: Tensor, _ scenes: [ShapeScene]) -> Tensor {
        let scores = scores(images)
        func numbers(_ value: (ShapeScene) -> Int) -> Tensor { Tensor(scenes.map(value)) }
        var loss = scores[0].crossEntropyLoss(numbers { $0.solids.count - 1 })
        loss =
            loss
            + scores[7].crossEntropyLoss(
                numbers { ShapeScene.Floor.allCases.firstIndex(of: $0.floor)! })
        for (slot, part) in [(0, 1), (1, 4)] {
            let present = scenes.indices.filter { scenes[$0].solids.count > slot }
            guard !present.isEmpty else { continue }
            let rows = Tensor(present)
            let solids = present.map { scenes[$0].solids[slot] }
            let share = Double(present.count) / Double(scenes.count)
            let shape = scores[part].indexSelect(0, rows).crossEntropyLoss(
                Tensor(solids.map { ShapeScene.Shape.allCases.firstIndex(of: $0.shape)! }))
            let colour = scores[part + 1].indexSelect(0, rows).crossEntropyLoss(
                Tensor(solids.map { ShapeScene.Colour.allCases.firstIndex(of: $0.colour)! }))
            let measures = scores[part + 2].indexSelect(0, rows).smoothL1Loss(
                Tensor(solids.flatMap(Self.measures), shape: [solids.count, 4]), beta: 0.05)
            loss = loss + share * (shape + colour + 4 * measures)
        }
        return loss
    }

    private static func measures(_ solid: ShapeScene.Solid) -> [Float] {
        [solid.x, solid.z, 4 * (solid.radius - 0.45), solid.yaw]
    }

    private static func solid(_ shape: Int, _ colour: Int, _ measures: [Float]) -> ShapeScene.Solid
    {
        ShapeScene.Solid(
            ShapeScene.Shape.allCases[shape], ShapeScene.Colour.allCases[colour],
            radius: min(max(0.45 + measures[2] / 4, 0.2), 0.8), x: measures[0], z: measures[1],
            yaw: measures[3])
    }
}

// MARK: Training

extension SceneRecogniser {
    /// Learns from generated scenes of its own, with noise and blur on them so that a picture is not
    /// judged by its last details.
    ///
    /// - Parameter progress: called with the number of steps that are done.
    static func trained(
        seed: UInt64, scenes count: Int = 8000, steps: Int = 900,
        progress: (Int) throws -> Void
    ) throws -> SceneRecogniser {
        let generator = RandomGenerator(seed: seed)
        let recogniser = SceneRecogniser(using: generator)
        let set = ShapeScenes(seed: SplitMix.mix(seed, 77), count: count, isComplete: true)
        let (images, scenes) = try pictures(set, 0..<count)
        let optimizer = Adam(recogniser.parameters, learningRate: 2e-3, betas: (0.9, 0.99))
        let schedule = LearningRateSchedule.cosine(steps: steps, end: 0.01)
        var order = ShuffledOrder(count: count, seed: seed)
        for step in 0..<steps {
            optimizer.setLearningRates(schedule, step: step)
            let batch = order.batch(step, of: 64)
            var input = images.indexSelect(0, Tensor(batch)).converted(to: .float32) / 127.5 - 1
            if step % 2 == 1 {
                input = input.avgPool2d(3, stride: 1, padding: 1, countsPadding: false)
            }
            let noise = Tensor.normal(input.shape, using: generator)
            let strength = Tensor.uniform([64, 1, 1, 1], in: 0..<0.08, using: generator)
            optimizer.zeroGrad()
            try recogniser.loss(input + noise * strength, batch.map { scenes[$0] }).backward()
            optimizer.step()
            try progress(step + 1)
        }
        return recogniser
    }

    /// Scenes and their colours as bytes: [N, 3, 64, 64].
    private static func pictures(
        _ set: ShapeScenes, _ range: Range<Int>
    ) throws -> (Tensor, [ShapeScene]) {
        var parts: [Tensor] = []
        for first in stride(from: range.lowerBound, to: range.upperBound, by: 256) {
            let indices = Array(first..<min(first + 256, range.upperBound))
            let images = try set.examples(indices).tensor.narrow(1, 0, 3)
            parts.append(((images + 1) * 127.5).round().converted(to: .uint8))
        }
        return (.cat(parts), range.map { set.scene($0).scene })
    }
}
