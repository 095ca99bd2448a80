/// A part of a model: parameters, buffers and further modules, under the names that PyTorch gives
/// them in a state dict.
///
/// ```swift
/// final class Perceptron: Module {
///     let hidden = Linear(3, 64)
///     let output = Linear(64, 1)
///     var members: ModuleMembers { ["hidden": .module(hidden), "output": .module(output)] }
///     func callAsFunction(_ x: Tensor) -> Tensor { output(hidden(x).relu()) }
/// }
/// ```
public protocol Module: AnyObject {
    /// What the module is made of, in PyTorch's order and under PyTorch's names.
    var members: ModuleMembers { get }

    /// Tells the module and all within it whether it is being trained; only layers that then behave
    /// differently, such as `Dropout`, do anything.
    func setTraining(_ training: Bool)
}

/// A module that maps one tensor to one tensor.
public protocol Layer: Module {
    func callAsFunction(_ x: Tensor) -> Tensor
}

/// One member of a module. What is nil is not there, as a layer's bias may be.
public enum ModuleMember {
    /// A tensor to be trained.
    case parameter(Tensor?)
    /// A tensor that is saved and not trained.
    case buffer(Tensor?)
    case module((any Module)?)
    /// Modules named by their number: "layers.0", "layers.1", ….
    case modules([any Module])
}

/// The members of a module with their names, in order.
public struct ModuleMembers: ExpressibleByDictionaryLiteral, Sequence {
    private let members: [(name: String, member: ModuleMember)]

    public init(dictionaryLiteral elements: (String, ModuleMember)...) {
        members = elements.map { ($0, $1) }
    }

    public init(_ members: [(name: String, member: ModuleMember)]) { self.members = members }

    public func makeIterator() -> some IteratorProtocol<(name: String, member: ModuleMember)> {
        members.makeIterator()
    }

    public static func + (a: ModuleMembers, b: ModuleMembers) -> ModuleMembers {
        ModuleMembers(a.members + b.members)
    }
}

extension Module {
    public func setTraining(_ training: Bool) {
        for (_, member) in members {
            switch member {
            case .module(let module): module?.setTraining(training)
            case .modules(let modules): for module in modules { module.setTraining(training) }
            case .parameter, .buffer: break
            }
        }
    }

    /// This module and all within it, depth first.
    public var modules: [any Module] {
        members.reduce(into: [self]) { modules, entry in
            switch entry.member {
            case .module(let module): modules += module?.modules ?? []
            case .modules(let more): modules += more.flatMap(\.modules)
            case .parameter, .buffer: break
            }
        }
    }

    /// Visits every tensor, depth first, with its full name; a shared one at each of its names.
    private func visit(_ prefix: String, _ body: (String, Tensor, _ isParameter: Bool) -> Void) {
        for (name, member) in members {
            switch member {
            case .parameter(let tensor): if let tensor { body(prefix + name, tensor, true) }
            case .buffer(let tensor): if let tensor { body(prefix + name, tensor, false) }
            case .module(let module): module?.visit("\(prefix)\(name).", body)
            case .modules(let modules):
                for (i, module) in modules.enumerated() {
                    module.visit("\(prefix)\(name).\(i).", body)
                }
            }
        }
    }

    /// The tensors to be trained with their full names, each once.
    public var namedParameters: [(name: String, tensor: Tensor)] {
        var seen: Set<OpaquePointer> = []
        var result: [(name: String, tensor: Tensor)] = []
        visit("") { name, tensor, isParameter in
            if isParameter && seen.insert(tensor.handle).inserted { result.append((name, tensor)) }
        }
        return result
    }

    /// The tensors to be trained, each once.
    public var parameters: [Tensor] { namedParameters.map(\.tensor) }

    /// How many numbers are trained.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

    /// The tensors themselves, parameters and buffers, under their full names.
    public var stateDictionary: StateDictionary {
        var result = StateDictionary()
        visit("") { name, tensor, _ in result[name] = tensor }
        return result
    }

    /// Copies tensors into the parameters and buffers of the same names, converting their type.
    ///
    /// - Parameter strict: names that only one side has are an error; shapes that differ always are.
    /// - Throws: `CheckpointError` with all that does not fit, before anything is copied.
    public func load(_ state: StateDictionary, strict: Bool = true) throws(CheckpointError) {
        let own = try matched(state, strict: strict)
        noGrad {
            for (name, tensor) in own.tensors {
                guard let found = state[name] else { continue }
                if tensor.isPlaceholder {
                    tensor.setData(found.converted(to: tensor.dtype).cloned())
                } else {
                    tensor.copyInPlace(found)
                }
            }
        }
    }

    /// Makes the parameters and buffers refer to the tensors of the same names instead of copying
    /// them: what is mapped from a file stays there. They remain the same tensors for optimisers.
    ///
    /// - Parameters:
    ///   - dtype: the floating-point type to convert to, which copies those of another one; without
    ///     it each tensor is of the type it has in `state`.
    ///   - strict: as for `load`.
    /// - Throws: As `load`.
    public func adopt(
        _ state: StateDictionary, as dtype: DType? = nil, strict: Bool = true
    ) throws(CheckpointError) {
        for (name, tensor) in try matched(state, strict: strict).tensors {
            guard let found = state[name]?.detached() else { continue }
            let wanted = found.dtype.isFloatingPoint ? dtype ?? found.dtype : tensor.dtype
            tensor.setData(found.converted(to: wanted))
        }
    }

    /// The module's own tensors, if those of `state` fit them.
    private func matched(
        _ state: StateDictionary, strict: Bool
    ) throws(CheckpointError) -> StateDictionary {
        let own = stateDictionary
        var error = CheckpointError(source: state.source)
        for name in own.names {
            guard let found = state[name] else {
                if strict { error.missing.append(name) }
                continue
            }
            if found.shape != own[name]!.shape {
                error.mismatched.append(
                    .init(name: name, found: found.shape, expected: own[name]!.shape))
            }
        }
        if strict { error.unexpected = state.names.filter { own[$0] == nil } }
        guard error.isEmpty else { throw error }
        return own
    }

    /// Moves all tensors to a device and a floating-point type; they stay the same tensors for
    /// optimisers.
    public func move(to device: Device, dtype: DType? = nil) {
        visit("") { _, tensor, _ in
            var values = tensor.detached().moved(to: device)
            if let dtype, tensor.dtype.isFloatingPoint { values = values.converted(to: dtype) }
            tensor.setData(values)
        }
    }

    /// Whether the parameters' gradients are wanted; `false` freezes the module.
    public func setTrainable(_ trainable: Bool) {
        for parameter in parameters { parameter.requiringGrad(trainable) }
    }

    /// Readies the module for predictions: nothing is trained, and layers use what is fastest (see
    /// `Conv2d.isForInference`). Parameters are not to be changed after the first one.
    public func prepareForInference() {
        setTraining(false)
        setTrainable(false)
        for module in modules {
            (module as? Conv2d)?.isForInference = true
            (module as? Linear)?.isForInference = true
        }
    }

    /// Forgets the gradients of all parameters.
    public func zeroGrad() {
        for parameter in parameters { parameter.zeroGrad() }
    }
}
