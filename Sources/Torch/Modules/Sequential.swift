/// Layers one after the other, named "0", "1", ….
public final class Sequential: Layer {
    public let layers: [any Layer]

    public init(_ layers: any Layer...) { self.layers = layers }
    public init(_ layers: [any Layer]) { self.layers = layers }

    public var members: ModuleMembers {
        ModuleMembers(layers.enumerated().map { ("\($0)", .module($1)) })
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } }
}

/// A function without parameters as a layer: `Activation { $0.relu() }`.
public final class Activation: Layer {
    private let function: (Tensor) -> Tensor

    public init(_ function: @escaping (Tensor) -> Tensor) { self.function = function }

    public var members: ModuleMembers { [:] }

    public func callAsFunction(_ x: Tensor) -> Tensor { function(x) }
}

/// While training, zeroes elements with a probability and scales the others to keep the mean.
public final class Dropout: Layer {
    public let probability: Double
    private var isTraining = true

    public init(_ probability: Double) { self.probability = probability }

    public var members: ModuleMembers { [:] }

    public func setTraining(_ training: Bool) { isTraining = training }

    public func callAsFunction(_ x: Tensor) -> Tensor { isTraining ? x.dropout(probability) : x }
}
