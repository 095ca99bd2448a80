import Spatial

extension SplitMix {
    /// A number of 0..<1.
    mutating func uniform() -> Float { Float(next() >> 40) / Float(1 << 24) }

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
