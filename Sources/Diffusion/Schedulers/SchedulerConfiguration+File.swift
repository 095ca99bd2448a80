import Foundation

extension SchedulerConfiguration {
    /// Reads diffusers' `scheduler_config.json`.
    ///
    /// - Parameter name: the solver to take instead of the file's, with what the file says about
    ///   training and the settings that both know.
    /// - Throws: `DiffusionError` where there is no such file, or it asks for what is not there.
    public init(contentsOf url: URL, as name: SolverName? = nil) throws(DiffusionError) {
        try self.init(Configuration(contentsOf: url), as: name)
    }

    /// Reads a configuration that is open; every key is honoured or refused by name, except that
    /// settings of another solver say nothing.
    public init(_ file: Configuration, as name: SolverName? = nil) throws(DiffusionError) {
        let stated = file.value("_class_name")
        let name = if let name { name } else { try Self.solverName(stated, file) }
        let hasOwnSigmas = [.euler, .eulerAncestral, .dpmSolver].contains(name)
        prediction = try Self.prediction(file, name)
        spacing = try file.choice("timestep_spacing", hasOwnSigmas ? .linspace : .leading)
        stepsOffset = try file.integer("steps_offset", 0)
        schedule = try Self.schedule(file, name)
        switch name {
        case .ddpm:
            solver = .ddpm(
                .init(
                    variance: try file.choice("variance_type", .fixedSmall),
                    limit: try Self.limit(file, clips: true)))
        case .ddim:
            solver = .ddim(
                .init(
                    limit: try Self.limit(file, clips: true),
                    endsClean: try file.boolean("set_alpha_to_one", true)))
        case .pndm:
            solver = .pndm(
                .init(
                    skipsRungeKutta: try file.boolean("skip_prk_steps", false),
                    endsClean: try file.boolean("set_alpha_to_one", false)))
        case .euler: solver = .euler(try Self.euler(file))
        case .eulerAncestral: solver = .eulerAncestral
        case .dpmSolver: solver = .dpmSolver(try Self.dpmSolver(file))
        }
        for key in Self.keysOfAnySolver { _ = file.value(key) }
        try file.finish()
    }

    /// What diffusers' classes of the six solvers know, apart from what all do.
    private static let keysOfAnySolver = [
        "algorithm_type", "clip_sample", "clip_sample_range", "dynamic_thresholding_ratio",
        "euler_at_final", "final_sigmas_type", "flow_shift", "interpolation_type",
        "lambda_min_clipped", "lower_order_final", "rescale_betas_zero_snr", "sample_max_value",
        "set_alpha_to_one", "sigma_max", "sigma_min", "skip_prk_steps", "solver_order",
        "solver_type", "thresholding", "time_shift_type", "timestep_type", "use_beta_sigmas",
        "use_dynamic_shifting", "use_exponential_sigmas", "use_flow_sigmas", "use_karras_sigmas",
        "use_lu_lambdas", "variance_type",
    ]

    private static func solverName(
        _ stated: JSONValue?, _ file: Configuration
    ) throws(DiffusionError) -> SolverName {
        guard let name = SolverName.allCases.first(where: { .text($0.className) == stated }) else {
            throw file.refused(
                "_class_name", stated ?? .null,
                "one of \(SolverName.allCases.map(\.className).joined(separator: ", "))")
        }
        return name
    }

    private static func prediction(
        _ file: Configuration, _ name: SolverName
    ) throws(DiffusionError) -> PredictionType {
        // An older name, which Euler's class still takes.
        if file.value("prediction_type") == .text("original_sample") { return .sample }
        let prediction: PredictionType = try file.choice("prediction_type", .epsilon)
        guard prediction != .sample || (name != .pndm && name != .eulerAncestral) else {
            throw file.refused(
                "prediction_type", .text(prediction.rawValue),
                "epsilon or v_prediction for \(name.className)")
        }
        return prediction
    }

    private static func schedule(
        _ file: Configuration, _ name: SolverName
    ) throws(DiffusionError) -> NoiseSchedule {
        let steps = try file.integer("num_train_timesteps", 1000, in: 2...100_000)
        let rescales = try file.boolean("rescale_betas_zero_snr", false)
        guard name != .pndm || !rescales else {
            throw file.refused("rescale_betas_zero_snr", .boolean(true), "false for PNDM")
        }
        let start = try file.beta("beta_start", 1e-4)
        let end = try file.beta("beta_end", 0.02)
        let curve: BetaCurve = try file.choice("beta_schedule", .linear)
        if let trained = file.value("trained_betas") {
            let expected = "\(steps) numbers between 0 and 1"
            guard case .list(let values) = trained, values.count == steps else {
                throw file.refused("trained_betas", .text("another list"), expected)
            }
            let betas = values.compactMap(\.asNumber).filter { 0 < $0 && $0 < 1 }
            guard betas.count == steps else {
                throw file.refused("trained_betas", .text("another list"), expected)
            }
            return NoiseSchedule(betas: betas.map(Float.init), zeroTerminalSNR: rescales)
        }
        return NoiseSchedule(
            curve, from: start, to: end, steps: steps, zeroTerminalSNR: rescales)
    }

