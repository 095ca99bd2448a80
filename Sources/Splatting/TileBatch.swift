/// Up to 32 splats of a tile's list, with the rows of the tile that each can reach.
///
/// Bounding boxes list splats in tiles that their ellipses miss; here, eight at a time, the exact
/// ellipse is held against the column of the tile. Forward and backward pass share this code, so
/// that they see the same pixels.
struct TileBatch {
    static let capacity = 32

    /// Bit r of word i: splat i can change row r of the tile.
    let rowMasks: UnsafeMutablePointer<UInt32>

    /// Fills `rowMasks` for the splats `entries[0..<count]` of the tile whose first pixel is
    /// (`x`, `y`).
    ///
    /// The rows are those between the lowest and the highest point of the ellipse within the
    /// column of pixel centres of the tile: its own extreme points where they lie in the column,
    /// else the point on the nearer border.
    @inline(__always)
    func fill(
        _ records: UnsafePointer<SplatRecord>, _ entries: UnsafePointer<UInt32>, count: Int,
        x: Float, y: Float
    ) {
        let floats = UnsafeRawPointer(records).assumingMemoryBound(to: Float.self)
        let stride = MemoryLayout<SplatRecord>.stride / MemoryLayout<Float>.stride
        for first in Swift.stride(from: 0, to: count, by: 8) {
            var rows = SIMD8<Int>()
            for lane in 0..<8 {
                rows[lane] = Int(entries[min(first + lane, count - 1)]) &* stride
            }
            let u = gather(floats, rows, 0)
            let v = gather(floats, rows, 1)
            let curvature = gather(floats, rows, 2)
            let shear = gather(floats, rows, 3)
            let fall = gather(floats, rows, 4)
            let budget = gather(floats, rows, 5) - alphaThresholdLog2
            let reach = gather(floats, rows, 6)

            let slack: Float = 0.01
            let left = (x + 0.5 - slack) - u
            let right = (x + Float(TileGrid.tileWidth) - 0.5 + slack) - u
            let extreme = shear * reach
            let high = extreme.atLeast(left).atMost(right)
            let low = (-extreme).atLeast(left).atMost(right)
            // On the line dx = e the rim of the ellipse solves
            // (curvature·shear² + fall)·y² − 2·curvature·shear·e·y + curvature·e² + budget = 0.
            let square = curvature * shear * shear + fall
            let tilt = curvature * shear
            let product = curvature * fall
            let constant = -square * budget
            let highRoot = constant - product * high * high
            let lowRoot = constant - product * low * low
            let inverse = 1 / square
            let top = (tilt * low + lowRoot.root) * inverse + (v - y)
            let bottom = (tilt * high - highRoot.root) * inverse + (v - y)
            let lastRow = Float(TileGrid.tileHeight - 1)
            let begin = (top - (0.5 + slack)).rounded(.up).atLeast(0).atMost(lastRow + 1)
            let end =
                (bottom - (0.5 - slack)).rounded(.down).atLeast(-1).atMost(lastRow) + 1
            let ones = SIMD8<UInt32>(repeating: 1)
            let mask = (ones &<< end.wholeNumbers) &- (ones &<< begin.wholeNumbers)
            let hits = (end .> begin) .& (highRoot .>= 0) .& (lowRoot .>= 0)
            let masked = SIMD8<UInt32>().replacing(with: mask, where: hits)
            UnsafeMutableRawPointer(rowMasks + first).storeBytes(
                of: masked, as: SIMD8<UInt32>.self)
        }
    }
}
