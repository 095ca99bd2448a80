/// A small generator of reproducible numbers (Steele et al. 2014).
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A number of 0..<1.
    mutating func uniform() -> Float { Float(next() >> 40) / Float(1 << 24) }
}

extension SplitMix {
    /// A whole number of 0..<`count`.
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }

    mutating func uniform(_ range: ClosedRange<Float>) -> Float {
        range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
    }

    /// A seed out of others: another one for each pair.
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var numbers = SplitMix(seed: a)
        var others = SplitMix(seed: numbers.next() ^ b)
        return others.next()
    }
}
