/// Eight floats that are worked on at once: eight Gaussians, or eight pixels of a row.
typealias Lanes = SIMD8<Float>
typealias LaneMask = SIMDMask<SIMD8<Int32>>

extension SIMD8<Float> {
    /// `self` where `mask` holds, `other` elsewhere.
    @inline(__always)
    func or(_ other: Lanes, unless mask: LaneMask) -> Lanes {
        other.replacing(with: self, where: mask)
    }

    /// `self` where `mask` holds, zero elsewhere.
    @inline(__always)
    func masked(_ mask: LaneMask) -> Lanes { Lanes().replacing(with: self, where: mask) }

    // The standard pointwiseMin and pointwiseMax are called lane by lane; a comparison and a
    // selection become one instruction.
    @inline(__always)
    func atMost(_ bound: Lanes) -> Lanes { replacing(with: bound, where: self .> bound) }

    @inline(__always)
    func atLeast(_ bound: Lanes) -> Lanes { replacing(with: bound, where: self .< bound) }

    @inline(__always)
    func atMost(_ bound: Float) -> Lanes { atMost(Lanes(repeating: bound)) }

    @inline(__always)
    func atLeast(_ bound: Float) -> Lanes { atLeast(Lanes(repeating: bound)) }

    @inline(__always)
    var words: SIMD8<UInt32> { unsafeBitCast(self, to: SIMD8<UInt32>.self) }

    @inline(__always)
    init(words: SIMD8<UInt32>) { self = unsafeBitCast(words, to: Lanes.self) }

    @inline(__always)
    var magnitude: Lanes { Lanes(words: words & 0x7FFF_FFFF) }

    /// −|self|.
    @inline(__always)
    var negativeMagnitude: Lanes { Lanes(words: words | 0x8000_0000) }

    /// The lanes that are neither infinite nor NaN.
    @inline(__always)
    var finite: LaneMask { magnitude .<= Float.greatestFiniteMagnitude }

    /// Σ lanes, by halves: the order is fixed, and shorter than one by one.
    @inline(__always)
    var total: Float {
        let four = lowHalf + highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }

    /// The largest lane, of lanes that are not NaN.
    @inline(__always)
    var largest: Float {
        let four = lowHalf.replacing(with: highHalf, where: highHalf .> lowHalf)
        let two = four.lowHalf.replacing(
            with: four.highHalf, where: four.highHalf .> four.lowHalf)
        return Swift.max(two.x, two.y)
    }

    /// The integers of lanes that hold whole numbers in 0..<2²².
    @inline(__always)
    var wholeNumbers: SIMD8<UInt32> { (self + Self.roundingBias).words & 0x003F_FFFF }

    /// Adding it leaves the rounded value in the low bits of the mantissa.
    static let roundingBias: Float = 12_582_912

    /// 2^self to 8e-8 for −126…127; nonsense, but no trap, outside.
    @inline(__always)
    var exp2: Lanes {
        let biased = self + Self.roundingBias
        let f = self - (biased - Self.roundingBias)
        var y = Lanes(repeating: 0.0013276472454890609)
        y = Lanes(repeating: 0.009675540961325169).addingProduct(y, f)
        y = Lanes(repeating: 0.05550713092088699).addingProduct(y, f)
        y = Lanes(repeating: 0.24022120237350464).addingProduct(y, f)
        y = Lanes(repeating: 0.6931469440460205).addingProduct(y, f)
        y = Lanes(repeating: 1.0000001192092896).addingProduct(y, f)
        return Lanes(words: y.words &+ (biased.words &<< 23))
    }

    /// 2^self to 3e-6, two instructions cheaper: for the opacities of pixels.
    @inline(__always)
    var quickExp2: Lanes {
        let biased = self + Self.roundingBias
        let f = self - (biased - Self.roundingBias)
        var y = Lanes(repeating: 0.009570102207362652)
        y = Lanes(repeating: 0.05591785907745361).addingProduct(y, f)
        y = Lanes(repeating: 0.240247443318367).addingProduct(y, f)
        y = Lanes(repeating: 0.6931217908859253).addingProduct(y, f)
        y = Lanes(repeating: 0.9999992847442627).addingProduct(y, f)
        return Lanes(words: y.words &+ (biased.words &<< 23))
    }

    /// 2^self for any value: 0 below the normal numbers, infinity above, NaN for NaN.
    @inline(__always)
    var safeExp2: Lanes {
        let inner = atLeast(-126).atMost(127.5).exp2
        let low = inner.masked(self .>= -126)
        let high = low.replacing(with: .infinity, where: self .> 127.5)
        return high.replacing(with: self, where: self .!= self)
    }

    /// The binary logarithm of positive normal numbers, to 1e-7.
    @inline(__always)
    var log2: Lanes {
        // Mantissa in √½…√2, so that the series in s converges fast on both sides of 1.
        let shifted = words &- 0x3F35_04F3
        let exponent = SIMD8<Int32>(truncatingIfNeeded: shifted) &>> 23
        let m = Lanes(words: words &- SIMD8<UInt32>(truncatingIfNeeded: exponent &<< 23))
        let whole =
            Lanes(words: SIMD8<UInt32>(truncatingIfNeeded: exponent &+ 0x4B40_0000))
            - Self.roundingBias
        let s = (m - 1) / (m + 1)
        let s2 = s * s
        var y = Lanes(repeating: 1 / 9)
        y = Lanes(repeating: 1 / 7).addingProduct(y, s2)
        y = Lanes(repeating: 1 / 5).addingProduct(y, s2)
        y = Lanes(repeating: 1 / 3).addingProduct(y, s2)
        y = Lanes(repeating: 1).addingProduct(y, s2)
        return whole + y * s * 2.8853900817779268
    }

    /// √self; 0 for negative numbers.
    @inline(__always)
    var root: Lanes { plainRoot.masked(self .> 0) }
}

/// The float at `offset` of eight rows that start at `rows`.
@inline(__always)
func gather(_ base: UnsafePointer<Float>, _ rows: SIMD8<Int>, _ offset: Int) -> Lanes {
    let p = base + offset
    return Lanes(
        p[rows[0]], p[rows[1]], p[rows[2]], p[rows[3]], p[rows[4]], p[rows[5]], p[rows[6]],
        p[rows[7]])
}

/// Writes the first `count` lanes to the float at `offset` of eight rows that start at `rows`.
@inline(__always)
func scatter(
    _ values: Lanes, _ base: UnsafeMutablePointer<Float>, _ rows: SIMD8<Int>, _ offset: Int,
    count: Int
) {
    let p = base + offset
    if count == 8 {
        for lane in 0..<8 { p[rows[lane]] = values[lane] }
    } else {
        for lane in 0..<count { p[rows[lane]] = values[lane] }
    }
}
