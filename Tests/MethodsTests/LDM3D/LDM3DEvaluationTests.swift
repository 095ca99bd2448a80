import Foundation
import Spatial
import Testing
import Torch

@testable import Methods

/// The measuring itself, on the model that comes along; `likeness eval ldm3d` takes minutes because its
/// recogniser learns longer.
@Suite(.serialized) struct LDM3DEvaluationTests {
    private let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Sources/Methods/Resources/ldm3d-small").standardized

    @Test func measuresTheAutoencoderAndTheSamples() throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("recogniser-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        let recogniser = try SceneRecogniser.trained(seed: 1, scenes: 512, steps: 60) { _ in }
        try recogniser.stateDictionary.write(safetensors: file, overwrite: false)
        var evaluation = try LDM3DEvaluation(model: model)
        (evaluation.samples, evaluation.scenes, evaluation.steps) = (6, 24, 4)
        evaluation.recogniserFile = file
        let (figures, sheet) = try evaluation.run(listener: SilentListener())
        // What does not depend on how well the recogniser reads.
        #expect(figures.autoencoder.psnr > 29)
        #expect((0.001..<0.03).contains(figures.autoencoder.absoluteRelative))
        #expect((0.01..<0.4).contains(figures.autoencoder.rootMeanSquareMetres))
        #expect(figures.samples.count == 6)
        // Depth and colours are of one scene, roughly read: walls and floor are right.
        #expect((0..<0.3).contains(figures.samples.absoluteRelative))
        #expect((0...1).contains(figures.samples.followsCaption))
        // Four steps do not give what the autoencoder keeps.
        #expect(figures.samples.featureDistance > figures.autoencoder.featureDistance)
        #expect(sheet.width > 64 && sheet.height >= 64)
        let again = try evaluation.run(listener: SilentListener()).0
        #expect(again.samples.absoluteRelative == figures.samples.absoluteRelative)
    }

    @Test func theRecogniserReadsBetterThanChance() throws {
        let recogniser = try SceneRecogniser.trained(seed: 2, scenes: 1024, steps: 150) { _ in }
        let set = ShapeScenes(seed: 99, count: 100, isComplete: true)
        let images = try set.examples(Array(0..<100)).tensor.narrow(1, 0, 3)
        let found = recogniser.scenes(images)
        var (colours, solids) = (0, 0)
        for (index, scene) in found.enumerated() {
            let truth = set.scene(index).scene
            guard scene.solids.count == truth.solids.count else { continue }
            solids += truth.solids.count
            colours += zip(scene.solids, truth.solids).count { $0.colour == $1.colour }
        }
        // One colour of eight would be chance.
        #expect(solids > 100 && Double(colours) > 0.4 * Double(solids), "\(colours) of \(solids)")
    }
}
