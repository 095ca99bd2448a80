extension Tensor {
    public static func zeros(
        _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor { call("zeros", shape, dtype, Absent.none, device) }

    public static func ones(
        _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor { call("ones", shape, dtype, Absent.none, device) }

    public static func full(
        _ shape: [Int], _ value: some TensorOperand, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor { call("full", shape, value, dtype, Absent.none, device) }

    /// Zeros of the shape, dtype and device of another tensor.
    public static func zeros(like other: Tensor) -> Tensor { call("zeros_like", other) }

    /// Ones of the shape, dtype and device of another tensor.
    public static func ones(like other: Tensor) -> Tensor { call("ones_like", other) }

    /// start, start + step, … up to but not including end.
    public static func arange<Operand: TensorOperand>(
        _ start: Operand, _ end: Operand, step: Operand? = nil, dtype: DType = .float32,
        device: Device = .cpu
    ) -> Tensor {
        guard let step else { return call("arange.start", start, end, dtype, Absent.none, device) }
        return call("arange.start_step", start, end, step, dtype, Absent.none, device)
    }

    /// The integers 0..<count, as `int64`.
    public static func indices(_ count: Int, device: Device = .cpu) -> Tensor {
        call("arange", count, DType.int64, Absent.none, device)
    }

    /// `count` evenly spaced values from start to end, both included.
    public static func linspace(
        _ start: Double, _ end: Double, count: Int, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor { call("linspace", start, end, count, dtype, Absent.none, device) }

    /// The identity matrix.
    public static func eye(
        _ count: Int, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor { call("eye", count, dtype, Absent.none, device) }

    /// The points of a grid: `axes[i]` of size nᵢ spread over a tensor of shape [n₀, n₁, …], each.
    public static func meshgrid(_ axes: [Tensor]) -> [Tensor] {
        callAll("meshgrid.indexing", axes, "ij")
    }
}

// MARK: Random values

extension Tensor {
    /// Uniform in `range`'s lower bound ≤ x < upper bound.
    public static func uniform(
        _ shape: [Int], in range: Range<Double> = 0..<1, dtype: DType = .float32,
        device: Device = .cpu, using generator: RandomGenerator? = nil
    ) -> Tensor {
        let result = call("empty.memory_format", shape, dtype, Absent.none, device)
        run("uniform_", result, range.lowerBound, range.upperBound, generator)
        return result
    }

    /// Normally distributed.
    public static func normal(
        _ shape: [Int], mean: Double = 0, standardDeviation: Double = 1, dtype: DType = .float32,
        device: Device = .cpu, using generator: RandomGenerator? = nil
    ) -> Tensor {
        let result = call("empty.memory_format", shape, dtype, Absent.none, device)
        run("normal_", result, mean, standardDeviation, generator)
        return result
    }

    /// Uniform integers of `range`, as `int64`.
    public static func integers(
        _ shape: [Int], in range: Range<Int>, device: Device = .cpu,
        using generator: RandomGenerator? = nil
    ) -> Tensor {
        call(
            "randint.low_generator", range.lowerBound, range.upperBound, shape, generator,
            DType.int64, Absent.none, device)
    }

    /// The integers 0..<count in random order, as `int64`.
    public static func permutation(
        _ count: Int, device: Device = .cpu, using generator: RandomGenerator? = nil
    ) -> Tensor { call("randperm.generator", count, generator, DType.int64, Absent.none, device) }

    /// 1 with the probability that each element gives, else 0.
    public func bernoulli(using generator: RandomGenerator? = nil) -> Tensor {
        call("bernoulli", self, generator)
    }
}
