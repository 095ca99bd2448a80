import Diffusion
import Foundation
import Testing
import Torch

@testable import Methods

@Suite struct LDM3DParityTests {
    static func load(_ run: PipelineFixture.Run) throws -> LDM3D {
        let solver = SchedulerConfiguration.SolverName.allCases.first { $0.className == run.solver }
        return try LDM3D(contentsOf: PipelineFixture.model(run.model), scheduler: solver)
    }

    @Test(arguments: PipelineFixture.runs)
    func makesWhatDiffusersMakes(_ run: PipelineFixture.Run) throws {
        let fixture = try PipelineFixture()
        let model = try Self.load(run)
        let options = fixture.options(run)
        var samples: [LDM3D.Sample] = []
        try model.generate(run.prompt, options: options) { samples.append($0) }
        #expect(samples.map(\.index) == Array(0..<options.count))
        let embedding = try model.embedding(of: run.prompt, negativePrompt: run.negative)
        let textError = max(
            greatestDifference(embedding.prompt, fixture["\(run.name)/prompt"]),
            greatestDifference(embedding.negativePrompt, fixture["\(run.name)/negative"]))
        #expect(textError <= 1e-4, "the embeddings are off by \(textError)")
        let latents = Tensor.cat(samples.map(\.latents))
        let decoded = Tensor.cat(samples.map(\.decoded))
        let latentError = greatestDifference(latents, fixture["\(run.name)/latents"])
        let imageError = greatestDifference(decoded, fixture["\(run.name)/decoded"])
        #expect(latentError <= 1e-4, "latents are off by \(latentError)")
        #expect(imageError <= 1e-4, "the image is off by \(imageError)")
    }

    @Test func seedsAreThoseOfTorch() throws {
        // Pictures of a batch are those that each would be alone.
        let run = try #require(PipelineFixture.runs.first { $0.name == "ddim-6-seeds" })
        let fixture = try PipelineFixture()
        let model = try Self.load(run)
        var options = fixture.options(run)
        options.seed = 42
        options.count = 1
        var alone: LDM3D.Sample?
        try model.generate(run.prompt, options: options) { alone = $0 }
        let expected = fixture["ddim-6-seeds/latents"].narrow(0, 1, 1)
        #expect(greatestDifference(try #require(alone).latents, expected) < 1e-4)
    }

    @Test(arguments: [(6, DepthPacking.bytes), (4, .single)])
    func depthHasAllItsBits(_ channels: Int, _ packing: DepthPacking) throws {
        let fixture = try PipelineFixture()
        let image = RGBDImage(decoded: fixture["depth/\(channels)"], packing: packing)
        let expected = fixture["depth/\(channels)/expected"].array(of: Int32.self)
        let depth = try #require(image.depth)
        #expect(depth.map(Int32.init) == expected)
        // Not 8 bits in disguise.
        #expect(Set(depth.map { $0 & 255 }).count > 100 && Set(depth.map { $0 >> 8 }).count > 100)
    }

    @Test(arguments: [DepthPacking.bytes, .single])
    func everyDepthSurvivesPacking(_ packing: DepthPacking) {
        let all = (0...65535).map(UInt16.init)
        let planes = [Float](repeating: 0, count: 3 * all.count) + packing.planes(of: all)
        #expect(planes.count == packing.channels * all.count)
        #expect(planes.allSatisfy { -1...1 ~= $0 })
        planes.withUnsafeBufferPointer { #expect(packing.depth(of: $0) == all) }
    }

    @Test func whatIsNoNumberIsClamped() {
        let samples: [Float] = [0, 0, 0, .nan, 0, 0, 0, .infinity, 0, 0, 0, -7, 0, 0, 0, 3]
        for (pixel, expected) in [(0, UInt16(0)), (1, 65535), (2, 0), (3, 65535)] {
            let one = Array(samples[4 * pixel..<4 * pixel + 4])
            one.withUnsafeBufferPointer {
                #expect(DepthPacking.single.depth(of: $0) == [expected])
            }
        }
        #expect(DepthPacking(channels: 5) == nil)
    }
}
