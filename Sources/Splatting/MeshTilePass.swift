/// Draws the triangles of one tile after another into a depth buffer of the worker's own, then works
/// out the surface point of each pixel once.
struct MeshTilePass {
    static let tileWidth = 32
    static let tileHeight = 16

    let grid: TileGrid
    let triangles: UnsafePointer<HomogeneousTriangle>
    let entries: UnsafePointer<UInt32>
    let starts: UnsafePointer<UInt32>
    let largestInverseDepth: Double
    let ids: UnsafeMutablePointer<Int32>
    let barycentrics: UnsafeMutablePointer<Float>
    let depth: UnsafeMutablePointer<Float>

    /// The vectors of scratch memory that one worker needs: inverse depths, and indices.
    static let scratchCount = 2 * tileHeight * groups
    /// Groups of four pixels in a row of a tile.
    private static let groups = tileWidth / 4

    func run(tile: Int, scratch: UnsafeMutablePointer<SIMD4<Double>>) {
        let (row, column) = tile.quotientAndRemainder(dividingBy: grid.columns)
        let (x, y) = (column * Self.tileWidth, row * Self.tileHeight)
        let rowCount = min(Self.tileHeight, grid.height - y)
        let columnCount = min(Self.tileWidth, grid.width - x)
        let size = Self.tileHeight * Self.groups
        let inverseDepths = scratch
        let nearest = UnsafeMutableRawPointer(scratch + size).assumingMemoryBound(
            to: SIMD4<Int64>.self)
        inverseDepths.update(repeating: .zero, count: size)
        nearest.update(repeating: SIMD4(repeating: -1), count: size)

        for entry in Int(starts[tile])..<Int(starts[tile + 1]) {
            draw(
                Int(entries[entry]), x: x, y: y, rowCount, inverseDepths, nearest)
        }

        let plane = grid.width * grid.height
        let indices = UnsafeRawPointer(nearest).assumingMemoryBound(to: Int64.self)
        for r in 0..<rowCount {
            for c in 0..<columnCount {
                let pixel = (y + r) * grid.width + x + c
                let index = indices[r * Self.tileWidth + c]
                ids[pixel] = Int32(truncatingIfNeeded: index)
                var (weights, z) = (SIMD4<Double>(), 0.0)
                if index >= 0 {
                    let triangle = triangles[Int(index)]
                    weights = triangle.weights(x: Double(x + c) + 0.5, y: Double(y + r) + 0.5)
                    let sum = weights.x + weights.y + weights.z
                    weights /= sum
                    z = 1 / (sum * triangle.inverseDeterminant)
                }
                barycentrics[pixel] = Float(weights.x)
                barycentrics[plane + pixel] = Float(weights.y)
                barycentrics[2 * plane + pixel] = Float(weights.z)
                depth[pixel] = Float(z)
            }
        }
    }

    /// Draws one triangle. 1/depth is linear on the image, and compared in the place of depth.
    @inline(__always)
    private func draw(
        _ index: Int, x: Int, y: Int, _ rowCount: Int,
        _ inverseDepths: UnsafeMutablePointer<SIMD4<Double>>,
        _ nearest: UnsafeMutablePointer<SIMD4<Int64>>
    ) {
        let triangle = triangles + index
        let name = SIMD4<Int64>(repeating: Int64(index))
        let (stepX, stepY) = (triangle.pointee.x, triangle.pointee.y)
        let constant = triangle.pointee.constant
        let factor = triangle.pointee.inverseDeterminant
        let begin = max(0, Int(triangle.pointee.columns.x) - x) / 4
        let end = (min(Self.tileWidth, Int(triangle.pointee.columns.y) - x) + 3) / 4
        for r in max(
            0, Int(triangle.pointee.rows.x) - y)..<min(
                rowCount, Int(triangle.pointee.rows.y) - y)
        {
            let base = constant + stepY * (Double(y + r) + 0.5)
            for group in begin..<end {
                let px = SIMD4(0.5, 1.5, 2.5, 3.5) + Double(x + 4 * group)
                let a = SIMD4(repeating: base.x).addingProduct(px, stepX.x)
                let b = SIMD4(repeating: base.y).addingProduct(px, stepX.y)
                let c = SIMD4(repeating: base.z).addingProduct(px, stepX.z)
                let inverseDepth = (a + b + c) * factor
                let place = r * Self.groups + group
                let hits =
                    (a .>= 0) .& (b .>= 0) .& (c .>= 0)
                    .& (inverseDepth .> inverseDepths[place])
                    .& (inverseDepth .<= largestInverseDepth)
                if !any(hits) { continue }
                inverseDepths[place].replace(with: inverseDepth, where: hits)
                nearest[place].replace(with: name, where: hits)
            }
        }
    }
}