    private static func limit(
        _ file: Configuration, clips: Bool
    ) throws(DiffusionError) -> SampleLimit {
        let ratio = try file.number("dynamic_thresholding_ratio", 0.995)
        guard 0...1 ~= ratio else {
            throw file.refused("dynamic_thresholding_ratio", .number(ratio), "0 to 1")
        }
        let maximum = try file.number("sample_max_value", 1)
        if try file.boolean("thresholding", false) {
            return .threshold(ratio: ratio, maximum: maximum)
        }
        guard clips, try file.boolean("clip_sample", true) else { return .none }
        return .clip(range: try file.number("clip_sample_range", 1))
    }
}

// MARK: Solvers that think in sigmas

extension SchedulerConfiguration {
    private static func euler(
        _ file: Configuration
    ) throws(DiffusionError) -> EulerScheduler.Options {
        var options = EulerScheduler.Options()
        options.spacing = try sigmaSpacing(file, lu: false)
        options.interpolatesLogarithms = try file.flag(
            "interpolation_type", off: "linear", on: "log_linear")
        options.hasContinuousTimesteps = try file.flag(
            "timestep_type", off: "discrete", on: "continuous")
        options.endsAtMinimumSigma = try file.flag(
            "final_sigmas_type", off: "zero", on: "sigma_min")
        for (key, path) in [
            ("sigma_min", \EulerScheduler.Options.minimumSigma), ("sigma_max", \.maximumSigma),
        ] where file.sets(key) {
            let sigma = try file.number(key)
            guard sigma > 0 else { throw file.refused(key, .number(sigma), "more than 0") }
            options[keyPath: path] = sigma
        }
        return options
    }

    private static func dpmSolver(
        _ file: Configuration
    ) throws(DiffusionError) -> DPMSolverScheduler.Options {
        var options = DPMSolverScheduler.Options()
        options.order = try file.integer("solver_order", 2, in: 1...3)
        // Names of other solvers' choices that diffusers takes for its own.
        if file.value("algorithm_type") != .text("deis") {
            options.algorithm = try file.choice("algorithm_type", .clean)
        }
        if !["logrho", "bh1", "bh2"].contains(try file.text("solver_type", "midpoint")) {
            options.usesHeun = try file.flag("solver_type", off: "midpoint", on: "heun")
        }
        options.limit = try limit(file, clips: false)
        options.spacing = try sigmaSpacing(file, lu: true)
        options.roundsTimesteps = file.value("beta_schedule") != .text("squaredcos_cap_v2")
        options.lowersOrderAtEnd = try file.boolean("lower_order_final", true)
        options.endsWithEuler = try file.boolean("euler_at_final", false)
        options.endsAtMinimumSigma = try file.flag(
            "final_sigmas_type", off: "zero", on: "sigma_min")
        options.minimumLogarithm = file.value("lambda_min_clipped")?.asNumber ?? -.infinity
        try file.expect("use_flow_sigmas", .boolean(false))
        try file.expect("use_dynamic_shifting", .boolean(false))
        let variance = try file.text("variance_type", "fixed_small")
        guard !["learned", "learned_range"].contains(variance) else {
            throw file.refused("variance_type", .text(variance), "null")
        }
        guard options.algorithm.integratesClean || options.endsAtMinimumSigma else {
            throw file.refused(
                "final_sigmas_type", .text("zero"),
                "sigma_min for \(options.algorithm.rawValue)")
        }
        guard options.algorithm != .stochasticNoise || options.order < 3 else {
            throw file.refused("solver_order", .integer(3), "1 or 2 for sde-dpmsolver")
        }
        return options
    }

    private static func sigmaSpacing(
        _ file: Configuration, lu: Bool
    ) throws(DiffusionError) -> SigmaSpacing {
        try file.expect("use_beta_sigmas", .boolean(false))
        var choices: [(String, SigmaSpacing)] = [
            ("use_karras_sigmas", .karras), ("use_exponential_sigmas", .exponential),
        ]
        if lu { choices.append(("use_lu_lambdas", .lu)) }
        var spacing = SigmaSpacing.training
        for (key, choice) in choices where try file.boolean(key, false) {
            guard spacing == .training else {
                throw file.refused(key, .boolean(true), "one spacing of sigmas only")
            }
            spacing = choice
        }
        return spacing
    }
}

extension Configuration {
    /// Which of two texts stands there, the first where there is none.
    fileprivate func flag(
        _ key: String, off: String, on: String
    ) throws(DiffusionError) -> Bool {
        let found = try text(key, off)
        guard found == off || found == on else {
            throw refused(key, .text(found), "\(off) or \(on)")
        }
        return found == on
    }

    /// The variance of a training step.
    fileprivate func beta(_ key: String, _ standard: Double) throws(DiffusionError) -> Double {
        let beta = try number(key, standard)
        guard 0 < beta && beta < 1 else {
            throw refused(key, .number(beta), "a number between 0 and 1")
        }
        return beta
    }
}

extension JSONValue {
    fileprivate var asNumber: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
