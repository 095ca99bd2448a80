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
    private var workerScratch = Scratch<SIMD4<Double>>()

    /// A rasteriser that holds no memory yet.
    public init() {}

    /// Draws a mesh.
    ///
    /// - Parameters:
    ///   - positions: vertices [V], world space, metres.
    ///   - faces: indices of three vertices each; a face with an index out of range, a vertex that is
    ///     not finite, or no area is not drawn.
    ///   - camera: a perspective camera; `near` metres before it nothing is drawn.
    ///   - frame: where the picture goes; it keeps its memory.
    public func render(
        positions: [Vector3], faces: [SIMD3<Int32>], camera: Camera, near: Float = 0.01,
        into frame: inout MeshFrame
    ) {
        precondition(camera.projection == .perspective, "meshes are drawn in perspective")
        vertices.reserve(positions.count)
        let vertices = vertices.start
        let k = SIMD4(
            Double(camera.intrinsics.fx), Double(camera.intrinsics.fy),
            Double(camera.intrinsics.cx), Double(camera.intrinsics.cy))
        parallelFor(positions.count, grain: 2048) { range, _ in
            for i in range {
                let p = camera.viewMatrix * positions[i]
                let (x, y, z) = (Double(p.x), Double(p.y), Double(p.z))
                vertices[i] = SIMD4(k.x * x + k.z * z, k.y * y + k.w * z, z, 0)
            }
        }
        frame.resize(width: camera.width, height: camera.height)
        draw(vertexCount: positions.count, faces, near: Double(near), &frame)
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
        vertexCount: Int, _ faces: [SIMD3<Int32>], near: Double, _ frame: inout MeshFrame
    ) {
        let grid = TileGrid(
            width: frame.width, height: frame.height, tileWidth: MeshTilePass.tileWidth,
            tileHeight: MeshTilePass.tileHeight)
        let grain = 512
        let blockCount = (faces.count + grain - 1) / grain
        rectangles.reserve(faces.count)
        triangles.reserve(faces.count)
        pairCounts.reserve(blockCount)
        let (vertices, rectangles) = (vertices.start, rectangles.start)
        let (triangles, pairCounts) = (triangles.start, pairCounts.start)
        parallelFor(faces.count, grain: grain) { range, _ in
            var pairs = 0
            for i in range {
                rectangles[i] = .empty
                let face = faces[i]
                let indices = SIMD3<Int>(truncatingIfNeeded: face)
                if any(indices .< 0) || any(indices .>= vertexCount) { continue }
                let corners = (vertices[indices.x], vertices[indices.y], vertices[indices.z])
                guard var triangle = HomogeneousTriangle(corners) else { continue }
                rectangles[i] = triangle.bound(corners, near: near, grid)
                triangles[i] = triangle
                pairs += rectangles[i].count
            }
            pairCounts[range.lowerBound / grain] = pairs
        }
        tileLists.fill(
            count: faces.count, pairs: (0..<blockCount).reduce(0) { $0 + pairCounts[$1] },
            columns: grid.columns, tiles: grid.count,
            rectangle: { rectangles[Int($0)] },
            name: { UInt32(truncatingIfNeeded: $0) }, placed: { _, _, _ in })

        workerScratch.reserve(MeshTilePass.scratchCount * Threads.count)
        let scratch = workerScratch.start
        let (entries, starts) = (tileLists.entries.start, tileLists.starts.start)
        frame.withBuffers { ids, barycentrics, depth in
            let pass = MeshTilePass(
                grid: grid, triangles: triangles, entries: entries, starts: starts,
                largestInverseDepth: near > 0 ? 1 / near : .infinity, ids: ids,
                barycentrics: barycentrics, depth: depth)
            parallelFor(grid.count) { tile, worker in
                pass.run(tile: tile, scratch: scratch + worker * MeshTilePass.scratchCount)
            }
        }
    }
}
