import Media
import Spatial

/// Reads tensors of a known shape out of an entry of an avatar's file, and says what does not fit.
struct TensorReader {
    let file: SafetensorsFile
    /// The avatar's file, for errors.
    let name: String

    /// The most elements of a tensor: ten times what the largest avatar has.
    static let elementLimit = 50_000_000

    /// Finite numbers of the given shape, within `range`; nil stands for any size.
    func floats(
        _ key: String, shape: [Int?], within range: ClosedRange<Float> = -1e4...1e4
    ) throws -> [Float] {
        let tensor = try tensor(key, shape)
        try require(
            tensor.elementType.isFloatingPoint,
            found: "\(key) of type \(tensor.elementType.rawValue)",
            expected: "floating-point numbers")
        let values = tensor.floats()
        // Numbers that are none are in no range.
        if let value = values.first(where: { !range.contains($0) }) {
            throw AvatarError.invalid(
                file: name, found: "\(value) in \(key)",
                expected: "numbers from \(range.lowerBound) to \(range.upperBound)")
        }
        return values
    }

    /// Unit quaternions [count, 4], but for rounding.
    func quaternions(_ key: String, count: Int) throws -> [Float] {
        let values = try floats(key, shape: [count, 4], within: -1.1...1.1)
        let areUnits = (0..<count).allSatisfy { i in
            let q = SIMD4(values[4 * i], values[4 * i + 1], values[4 * i + 2], values[4 * i + 3])
            return abs(q.lengthSquared - 1) < 0.02
        }
        try require(areUnits, found: "other quaternions in \(key)", expected: "rotations")
        return values
    }

    /// Rotation matrices [count, 3, 3], but for rounding.
    func rotations(_ key: String, count: Int) throws -> [Matrix3] {
        let values = try floats(key, shape: [count, 3, 3], within: -1.1...1.1)
        let matrices = (0..<count).map { i in
            let m = Array(values[9 * i..<9 * i + 9])
            return Matrix3(
                rows: Vector3(m[0], m[1], m[2]), Vector3(m[3], m[4], m[5]),
                Vector3(m[6], m[7], m[8]))
        }
        try require(
            matrices.allSatisfy(Self.isRotation), found: "other matrices in \(key)",
            expected: "rotations")
        return matrices
    }

    /// Whether `matrix` is a proper rotation, but for rounding.
    static func isRotation(_ matrix: Matrix3) -> Bool {
        let product = matrix * matrix.transposed
        let isOrthogonal = (0..<3).allSatisfy { row in
            (0..<3).allSatisfy { abs(product[row, $0] - (row == $0 ? 1 : 0)) < 0.01 }
        }
        return isOrthogonal && matrix.determinant > 0
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
        if let layout = file.layout(of: key) {
            // The product is in range: the file holds that many, unless one factor is zero.
            let count = layout.shape.contains(0) ? 0 : layout.shape.reduce(1, *)
            try require(
                count <= Self.elementLimit, found: "\(count) numbers in \(key)",
                expected: "at most \(Self.elementLimit)")
        }
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
