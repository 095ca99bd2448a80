import CTorch

/// What can be given to an operator of torch: tensors, numbers, lists of them, `Absent`.
public protocol OperatorArgument {
    /// How many 8-byte words the argument needs beside its own value.
    var wordCount: Int { get }
    /// The argument, with its list written to `words`.
    func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue
}

extension OperatorArgument {
    public var wordCount: Int { 0 }
}

/// An argument that is not given: `none` passes None, `standard` the schema's default.
public enum Absent: OperatorArgument {
    case none
    case standard

    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        CTorchValue(self == .none ? CTorchKindNone : CTorchKindDefault, 0)
    }
}

extension CTorchValue {
    init(_ kind: CTorchKind, _ word: Int64, count: Int = 1) {
        self.init(kind: Int32(kind.rawValue), count: Int32(count), word: word)
    }
}

extension Optional: OperatorArgument where Wrapped: OperatorArgument {
    public var wordCount: Int { self?.wordCount ?? 0 }

    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        self?.encoded(into: words) ?? CTorchValue(CTorchKindNone, 0)
    }
}

extension Tensor: OperatorArgument {
    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        CTorchValue(CTorchKindTensor, Int64(Int(bitPattern: handle)))
    }
}

extension Int: OperatorArgument {
    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        CTorchValue(CTorchKindInteger, Int64(self))
    }
}

extension Double: OperatorArgument {
    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        CTorchValue(CTorchKindReal, Int64(bitPattern: bitPattern))
    }
}

extension Float: OperatorArgument {
    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        Double(self).encoded(into: words)
    }
}

extension Bool: OperatorArgument {
    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        CTorchValue(CTorchKindBoolean, self ? 1 : 0)
    }
}

extension DType: OperatorArgument {
    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        CTorchValue(CTorchKindInteger, Int64(rawValue))
    }
}

extension Device: OperatorArgument {
    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        CTorchValue(CTorchKindDevice, word)
    }
}

extension RandomGenerator: OperatorArgument {
    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        CTorchValue(CTorchKindGenerator, Int64(Int(bitPattern: handle)))
    }
}

/// An element of a list that an operator takes.
public protocol OperatorListElement {
    static var listKind: CTorchKind { get }
    var listWord: Int64 { get }
}

extension Int: OperatorListElement {
    public static var listKind: CTorchKind { CTorchKindIntegers }
    public var listWord: Int64 { Int64(self) }
}

extension Double: OperatorListElement {
    public static var listKind: CTorchKind { CTorchKindReals }
    public var listWord: Int64 { Int64(bitPattern: bitPattern) }
}

extension Tensor: OperatorListElement {
    public static var listKind: CTorchKind { CTorchKindTensors }
    public var listWord: Int64 { Int64(Int(bitPattern: handle)) }
}

extension Optional: OperatorListElement where Wrapped == Tensor {
    public static var listKind: CTorchKind { CTorchKindTensors }
    public var listWord: Int64 { self?.listWord ?? 0 }
}

extension Array: OperatorArgument where Element: OperatorListElement {
    public var wordCount: Int { count }

    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        for (i, element) in enumerated() { words[i] = element.listWord }
        return CTorchValue(Element.listKind, Int64(Int(bitPattern: words)), count: count)
    }
}

extension String: OperatorArgument {
    public var wordCount: Int { (utf8.count + 7) / 8 }

    public func encoded(into words: UnsafeMutablePointer<Int64>) -> CTorchValue {
        let bytes = UnsafeMutableRawBufferPointer(start: words, count: utf8.count)
        bytes.copyBytes(from: utf8)
        return CTorchValue(CTorchKindString, Int64(Int(bitPattern: words)), count: bytes.count)
    }
}
