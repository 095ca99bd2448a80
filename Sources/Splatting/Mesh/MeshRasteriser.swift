import Spatial

/// Finds the nearest triangle of a mesh at every pixel, on all cores, and the triangle of every
/// texel of a texture.
///
/// Triangles are drawn in homogeneous coordinates (Olano and Greer 1997, "Triangle scan conversion
/// using 2D homogeneous coordinates"): with the vertices vᵢ as homogeneous pixels (x·w, y·w, w) and
/// p = (px, py, 1), the edge function p·(vⱼ × vₖ) is the weight of vertex i times a common factor,
/// correct in perspective, and nothing is clipped, not even where a triangle passes through the
/// camera's plane. Both sides of a triangle are drawn. Edges shared by two triangles leave no gap:
/// their functions are exact negatives. Of equally near triangles the first is drawn.
///
/// It keeps its memory from call to call; results are the same for any number of threads. An
/// instance serves one call at a time.
public final class MeshRasteriser {
    private var vertices = Scratch<SIMD4<Double>>()
    private var rectangles = Scratch<TileRectangle>()
    private var pairCounts = Scratch<Int>()
    private var tileLists = TileLists()
    private var triangles = Scratch<HomogeneousTriangle>()
    /// The largest 1/depth of each triangle.
    private var nearests = Scratch<Float>()
    private var workerScratch = Scratch<SIMD4<Double>>()

    /// A rasteriser that holds no memory yet.
    public init() {}

    /// Draws a mesh.
    ///
    /// - Parameters:
    ///   - positions: vertices [V], world space, metres.
    ///   - faces: indices of three vertices each; a face with an index out of range, a vertex that is
    ///     not finite, or no area is not drawn.
    ///   - camera: nearer to its plane than `near` metres nothing is drawn.
    ///   - frame: where the picture goes; it keeps its memory.
    public func render(
        positions: [Vector3], faces: [SIMD3<Int32>], camera: Camera, near: Float = 0.01,
        into frame: inout MeshFrame
    ) {
        vertices.reserve(positions.count)
        let vertices = vertices.start
        let k = SIMD4(
            Double(camera.intrinsics.fx), Double(camera.intrinsics.fy),
            Double(camera.intrinsics.cx), Double(camera.intrinsics.cy))
        // In a parallel projection depth is linear on the image, in perspective its inverse is. With
        // w = 1/(far − z) for a far plane behind everything, the first is drawn as the second.
        var far: Double?
        if camera.projection == .orthographic {
            let depths = positions.lazy.map { Double((camera.viewMatrix * $0).z) }
            far = depths.filter(\.isFinite).reduce(Double(near)) { max($0, $1) } + 1
        }
        parallelFor(positions.count, grain: 2048) { range, _ in
            for i in range {
                let p = camera.viewMatrix * positions[i]
                let (x, y, z) = (Double(p.x), Double(p.y), Double(p.z))
                if let far {
                    let w = 1 / (far - z)
                    vertices[i] = SIMD4((k.x * x + k.z) * w, (k.y * y + k.w) * w, w, 0)
                } else {
                    vertices[i] = SIMD4(k.x * x + k.z * z, k.y * y + k.w * z, z, 0)
                }
            }
        }
        frame.resize(width: camera.width, height: camera.height)
        let nearest = far.map { 1 / ($0 - Double(near)) } ?? Double(near)
        draw(vertexCount: positions.count, faces, near: nearest, &frame)
        if let far { straighten(&frame, faces, far: far) }
    }

    /// Draws a mesh.
    public func render(
        positions: [Vector3], faces: [SIMD3<Int32>], camera: Camera, near: Float = 0.01
    ) -> MeshFrame {
        var frame = MeshFrame()
        render(positions: positions, faces: faces, camera: camera, near: near, into: &frame)
        return frame
    }

