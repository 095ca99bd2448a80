import Rigs
import Spatial

/// Hair as triangles that face the viewer: of each strand a ribbon that ends in a point.
///
/// From far away fewer and wider ribbons are drawn, so that none is much thinner than a sample. Vertices
/// stand strand by strand; triangles of the head's hair from front to back.
struct Ribbons {
    /// The strands that are drawn: of the head the first of them, of the face all or none.
    private(set) var headStrands = 0
    private(set) var faceStrands = 0
    /// The first vertex and the first triangle of the hair of the face, counted from the first ribbon.
    private(set) var faceHairVertex = 0
    private(set) var faceHairFace = 0
    private(set) var faces: [SIMD3<Int32>] = []

    /// Appends ribbons to vertices.
    ///
    /// - Parameters:
    ///   - towards: where the viewer is.
    ///   - isDirection: whether `towards` is a direction, of a viewer far away.
    ///   - pitch: the width of a sample at the head, metres.
    ///   - coarsening: fewer and wider than that, for shadows.
    init(
        _ pose: StudioPose, towards: Vector3, isDirection: Bool, pitch: Float, coarsening: Float,
        into vertices: inout [Vector3]
    ) {
        let hair = pose.person.headHair
        let first = vertices.count
        let widening = max(coarsening, 1.1 * pitch / max(hair.width, 1e-5))
        headStrands = hair.count == 0 ? 0 : max(250, Int(Float(hair.count) / widening))
        headStrands = min(headStrands, hair.count)
        let widthFactor = hair.count == 0 ? 1 : Float(hair.count) / Float(max(headStrands, 1))
        func add(
            _ points: UnsafePointer<Vector3>, count: Int, width: Float, tip: Float
        ) {
            let base = Int32(vertices.count)
            for i in 0..<count {
                let (left, right) = Self.sides(
                    points, i, count: count, width: width, tip: tip, towards, isDirection)
                vertices.append(left)
                vertices.append(right)
                guard i > 0 else { continue }
                let k = base + 2 * Int32(i)
                faces.append(SIMD3(k - 2, k - 1, k))
                faces.append(SIMD3(k, k - 1, k + 1))
            }
        }
        vertices.reserveCapacity(first + 2 * headStrands * hair.pointCount + 48_000)
        let p = hair.pointCount
        // Where hair is much coarser than it is, so are its bends.
        let rows = Array(stride(from: 0, to: p - 1, by: coarsening > 10 ? 3 : 1)) + [max(p - 1, 0)]
        let q = rows.count
        let base = first
        vertices.append(contentsOf: repeatElement(.zero, count: 2 * q * headStrands))
        faces = [SIMD3<Int32>](repeating: .zero, count: 2 * (q - 1) * headStrands)
        let ranks = Self.ranks(
            (0..<headStrands).map { s in
                let middle = pose.hairPoints[s * p + p / 2]
                return isDirection
                    ? -dot(middle, towards) : (middle - towards).lengthSquared
            })
        vertices.withUnsafeMutableBufferPointer { vertices in
            faces.withUnsafeMutableBufferPointer { faces in
                nonisolated(unsafe) let (vertices, faces) = (vertices, faces)
                parallelFor(headStrands, grain: 256) { strands, _ in
                    for s in strands {
                        let points = pose.hairPoints.start + s * p
                        let width = hair.width * widthFactor * (0.75 + 0.5 * hair.names[s])
                        for i in 0..<q {
                            let (left, right) = Self.sides(
                                points, rows[i], count: p, width: width, tip: 0.3, towards,
                                isDirection)
                            let k = base + 2 * (s * q + i)
                            (vertices[k], vertices[k + 1]) = (left, right)
                            guard i > 0 else { continue }
                            let (f, v) = (2 * (ranks[s] * (q - 1) + i - 1), Int32(k))
                            faces[f] = SIMD3(v - 2, v - 1, v)
                            faces[f + 1] = SIMD3(v, v - 1, v + 1)
                        }
                    }
                }
            }
        }
        faceHairVertex = vertices.count - first
        faceHairFace = faces.count
        // Too small to see: what is painted on the skin stands for it.
        guard pitch < 0.0016, coarsening <= 1 else { return }
        faceStrands = pose.person.faceHair.count
        for (s, root) in pose.person.faceHair.roots.enumerated() {
            add(
                pose.faceHairPoints.start + s * SurfaceStrands.pointCount,
                count: SurfaceStrands.pointCount, width: max(root.width, 0.55 * pitch), tip: 0.12)
        }
    }

    /// The place of each strand in the order from front to back, in which the fewest are drawn over.
    private static func ranks(_ distances: [Float]) -> [Int] {
        // Equally far ones in their own order, for the same bits everywhere.
        let order = distances.indices.sorted {
            (distances[$0], $0) < (distances[$1], $1)
        }
        var ranks = [Int](repeating: 0, count: distances.count)
        for (rank, strand) in order.enumerated() { ranks[strand] = rank }
        return ranks
    }

    /// The two corners of a ribbon at one of its points.
    @inline(__always)
    private static func sides(
        _ points: UnsafePointer<Vector3>, _ i: Int, count: Int, width: Float, tip: Float,
        _ towards: Vector3, _ isDirection: Bool
    ) -> (Vector3, Vector3) {
        let tangent = points[min(i + 1, count - 1)] - points[max(i - 1, 0)]
        let view = isDirection ? towards : towards - points[i]
        let t = Float(i) / Float(count - 1)
        let side = cross(tangent, view).normalized * (0.5 * width * (1 - (1 - tip) * t * t))
        return (points[i] - side, points[i] + side)
    }
}
