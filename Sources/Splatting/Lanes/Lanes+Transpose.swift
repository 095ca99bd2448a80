// Transposition by interleaving ever larger parts. Singles and pairs are different types on purpose:
// the optimiser sees through shuffles of one type, merges a chain of them into one that no
// instruction does, and then takes it apart lane by lane; it does not see through the change.

private typealias Pairs = SIMD4<Double>

extension SIMD8<Float> {
    @inline(__always)
    fileprivate var pairs: Pairs { unsafeBitCast(self, to: Pairs.self) }

    @inline(__always)
    fileprivate init(_ pairs: Pairs) { self = unsafeBitCast(pairs, to: Lanes.self) }
}

@inline(__always)
private func unpackLow(_ a: Lanes, _ b: Lanes) -> Pairs {
    Lanes(a[0], b[0], a[1], b[1], a[4], b[4], a[5], b[5]).pairs
}

@inline(__always)
private func unpackHigh(_ a: Lanes, _ b: Lanes) -> Pairs {
    Lanes(a[2], b[2], a[3], b[3], a[6], b[6], a[7], b[7]).pairs
}

@inline(__always)
private func unpackLow(_ a: Pairs, _ b: Pairs) -> Lanes { Lanes(Pairs(a[0], b[0], a[2], b[2])) }

@inline(__always)
private func unpackHigh(_ a: Pairs, _ b: Pairs) -> Lanes { Lanes(Pairs(a[1], b[1], a[3], b[3])) }

/// The low halves of both.
@inline(__always)
private func lowHalves(_ a: Lanes, _ b: Lanes) -> Lanes {
    let (a, b) = (a.pairs, b.pairs)
    return Lanes(Pairs(a[0], a[1], b[0], b[1]))
}

/// The high halves of both.
@inline(__always)
private func highHalves(_ a: Lanes, _ b: Lanes) -> Lanes {
    let (a, b) = (a.pairs, b.pairs)
    return Lanes(Pairs(a[2], a[3], b[2], b[3]))
}

/// Transposes the 4×4 matrices in the low and in the high halves.
@inline(__always)
private func transposeHalves(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes)
    -> (Lanes, Lanes, Lanes, Lanes)
{
    let (ab0, ab1) = (unpackLow(a, b), unpackHigh(a, b))
    let (cd0, cd1) = (unpackLow(c, d), unpackHigh(c, d))
    return (unpackLow(ab0, cd0), unpackHigh(ab0, cd0), unpackLow(ab1, cd1), unpackHigh(ab1, cd1))
}

/// The columns of the 8×8 matrix whose rows are given.
@inline(__always)
func transpose(
    _ a0: Lanes, _ a1: Lanes, _ a2: Lanes, _ a3: Lanes, _ a4: Lanes, _ a5: Lanes, _ a6: Lanes,
    _ a7: Lanes
) -> (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes, Lanes, Lanes) {
    let (c0, c1, c2, c3) = transposeHalves(
        lowHalves(a0, a4), lowHalves(a1, a5), lowHalves(a2, a6), lowHalves(a3, a7))
    let (c4, c5, c6, c7) = transposeHalves(
        highHalves(a0, a4), highHalves(a1, a5), highHalves(a2, a6), highHalves(a3, a7))
    return (c0, c1, c2, c3, c4, c5, c6, c7)
}

/// The first four columns of the 8×8 matrix whose rows are given.
@inline(__always)
func transposeLowHalves(
    _ a0: Lanes, _ a1: Lanes, _ a2: Lanes, _ a3: Lanes, _ a4: Lanes, _ a5: Lanes, _ a6: Lanes,
    _ a7: Lanes
) -> (Lanes, Lanes, Lanes, Lanes) {
    transposeHalves(
        lowHalves(a0, a4), lowHalves(a1, a5), lowHalves(a2, a6), lowHalves(a3, a7))
}

/// The sums of eight vectors, as one vector.
@inline(__always)
func totals(
    _ a0: Lanes, _ a1: Lanes, _ a2: Lanes, _ a3: Lanes, _ a4: Lanes, _ a5: Lanes, _ a6: Lanes,
    _ a7: Lanes
) -> Lanes {
    // Halves of vectors i and i + 4 side by side, each with four partial sums.
    @inline(__always)
    func fold(_ a: Lanes, _ b: Lanes) -> Lanes { lowHalves(a, b) + highHalves(a, b) }
    let (c0, c1, c2, c3) = transposeHalves(fold(a0, a4), fold(a1, a5), fold(a2, a6), fold(a3, a7))
    return (c0 + c1) + (c2 + c3)
}