    /// Finds the triangle of every texel of a texture; where several overlap, the first.
    ///
    /// - Parameters:
    ///   - uvs: texture coordinates, u right and v up in 0…1: (0, 1) is the corner of the first texel.
    ///   - faces: indices of three texture coordinates each.
    ///   - width: the texture's width, texels.
    ///   - height: the texture's height, texels.
    public func renderTexture(
        uvs: [Vector2], faces: [SIMD3<Int32>], width: Int, height: Int
    ) -> MeshFrame {
        vertices.reserve(uvs.count)
        for (i, uv) in uvs.enumerated() {
            vertices.start[i] = SIMD4(
                Double(uv.x) * Double(width), (1 - Double(uv.y)) * Double(height), 1, 0)
        }
        var frame = MeshFrame()
        frame.resize(width: width, height: height)
        draw(vertexCount: uvs.count, faces, near: 0, &frame)
        return frame
    }

    private func draw(
        vertexCount: Int, _ faces: [SIMD3<Int32>], near: Double,
        _ frame: inout MeshFrame
    ) {
        let grid = TileGrid(
            width: frame.width, height: frame.height, tileWidth: MeshTilePass.tileWidth,
            tileHeight: MeshTilePass.tileHeight)
        let grain = 512
        let blockCount = (faces.count + grain - 1) / grain
        rectangles.reserve(faces.count)
        triangles.reserve(faces.count)
        nearests.reserve(faces.count)
        pairCounts.reserve(blockCount)
        let (vertices, rectangles) = (vertices.start, rectangles.start)
        let (triangles, nearests) = (triangles.start, nearests.start)
        let pairCounts = pairCounts.start
        parallelFor(faces.count, grain: grain) { range, _ in
            var pairs = 0
            for i in range {
                rectangles[i] = .empty
                let face = faces[i]
                // Negative ones are very large.
                let a = Int(UInt32(bitPattern: face.x))
                let b = Int(UInt32(bitPattern: face.y))
                let c = Int(UInt32(bitPattern: face.z))
                if a >= vertexCount || b >= vertexCount || c >= vertexCount { continue }
                let corners = (vertices[a], vertices[b], vertices[c])
                guard var triangle = HomogeneousTriangle(corners) else { continue }
                rectangles[i] = triangle.bound(corners, near: near, grid)
                triangles[i] = triangle
                nearests[i] = HomogeneousTriangle.nearest(corners, near: near)
                pairs += rectangles[i].count
            }
            pairCounts[range.lowerBound / grain] = pairs
        }
        tileLists.fill(
            count: faces.count, pairs: (0..<blockCount).reduce(0) { $0 + pairCounts[$1] },
            columns: grid.columns, tiles: grid.count,
            rectangle: { rectangles[Int($0)] },
            name: { UInt32(truncatingIfNeeded: $0) })

        workerScratch.reserve(MeshTilePass.scratchCount * Threads.count)
        let scratch = workerScratch.start
        let (entries, starts) = (tileLists.entries.start, tileLists.starts.start)
        frame.withBuffers { ids, barycentrics, depth in
            let pass = MeshTilePass(
                grid: grid, triangles: triangles, nearests: nearests, entries: entries,
                starts: starts,
                largestInverseDepth: near > 0 ? 1 / near : .infinity, ids: ids,
                barycentrics: barycentrics, depth: depth)
            parallelFor(grid.count) { tile, worker in
                pass.run(tile: tile, scratch: scratch + worker * MeshTilePass.scratchCount)
            }
        }
    }

    /// Turns what was drawn with w = 1/(far − z) in the place of the depth into what a parallel
    /// projection shows.
    private func straighten(_ frame: inout MeshFrame, _ faces: [SIMD3<Int32>], far: Double) {
        let vertices = vertices.start
        let (width, height) = (frame.width, frame.height)
        let plane = width * height
        frame.withBuffers { ids, barycentrics, depth in
            parallelFor(height, grain: 16) { rows, _ in
                for pixel in rows.lowerBound * width..<rows.upperBound * width
                where ids[pixel] >= 0 {
                    let face = faces[Int(ids[pixel])]
                    let weights = SIMD3(
                        Double(barycentrics[pixel]) * vertices[Int(face.x)].z,
                        Double(barycentrics[plane + pixel]) * vertices[Int(face.y)].z,
                        Double(barycentrics[2 * plane + pixel]) * vertices[Int(face.z)].z)
                    let sum = weights.sum()
                    for corner in 0..<3 {
                        barycentrics[corner * plane + pixel] = Float(weights[corner] / sum)
                    }
                    depth[pixel] = Float(far - 1 / Double(depth[pixel]))
                }
            }
        }
    }
}
