/// Up to 64 splats of a tile's list, laid out for the blending loops: one array for each quantity,
/// and the rows of the tile that each splat can change.
///
/// Bounding boxes list splats in tiles that their ellipses miss; here, eight at a time, the exact
/// ellipse is held against the column of the tile. Forward and backward pass share this code, so
/// that they see the same pixels.
struct TileBatch {
    static let capacity = 64
    private static let groups = capacity / 8
    /// The vectors of memory it needs.
    static let scratchCount = 13 * groups + 4 + capacity

    private let start: UnsafeMutablePointer<Lanes>

    init(_ scratch: UnsafeMutablePointer<Lanes>) { start = scratch }

    /// Its memory.
    var scratch: UnsafeMutablePointer<Lanes> { start }

    @inline(__always)
    private func array(_ index: Int) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(start + index * Self.groups).assumingMemoryBound(to: Float.self)
    }

    // As in `SplatRecord`.
    var u: UnsafeMutablePointer<Float> { array(0) }
    var v: UnsafeMutablePointer<Float> { array(1) }
    var curvature: UnsafeMutablePointer<Float> { array(2) }
    var shear: UnsafeMutablePointer<Float> { array(3) }
    var fall: UnsafeMutablePointer<Float> { array(4) }
    var logOpacity: UnsafeMutablePointer<Float> { array(5) }
    var red: UnsafeMutablePointer<Float> { array(6) }
    var green: UnsafeMutablePointer<Float> { array(7) }
    var blue: UnsafeMutablePointer<Float> { array(8) }
    /// Of the row that `evaluate` was called for: the column where the exponent is largest, and the
    /// exponent there.
    var centre: UnsafeMutablePointer<Float> { array(9) }
    var peak: UnsafeMutablePointer<Float> { array(10) }
    /// 1 + the place of the splat in the patch's list.
    var place: UnsafeMutablePointer<Float> { array(11) }
    /// Bit r of word i: splat i can change row r of the tile.
    var rowMasks: UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(start + 12 * Self.groups).assumingMemoryBound(to: UInt32.self)
    }
    /// Bit i of word r: splat i can change row r of the tile.
    var splatMasks: UnsafeMutablePointer<UInt64> {
        UnsafeMutableRawPointer(start + 13 * Self.groups).assumingMemoryBound(to: UInt64.self)
    }

    /// Of the row that `evaluate` was called for: the opacity of splat i at the pixels.
    var alphas: UnsafeMutablePointer<Lanes> { start + 13 * Self.groups + 4 }

    /// Takes the splats `entries[0..<count]` of the tile whose first pixel is (`x`, `y`).
    ///
    /// - Parameter firstPlace: 1 + the place of `records[0]` in the patch's list.
    @inline(__always)
    func fill(
        _ records: UnsafePointer<SplatRecord>, _ entries: UnsafePointer<UInt16>, count: Int,
        x: Float, y: Float, firstPlace: Int
    ) {
        let groupCount = (count + 7) / 8
        for group in 0..<groupCount {
            let first = 8 * group
            @inline(__always)
            func record(_ lane: Int) -> UnsafePointer<SplatRecord> {
                records + Int(entries[min(first + lane, count - 1)])
            }
            let rows = (
                record(0), record(1), record(2), record(3), record(4), record(5), record(6),
                record(7)
            )
            let (u, v, curvature, shear, fall, logOpacity, reach, _) = transpose(
                rows.0.pointee.geometry, rows.1.pointee.geometry, rows.2.pointee.geometry,
                rows.3.pointee.geometry, rows.4.pointee.geometry, rows.5.pointee.geometry,
                rows.6.pointee.geometry, rows.7.pointee.geometry)
            let (red, green, blue, _) = transposeLowHalves(
                rows.0.pointee.colour, rows.1.pointee.colour, rows.2.pointee.colour,
                rows.3.pointee.colour, rows.4.pointee.colour, rows.5.pointee.colour,
                rows.6.pointee.colour, rows.7.pointee.colour)
            let target = start + group
            target[0] = u
            target[Self.groups] = v
            target[2 * Self.groups] = curvature
            target[3 * Self.groups] = shear
            target[4 * Self.groups] = fall
            target[5 * Self.groups] = logOpacity
            target[6 * Self.groups] = red
            target[7 * Self.groups] = green
            target[8 * Self.groups] = blue
            let indices = UnsafeRawPointer(entries + first).loadUnaligned(as: SIMD8<UInt16>.self)
            target[11 * Self.groups] = Lanes(
                SIMD8<Int32>(truncatingIfNeeded: indices) &+ Int32(truncatingIfNeeded: firstPlace))
            var mask = Self.rows(
                u: u - x, v: v - y, curvature: curvature, shear: shear, fall: fall,
                budget: logOpacity - alphaThresholdLog2, reach: reach)
            if count - first < 8 {
                for lane in count - first..<8 { mask[lane] = 0 }
            }
            UnsafeMutableRawPointer(rowMasks + first).storeBytes(
                of: mask, as: SIMD8<UInt32>.self)
        }
        transposeMasks(groupCount: groupCount)
    }

    /// The rows of the tile between the lowest and the highest point of the ellipse within the
    /// tile's column of pixel centres: the ellipse's own extreme points where they lie in the
    /// column, else the points on the nearer border. (u, v) is the centre from the tile's corner.
    /// Never called: a call would pass the vectors by halves, through memory.
    @inline(always)
    private static func rows(
        u: Lanes, v: Lanes, curvature: Lanes, shear: Lanes, fall: Lanes, budget: Lanes,
        reach: Lanes
    ) -> SIMD8<UInt32> {
        let slack: Float = 0.01
        let left = (0.5 - slack) - u
        let right = (Float(TileGrid.tileWidth) - 0.5 + slack) - u
        let extreme = shear * reach
        let high = extreme.atLeast(left).atMost(right)
        let low = (-extreme).atLeast(left).atMost(right)
        // On the line dx = e the rim of the ellipse solves
        // (curvature·shear² + fall)·y² − 2·curvature·shear·e·y + curvature·e² + budget = 0.
        let tilt = curvature * shear
        let square = fall.addingProduct(tilt, shear)
        let product = curvature * fall
        let constant = -square * budget
        let highRoot = constant - product * high * high
        let lowRoot = constant - product * low * low
        let inverse = 1 / square
        // NaN where the ellipse does not reach the column: then there is no hit.
        let top = v + (tilt * low + lowRoot.plainRoot) * inverse
        let bottom = v + (tilt * high - highRoot.plainRoot) * inverse
        let lastRow = Float(TileGrid.tileHeight - 1)
        let begin = (top - (0.5 + slack)).rounded(.up).atLeast(0).atMost(lastRow + 1)
        let end = (bottom - (0.5 - slack)).rounded(.down).atLeast(-1).atMost(lastRow) + 1
        let ones = SIMD8<UInt32>(repeating: 1)
        let mask = (ones &<< end.wholeNumbers) &- (ones &<< begin.wholeNumbers)
        let hits = (end .> begin) .& (highRoot .>= 0) .& (lowRoot .>= 0)
        return SIMD8<UInt32>().replacing(with: mask, where: hits)
    }

    /// Makes `splatMasks` out of `rowMasks`.
    @inline(__always)
    private func transposeMasks(groupCount: Int) {
        for r in 0..<TileGrid.tileHeight { splatMasks[r] = 0 }
        for group in 0..<groupCount {
            let masks = UnsafeRawPointer(rowMasks + 8 * group).load(as: SIMD8<UInt32>.self)
            transposeBits(masks, into: splatMasks, byte: group)
        }
    }

    /// Works out the opacities, at most `alphaCeiling`, of the splats whose bits are set in `splats`, of
    /// `count`, in the row of pixel centres (`x`, `y`).
    ///
    /// Apart from the blending, in which each splat waits for the one before it: two loops of short chains
    /// of instructions keep the processor busier than one of long chains.
    @inline(never)
    func evaluate(_ splats: UInt64, count: Int, x: Lanes, y: Float) {
        for group in 0..<(count + 7) / 8 {
            let source = start + group
            let dy = y - source[Self.groups]
            source[9 * Self.groups] = source[0].addingProduct(source[3 * Self.groups], dy)
            source[10 * Self.groups] = source[5 * Self.groups].addingProduct(
                source[4 * Self.groups] * dy, dy)
        }
        var splats = splats
        repeat {
            let i = splats.trailingZeroBitCount
            splats &= splats &- 1
            alphas[i] = freeAlpha(
                offset: x - centre[i], curvature: Lanes(repeating: curvature[i]),
                peak: Lanes(repeating: peak[i])
            ).atMost(alphaCeiling)
        } while splats != 0
    }
}

