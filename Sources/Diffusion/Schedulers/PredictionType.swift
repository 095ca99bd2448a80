import Torch

/// What a network was trained to predict from a noisy sample x = √ᾱ·x₀ + √(1 − ᾱ)·ε.
public enum PredictionType: String, CaseIterable, Sendable {
    /// The noise ε.
    case epsilon
    /// The velocity √ᾱ·ε − √(1 − ᾱ)·x₀ (Salimans & Ho, arXiv 2202.00512, appendix D).
    case velocity = "v_prediction"
    /// The clean sample x₀.
    case sample

    /// The clean sample x₀ that a prediction stands for; alpha is √ᾱ and sigma √(1 − ᾱ).
    func clean(_ prediction: Tensor, of x: Tensor, alpha: Double, sigma: Double) -> Tensor {
        switch self {
        case .epsilon: (x - sigma * prediction) / alpha
        case .velocity: alpha * x - sigma * prediction
        case .sample: prediction
        }
    }

    /// The noise ε that a prediction stands for; alpha is √ᾱ and sigma √(1 − ᾱ).
    func noise(_ prediction: Tensor, of x: Tensor, alpha: Double, sigma: Double) -> Tensor {
        switch self {
        case .epsilon: prediction
        case .velocity: alpha * prediction + sigma * x
        case .sample: (x - alpha * prediction) / sigma
        }
    }
}
