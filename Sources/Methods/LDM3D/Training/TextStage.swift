import Diffusion
import Spatial
import Torch

/// What the text encoder learns before the diffusion: to say at the end of a caption what it claims, as
/// CLIP's learned what pictures it fits. It stays as it is then, as LDM3D's.
final class TextStage: TrainingStage {
    let encoder: CLIPTextEncoder
    private let tokenizer: BytePairTokenizer
    private let answers: Linear
    private let examples: any RGBDExamples
    private let options: LDM3DTrainingOptions
    private let optimizer: Adam

    init(
        _ options: LDM3DTrainingOptions, examples: any RGBDExamples, encoder: CLIPTextEncoder,
        tokenizer: BytePairTokenizer
    ) {
        (self.options, self.examples, self.encoder) = (options, examples, encoder)
        self.tokenizer = tokenizer
        answers = Linear(
            encoder.configuration.channels, examples.claimCounts.reduce(0, +),
            using: RandomGenerator(seed: SplitMix.mix(options.seed, 3)))
        optimizer = Adam(
            encoder.parameters + answers.parameters, learningRate: options.text.learningRate)
    }

    var name: String { "text encoder" }
    var steps: Int { examples.claimCounts.isEmpty ? 0 : options.text.steps }

    func advance(_ step: Int) throws -> KeyValuePairs<String, Double> {
        let schedule = LearningRateSchedule.cosine(steps: max(steps - 50, 1), end: 0.02)
            .warmedUp(50, from: 0.1)
        optimizer.setLearningRates(schedule, step: step)
        optimizer.zeroGrad()
        let (loss, right) = evaluate(at: step * options.text.batch, count: options.text.batch)
        try loss.backward()
        GradientClipping.limitNorm(encoder.parameters, to: 1)
        optimizer.step()
        return ["wrong answers": Double(loss.item()), "share wrong": 1 - right]
    }

    /// The loss over some captions, and the share of those that are understood whole.
    private func evaluate(at first: Int, count: Int) -> (loss: Tensor, right: Double) {
        let claims = (first..<first + count).map(examples.claims)
        let prompts = claims.map { tokenizer.prompt($0.caption) }
        let tokens = Tensor.cat(prompts.map(\.tensor), 0)
        let states = encoder.encode(tokens)
        let scores = answers(encoder.pooled(states, of: tokens))
            .split(examples.claimCounts, 1)
        var loss = Tensor(0 as Float)
        var isRight = Tensor.ones([count], dtype: .bool)
        for (question, scores) in scores.enumerated() {
            let wanted = Tensor(claims.map { $0.answers[question] })
            loss = loss + scores.crossEntropyLoss(wanted)
            isRight = isRight .& (scores.detached().argmax(1) .== wanted)
        }
        return (loss, Double(isRight.converted(to: .float32).mean().item()))
    }

    /// The share of captions that are understood whole, of those never seen.
    func accuracy(count: Int = 500) -> Double {
        noGrad { evaluate(at: 1 << 40, count: count).right }
    }

    var state: StateDictionary {
        encoder.stateDictionary.addingPrefix("encoder.")
            .merging(answers.stateDictionary.addingPrefix("answers."))
            .merging(optimizer.state.addingPrefix("optimizer."))
    }

    func load(_ state: StateDictionary) throws {
        try encoder.load(state.removingPrefix("encoder."))
        try answers.load(state.removingPrefix("answers."))
        try optimizer.load(state.removingPrefix("optimizer."))
    }

    func preview() throws -> Image? { nil }
}
