import Foundation
import Testing
import Torch

@testable import Diffusion

/// Whole trajectories against diffusers (scripts/fixtures/diffusion_schedulers.py).
@Suite struct SchedulerTests {
    struct Case: Decodable, CustomTestStringConvertible {
        let name, configuration: String
        let steps, begin, channels: Int
        let eta: Double
        let rederives: Bool
        /// The solver to take instead of the configuration's.
        let solver: String?
        var testDescription: String { name }
    }

    static let cases = try! JSONDecoder().decode(
        [Case].self, from: Data(contentsOf: fixture("schedulers", "json")))

    /// The network of the script.
    private func network(_ x: Tensor, _ timestep: Double, channels: Int) -> Tensor {
        let time = timestep / 1000
        let output = 0.8 * (1.3 * x + 2 * time).sin() + 0.3 * x * x.tanh() - 0.2 * time
        return channels == 6 ? .cat([output, output.sigmoid() * 0.3], 1) : output
    }

    private func configuration(
        _ text: String, as solver: String? = nil
    ) throws -> SchedulerConfiguration {
        let name = try solver.map { try #require(SchedulerConfiguration.SolverName(rawValue: $0)) }
        return try withFile(text) { try SchedulerConfiguration(contentsOf: $0, as: name) }
    }

    @Test(arguments: cases) func agreesWithDiffusers(_ expected: Case) throws {
        let fixture = try StateDictionary(safetensors: fixture("schedulers", "safetensors"))
        var configuration = try configuration(expected.configuration, as: expected.solver)
        if case .ddim(var options) = configuration.solver {
            options.rederivesNoise = expected.rederives
            configuration.solver = .ddim(options)
        }
        let scheduler = try configuration.scheduler(steps: expected.steps, eta: expected.eta)
        let timesteps = fixture["\(expected.name)/timesteps"]!.array(of: Double.self)
        #expect(scheduler.timesteps.count == timesteps.count)
        let differences = zip(scheduler.timesteps, timesteps).map { abs($0 - $1) }
        #expect(differences.allSatisfy { $0 < 2e-3 }, "\(scheduler.timesteps)")
        let sigma = fixture["\(expected.name)/sigma"]!.item(as: Double.self)
        #expect(abs(scheduler.initialNoiseSigma / sigma - 1) < 1e-6)

        let (noise, clean) = (fixture["noise"]!, fixture["clean"]!)
        let middle = scheduler.timesteps[scheduler.timesteps.count / 2]
        let noisy = scheduler.addNoise(clean, noise: noise, timestep: middle)
        expectClose(noisy, fixture["\(expected.name)/noisy"]!, "noisy")

        // Twice: the second run must not see the first.
        for _ in 0..<2 {
            scheduler.begin(at: expected.begin)
            let generator = RandomGenerator(seed: 11)
            var sample =
                expected.begin > 0
                ? scheduler.addNoise(
                    clean, noise: noise, timestep: scheduler.timesteps[expected.begin])
                : noise * scheduler.initialNoiseSigma
            var samples = [sample]
            for timestep in scheduler.timesteps[expected.begin...] {
                let input = scheduler.scaleModelInput(sample, timestep: timestep)
                sample = scheduler.step(
                    prediction: network(input, timestep, channels: expected.channels),
                    timestep: timestep, sample: sample, generator: generator)
                samples.append(sample)
            }
            expectClose(.stack(samples), fixture["\(expected.name)/samples"]!, "samples")
        }
    }

    /// Whether both agree to 1e-4 of the size that samples have at each step: 1 in the end, up to 4096
    /// where Euler's begin.
    private func expectClose(_ a: Tensor, _ b: Tensor, _ name: String) {
        #expect(a.shape == b.shape, "\(name)")
        guard a.shape == b.shape else { return }
        let size = b.abs().flattened(1).max(1).clamped(min: 1)
        let error = ((a - b).abs().flattened(1).max(1) / size).max().item()
        #expect(error < 1e-4, "\(name) off by \(error)")
    }

    @Test(arguments: BetaCurve.allCases, [false, true])
    func noiseSchedulesAreThoseOfDiffusers(curve: BetaCurve, zero: Bool) throws {
        let fixture = try StateDictionary(safetensors: fixture("schedulers", "safetensors"))
        let schedule = NoiseSchedule(curve, zeroTerminalSNR: zero)
        let expected = fixture["alphas/\(curve.rawValue)\(zero ? "-zero" : "")"]!.array()
        let error = zip(schedule.alphasCumulative, expected).map { abs($0 - $1) }.max()!
        #expect(schedule.steps == expected.count && error < 1e-7)
        #expect(!zero || schedule.alphasCumulative.last == 0)
    }

    @Test func trainingAddsNoiseToEachItem() throws {
        let fixture = try StateDictionary(safetensors: fixture("schedulers", "safetensors"))
        let schedule = NoiseSchedule(.scaledLinear, from: 0.00085, to: 0.012)
        let (noise, clean) = (fixture["noise"]!, fixture["clean"]!)
        let timesteps = fixture["training/timesteps"]!
        expectClose(
            schedule.addNoise(clean, noise: noise, timesteps: timesteps),
            fixture["training/noisy"]!, "noisy")
        expectClose(
            schedule.velocity(sample: clean, noise: noise, timesteps: timesteps),
            fixture["training/velocity"]!, "velocity")
        // LDM3D's: the first and last values of its schedule.
        #expect(abs(schedule.alphasCumulative[0] - 0.99915) < 1e-6)
        #expect(abs(schedule.alphasCumulative[999] - 0.0046601) < 1e-6)
        #expect(abs(schedule.signalToNoise(at: 999) - 0.0046601 / 0.9953399) < 1e-6)
    }

    @Test func halfPrecisionStaysInItsType() throws {
        let x = Tensor.normal([1, 4, 4, 4]).converted(to: .bfloat16)
        for expected in Self.cases where expected.channels == 3 && expected.begin == 0 {
            let scheduler = try configuration(expected.configuration, as: expected.solver)
                .scheduler(steps: expected.steps)
            let timestep = scheduler.timesteps[0]
            let result = scheduler.step(
                prediction: x, timestep: timestep, sample: x, generator: nil)
            #expect(result.dtype == .bfloat16 && result.shape == x.shape, "\(expected.name)")
        }
    }

    @Test func anotherSolverTakesOverTheTraining() throws {
        let text = #"""
            {"_class_name": "PNDMScheduler", "beta_end": 0.012, "beta_schedule": "scaled_linear",
            "beta_start": 0.00085, "clip_sample": false, "num_train_timesteps": 1000,
            "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1,
            "trained_betas": null}
            """#
        let pndm = try configuration(text)
        #expect(pndm.solver == .pndm(.init(skipsRungeKutta: true)))
        #expect(pndm.spacing == .leading && pndm.stepsOffset == 1)
        for name in SchedulerConfiguration.SolverName.allCases {
            let other = try withFile(text) { try SchedulerConfiguration(contentsOf: $0, as: name) }
            #expect(other.schedule == pndm.schedule)
            #expect(try other.scheduler(steps: 10).timesteps.count >= 10)
        }
        let ddim = try withFile(text) { try SchedulerConfiguration(contentsOf: $0, as: .ddim) }
        #expect(ddim.solver == .ddim(.init(limit: .none, endsClean: false)))
        let euler = try withFile(text) { try SchedulerConfiguration(contentsOf: $0, as: .euler) }
        #expect(euler.spacing == .linspace)
    }

    @Test(arguments: [
        ("DDIMScheduler", #""steps_offset": "one""#, "steps_offset"),
        ("DDIMScheduler", #""beta_schedule": "cubic""#, "cubic"),
        ("DDIMScheduler", #""beta_start": -0.1"#, "beta_start"),
        ("DDIMScheduler", #""num_train_timesteps": 1000000000000"#, "num_train_timesteps"),
        ("DDIMScheduler", #""trained_betas": [0.1, 0.2]"#, "trained_betas"),
        ("DDIMScheduler", #""prediction_type": "flow""#, "flow"),
        ("DDIMScheduler", #""colour": "blue""#, "colour"),
        ("DDPMScheduler", #""variance_type": "fixed_large_log""#, "variance_type"),
        ("PNDMScheduler", #""prediction_type": "sample""#, "prediction_type"),
        ("PNDMScheduler", #""rescale_betas_zero_snr": true"#, "rescale_betas_zero_snr"),
        ("EulerDiscreteScheduler", #""use_beta_sigmas": true"#, "use_beta_sigmas"),
        ("EulerDiscreteScheduler", #""sigma_min": 0"#, "sigma_min"),
        (
            "EulerDiscreteScheduler",
            #""use_karras_sigmas": true, "use_exponential_sigmas": true"#, "one spacing"
        ),
        ("DPMSolverMultistepScheduler", #""solver_order": 4"#, "solver_order"),
        ("DPMSolverMultistepScheduler", #""use_flow_sigmas": true"#, "use_flow_sigmas"),
        ("DPMSolverMultistepScheduler", #""algorithm_type": "dpmsolver""#, "final_sigmas_type"),
        ("DPMSolverMultistepScheduler", #""variance_type": "learned""#, "variance_type"),
        ("HeunDiscreteScheduler", #""beta_start": 0.1"#, "HeunDiscreteScheduler"),
    ])
    func whatCannotBeHonouredIsRefusedByName(name: String, setting: String, word: String) throws {
        let error = try #require(throws: DiffusionError.self) {
            _ = try configuration(#"{"_class_name": "\#(name)", \#(setting)}"#)
        }
        #expect(error.description.contains(word))
        #expect(error.description.hasSuffix(".") && !error.description.contains("\n"))
    }

    @Test func stepsThatCannotBeTakenAreErrors() throws {
        let ddim = try configuration(#"{"_class_name": "DDIMScheduler", "steps_offset": 1}"#)
        let pndm = try configuration(#"{"_class_name": "PNDMScheduler"}"#)
        for (configuration, steps) in [
            (ddim, 0), (ddim, -5), (ddim, 1001), (ddim, 1000), (pndm, 3), (pndm, Int.max),
        ] {
            let error = try #require(throws: DiffusionError.self) {
                _ = try configuration.scheduler(steps: steps)
            }
            #expect(error.description.contains("\(steps)"))
        }
        #expect(try ddim.scheduler(steps: 999).timesteps.first == 999)
    }
}