@inline(__always)
private func load(_ p: UnsafePointer<Float>) -> Lanes {
    UnsafeRawPointer(p).loadUnaligned(as: Lanes.self)
}

@inline(__always)
private func store(_ values: Lanes, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: values, as: Lanes.self)
}

/// Eight triples that lie one after the other.
@inline(__always)
func loadTriples(_ p: UnsafePointer<Float>) -> LaneTriple {
    let (a, b, c) = (load(p), load(p + 8), load(p + 16))
    return LaneTriple(
        Lanes(a[0], a[3], a[6], b[1], b[4], b[7], c[2], c[5]),
        Lanes(a[1], a[4], a[7], b[2], b[5], c[0], c[3], c[6]),
        Lanes(a[2], a[5], b[0], b[3], b[6], c[1], c[4], c[7]))
}

/// Writes eight triples one after the other.
@inline(__always)
func storeTriples(_ v: LaneTriple, _ p: UnsafeMutablePointer<Float>) {
    let (x, y, z) = (v.x, v.y, v.z)
    store(Lanes(x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2]), p)
    store(Lanes(z[2], x[3], y[3], z[3], x[4], y[4], z[4], x[5]), p + 8)
    store(Lanes(y[5], z[5], x[6], y[6], z[6], x[7], y[7], z[7]), p + 16)
}

/// Eight quadruples that lie one after the other.
@inline(__always)
func loadQuadruples(_ p: UnsafePointer<Float>) -> (Lanes, Lanes, Lanes, Lanes) {
    let (a, b, c, d) = (load(p), load(p + 8), load(p + 16), load(p + 24))
    return transposeHalves(
        lowHalves(a, c), highHalves(a, c), lowHalves(b, d), highHalves(b, d))
}

/// Writes eight quadruples one after the other.
@inline(__always)
func storeQuadruples(_ v: (Lanes, Lanes, Lanes, Lanes), _ p: UnsafeMutablePointer<Float>) {
    let (a, b, c, d) = transposeHalves(v.0, v.1, v.2, v.3)
    store(lowHalves(a, b), p)
    store(lowHalves(c, d), p + 8)
    store(highHalves(a, b), p + 16)
    store(highHalves(c, d), p + 24)
}

/// Reads one number of each cache line of `count` floats, in order: eight rows that are then read side
/// by side look like no stream to the processor, and each of their cache misses would be waited for.
@inline(__always)
func touch(
    _ base: UnsafePointer<Float>, count: Int, _ scratch: UnsafeMutablePointer<Lanes>
) {
    var sum: Float = 0
    for j in stride(from: 0, to: count, by: 16) { sum += base[j] }
    // Written where it is overwritten: only so is the loop not removed.
    scratch[0] = Lanes(repeating: sum)
}

/// Makes the first `width` floats of eight rows that start at `rows` columns: `target[j]` has the
/// float j of all.
@inline(__always)
func loadColumns(
    _ base: UnsafePointer<Float>, _ rows: SIMD8<Int>, width: Int,
    into target: UnsafeMutablePointer<Lanes>
) {
    for j in stride(from: 0, to: width & ~7, by: 8) {
        @inline(__always)
        func row(_ lane: Int) -> Lanes {
            UnsafeRawPointer(base + (rows[lane] &+ j)).loadUnaligned(as: Lanes.self)
        }
        let c = transpose(row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7))
        (target[j], target[j + 1], target[j + 2], target[j + 3]) = (c.0, c.1, c.2, c.3)
        (target[j + 4], target[j + 5], target[j + 6], target[j + 7]) = (c.4, c.5, c.6, c.7)
    }
    for j in width & ~7..<width { target[j] = gather(base, rows, j) }
}

/// Writes columns back to the first `count` of eight rows.
@inline(__always)
func storeColumns(
    _ source: UnsafePointer<Lanes>, _ base: UnsafeMutablePointer<Float>, _ rows: SIMD8<Int>,
    width: Int, count: Int
) {
    let whole = count == 8 ? width & ~7 : 0
    for j in stride(from: 0, to: whole, by: 8) {
        let r = transpose(
            source[j], source[j + 1], source[j + 2], source[j + 3], source[j + 4], source[j + 5],
            source[j + 6], source[j + 7])
        @inline(__always)
        func store(_ values: Lanes, _ lane: Int) {
            UnsafeMutableRawPointer(base + (rows[lane] &+ j)).storeBytes(
                of: values, as: Lanes.self)
        }
        store(r.0, 0)
        store(r.1, 1)
        store(r.2, 2)
        store(r.3, 3)
        store(r.4, 4)
        store(r.5, 5)
        store(r.6, 6)
        store(r.7, 7)
    }
    for j in whole..<width { scatter(source[j], base, rows, j, count: count) }
}
