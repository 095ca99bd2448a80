import Spatial

/// What one call of `MeshRasteriser` drew: for each pixel the nearest triangle at its centre.
public struct MeshFrame: Equatable, Sendable {
    public private(set) var width = 0
    public private(set) var height = 0
    /// The index of the triangle [H, W]; −1 where there is none.
    public var triangles: [Int32] = []
    /// The barycentric coordinates of the point on the triangle [3, H, W], one plane for each of its
    /// vertices; perspective-correct, not negative, adding up to 1; 0 where there is no triangle.
    public var barycentrics: [Float] = []
    /// The depth of that point along the optical axis [H, W], metres; 0 where there is none. In a
    /// texture all depths are 1.
    public var depth: [Float] = []

    /// An empty frame, to be drawn into.
    public init() {}

    /// Makes room for a frame of the given size; does nothing where there is.
    mutating func resize(width: Int, height: Int) {
        if (self.width, self.height) == (width, height) { return }
        self.width = width
        self.height = height
        triangles = [Int32](repeating: -1, count: width * height)
        barycentrics = [Float](repeating: 0, count: 3 * width * height)
        depth = [Float](repeating: 0, count: width * height)
    }

    /// Calls `body` with pointers to all arrays, valid during the call.
    mutating func withBuffers(
        _ body: (
            _ triangles: UnsafeMutablePointer<Int32>, _ barycentrics: UnsafeMutablePointer<Float>,
            _ depth: UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        triangles.withUnsafeMutableBufferPointer { triangles in
            barycentrics.withUnsafeMutableBufferPointer { barycentrics in
                depth.withUnsafeMutableBufferPointer { depth in
                    guard let triangles = triangles.baseAddress,
                        let barycentrics = barycentrics.baseAddress, let depth = depth.baseAddress
                    else { return }
                    body(triangles, barycentrics, depth)
                }
            }
        }
    }
}
