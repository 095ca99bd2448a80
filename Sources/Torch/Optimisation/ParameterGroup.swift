/// Parameters that an optimiser changes with settings of their own.
public final class ParameterGroup {
    /// How the group is called in saved states.
    public let name: String
    public let parameters: [Tensor]
    /// The rate of the steps to come.
    public var learningRate: Double
    /// The rate that schedules multiply.
    public var baseLearningRate: Double
    /// How strongly parameters are drawn to zero; what that means is the optimiser's.
    public var weightDecay: Double

    public init(
        _ parameters: [Tensor], name: String = "parameters", learningRate: Double,
        weightDecay: Double = 0
    ) {
        precondition(
            parameters.allSatisfy { $0.requiresGrad && $0.isLeaf && $0.dtype.isFloatingPoint },
            "an optimiser changes leaves that require a gradient")
        self.name = name
        self.parameters = parameters
        self.learningRate = learningRate
        baseLearningRate = learningRate
        self.weightDecay = weightDecay
    }
}
