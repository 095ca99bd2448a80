import Spatial

extension MeshFrame {
    /// The barycentric coordinates at a pixel (an index into `triangles`).
    public func weights(at pixel: Int) -> Vector3 {
        let plane = width * height
        return Vector3(
            barycentrics[pixel], barycentrics[plane + pixel], barycentrics[2 * plane + pixel])
    }

    /// Vertex attributes at each pixel, as an image of C planes; 0 where there is no triangle.
    ///
    /// - Parameters:
    ///   - attributes: [V, C].
    ///   - channels: C.
    ///   - faces: the triangles that were drawn, with their indices into `attributes` (those of the
    ///     positions, or those of another indexing of the same triangles).
    public func interpolate(
        _ attributes: [Float], channels: Int, faces: [SIMD3<Int32>]
    ) -> Image {
        let plane = width * height
        let samples = [Float](unsafeUninitializedCapacity: channels * plane) { buffer, count in
            // Rows are disjoint.
            nonisolated(unsafe) let target = buffer
            parallelFor(height, grain: 8) { rows, _ in
                for pixel in rows.lowerBound * width..<rows.upperBound * width {
                    let triangle = triangles[pixel]
                    if triangle < 0 {
                        for c in 0..<channels { target[c * plane + pixel] = 0 }
                        continue
                    }
                    let corners = faces[Int(triangle)]
                    let weights = (
                        barycentrics[pixel], barycentrics[plane + pixel],
                        barycentrics[2 * plane + pixel]
                    )
                    let (a, b) = (Int(corners.x) * channels, Int(corners.y) * channels)
                    let c = Int(corners.z) * channels
                    for channel in 0..<channels {
                        target[channel * plane + pixel] =
                            attributes[a + channel] * weights.0
                            + attributes[b + channel] * weights.1
                            + attributes[c + channel] * weights.2
                    }
                }
            }
            count = channels * plane
        }
        return Image(width: width, height: height, channels: channels, samples: samples)
    }

    /// Vectors of vertices (normals, positions) at each pixel, as an image of three planes.
    public func interpolate(_ vectors: [Vector3], faces: [SIMD3<Int32>]) -> Image {
        interpolate(vectors.flatMap { [$0.x, $0.y, $0.z] }, channels: 3, faces: faces)
    }
}
