/// How to sample with a network: what it was trained on, and the solver. A diffusers folder has it as
/// `scheduler/scheduler_config.json`.
public struct SchedulerConfiguration: Equatable, Sendable {
    /// The solver and what only it has to know.
    public enum Solver: Equatable, Sendable {
        case ddpm(DDPMScheduler.Options)
        case ddim(DDIMScheduler.Options)
        case pndm(PNDMScheduler.Options)
        case euler(EulerScheduler.Options)
        case eulerAncestral
        case dpmSolver(DPMSolverScheduler.Options)
    }

    /// The solvers by the names that users give.
    public enum SolverName: String, CaseIterable, Sendable {
        case ddpm
        case ddim
        case pndm
        case euler
        case eulerAncestral = "euler-ancestral"
        case dpmSolver = "dpm++"

        /// The name of the class in diffusers.
        public var className: String {
            switch self {
            case .ddpm: "DDPMScheduler"
            case .ddim: "DDIMScheduler"
            case .pndm: "PNDMScheduler"
            case .euler: "EulerDiscreteScheduler"
            case .eulerAncestral: "EulerAncestralDiscreteScheduler"
            case .dpmSolver: "DPMSolverMultistepScheduler"
            }
        }
    }

    public var solver: Solver
    public var schedule: NoiseSchedule
    public var prediction: PredictionType
    public var spacing: TimestepSpacing
    /// What `TimestepSpacing.leading` adds to each timestep.
    public var stepsOffset: Int

    public init(
        _ solver: Solver, schedule: NoiseSchedule, prediction: PredictionType = .epsilon,
        spacing: TimestepSpacing = .leading, stepsOffset: Int = 0
    ) {
        (self.solver, self.schedule, self.prediction) = (solver, schedule, prediction)
        (self.spacing, self.stepsOffset) = (spacing, stepsOffset)
    }

    /// A solver for that many steps.
    ///
    /// - Parameter eta: the share of noise that DDIM adds, 0…1; the others do not know it.
    /// - Throws: `DiffusionError.input` where the training steps do not bear so many, or the solver
    ///   cannot do with so few.
    public func scheduler(steps: Int, eta: Double = 0) throws(DiffusionError) -> any Scheduler {
        var least = 1
        if case .pndm(let options) = solver, !options.skipsRungeKutta { least = 4 }
        guard steps >= least && steps <= schedule.steps else {
            throw .input(
                name: "number of steps", found: "\(steps)",
                expected: "one from \(least) to \(schedule.steps)")
        }
        if eta != 0 {
            guard case .ddim = solver, 0...1 ~= eta else {
                throw .input(
                    name: "share of noise eta", found: "\(eta)",
                    expected: "0 to 1 for DDIM, and 0 for the other solvers")
            }
        }
        let scheduler = makeScheduler(steps, eta)
        // Timesteps that are logarithms of sigmas look nothing up.
        if case .euler(let options) = solver, options.hasContinuousTimesteps { return scheduler }
        guard scheduler.timesteps.allSatisfy({ 0...Double(schedule.steps - 1) ~= $0 }) else {
            throw .input(
                name: "number of steps", found: "\(steps), which leads out of the training's",
                expected: "fewer than its \(schedule.steps)")
        }
        return scheduler
    }

    private func makeScheduler(_ steps: Int, _ eta: Double) -> any Scheduler {
        let whole = spacing.timesteps(steps, of: schedule.steps, offset: stepsOffset)
        switch solver {
        case .ddpm(let options):
            return DDPMScheduler(
                schedule, prediction: prediction, options: options, timesteps: whole)
        case .ddim(let options):
            return DDIMScheduler(
                schedule, prediction: prediction, options: options, timesteps: whole, steps: steps,
                eta: eta)
        case .pndm(let options):
            return PNDMScheduler(
                schedule, prediction: prediction, options: options, descending: whole, steps: steps)
        case .euler(let options):
            return EulerScheduler(
                schedule, prediction: prediction, spacing: spacing, offset: stepsOffset,
                options: options, isAncestral: false, steps: steps)
        case .eulerAncestral:
            return EulerScheduler(
                schedule, prediction: prediction, spacing: spacing, offset: stepsOffset,
                options: EulerScheduler.Options(), isAncestral: true, steps: steps)
        case .dpmSolver(let options):
            return DPMSolverScheduler(
                schedule, prediction: prediction, spacing: spacing, offset: stepsOffset,
                options: options, steps: steps)
        }
    }
}
