import Media

/// Reads tensors of a known shape out of an entry of an avatar's file, and says what does not fit.
struct TensorReader {
    let file: SafetensorsFile
    /// The avatar's file, for errors.
    let name: String

    /// Finite numbers of the given shape; nil stands for any size.
    func floats(_ key: String, shape: [Int?]) throws -> [Float] {
        let tensor = try tensor(key, shape)
        try require(
            tensor.elementType.isFloatingPoint,
            found: "\(key) of type \(tensor.elementType.rawValue)",
            expected: "floating-point numbers")
        let values = tensor.floats()
        try require(
            values.allSatisfy(\.isFinite), found: "a number in \(key) that is not finite",
            expected: "finite numbers")
        return values
    }

    /// Integers of the given shape; nil stands for any size.
    func integers(_ key: String, shape: [Int?]) throws -> [Int] {
        let tensor = try tensor(key, shape)
        guard let values = tensor.integers() else {
            throw AvatarError.invalid(
                file: name, found: "\(key) of type \(tensor.elementType.rawValue)",
                expected: "integers")
        }
        return values
    }

    func require(_ condition: Bool, found: String, expected: String) throws {
        if !condition { throw AvatarError.invalid(file: name, found: found, expected: expected) }
    }

    private func tensor(_ key: String, _ shape: [Int?]) throws -> TensorData {
        let tensor = try file.tensor(key)
        let fits =
            tensor.shape.count == shape.count
            && zip(tensor.shape, shape).allSatisfy { $1 == nil || $0 == $1 }
        let expected = shape.map { $0.map(String.init) ?? "any" }.joined(separator: "×")
        let found = tensor.shape.map(String.init).joined(separator: "×")
        try require(fits, found: "\(key) of shape \(found)", expected: "shape \(expected)")
        return tensor
    }
}