/// Writes bit r of each of eight masks to byte `byte` of word r, for 16 words: 8×8 bits at a time, by
/// swapping ever larger halves (Warren, "Hacker's Delight", 7-3).
@inline(__always)
func transposeBits(
    _ masks: SIMD8<UInt32>, into words: UnsafeMutablePointer<UInt64>, byte: Int
) {
    let bytes = (
        SIMD8<UInt8>(truncatingIfNeeded: masks), SIMD8<UInt8>(truncatingIfNeeded: masks &>> 8)
    )
    var blocks = SIMD2(
        unsafeBitCast(bytes.0, to: UInt64.self), unsafeBitCast(bytes.1, to: UInt64.self))
    var t = (blocks ^ (blocks &>> 7)) & 0x00AA_00AA_00AA_00AA
    blocks ^= t ^ (t &<< 7)
    t = (blocks ^ (blocks &>> 14)) & 0x0000_CCCC_0000_CCCC
    blocks ^= t ^ (t &<< 14)
    t = (blocks ^ (blocks &>> 28)) & 0x0000_0000_F0F0_F0F0
    blocks ^= t ^ (t &<< 28)
    let target = UnsafeMutableRawPointer(words)
    for r in 0..<8 {
        target.storeBytes(
            of: UInt8(truncatingIfNeeded: blocks.x &>> UInt64(8 * r)),
            toByteOffset: 8 * r + byte, as: UInt8.self)
        target.storeBytes(
            of: UInt8(truncatingIfNeeded: blocks.y &>> UInt64(8 * r)),
            toByteOffset: 8 * (r + 8) + byte, as: UInt8.self)
    }
}
