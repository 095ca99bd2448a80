import Spatial

extension MeshFrame {
    /// The derivative of `interpolate`: which triangle a pixel shows is a choice, all else is
    /// differentiated.
    ///
    /// - Parameters:
    ///   - gradient: of a loss with respect to the interpolated image [C, H, W].
    ///   - attributes: [V, C].
    ///   - faces: the triangles, with their indices into `attributes`.
    /// - Returns: the gradients of the attributes [V, C] and of the barycentric coordinates
    ///   [3, H, W].
    public func interpolationGradient(
        _ gradient: [Float], attributes: [Float], channels: Int, faces: [SIMD3<Int32>]
    ) -> (attributes: [Float], barycentrics: [Float]) {
        let plane = width * height
        precondition(gradient.count == channels * plane, "the gradient is [C, H, W]")
        // Pixels are added up in order, in double precision: the same on any machine.
        var sums = [Double](repeating: 0, count: attributes.count)
        var result = [Float](repeating: 0, count: 3 * plane)
        for pixel in 0..<plane where triangles[pixel] >= 0 {
            let face = faces[Int(triangles[pixel])]
            for corner in 0..<3 {
                let weight = barycentrics[corner * plane + pixel]
                let first = Int(face[corner]) * channels
                var sum: Float = 0
                for c in 0..<channels {
                    let g = gradient[c * plane + pixel]
                    sum += g * attributes[first + c]
                    sums[first + c] += Double(g * weight)
                }
                result[corner * plane + pixel] = sum
            }
        }
        return (sums.map { Float($0) }, result)
    }

    /// The gradient of the vertex positions through the barycentric coordinates and the depth.
    ///
    /// With p = (px, py, 1) and the homogeneous pixels vᵢ of the vertices, bᵢ = Nᵢ/ΣN and
    /// Nᵢ = p·(vⱼ × vₖ), so dNᵢ/dvⱼ = vₖ × p; the depth is Σ bᵢ·zᵢ.
    ///
    /// - Parameters:
    ///   - barycentrics: gradient of a loss with respect to the coordinates [3, H, W].
    ///   - depth: the same of the depth [H, W]; empty for zeros.
    ///   - positions: the vertices that were drawn [V].
    ///   - faces: the triangles that were drawn.
    ///   - camera: the camera they were drawn with.
    /// - Returns: the gradient of the positions [V].
    public func positionGradient(
        barycentrics gradient: [Float], depth: [Float] = [], positions: [Vector3],
        faces: [SIMD3<Int32>], camera: Camera
    ) -> [Vector3] {
        let plane = width * height
        precondition(
            gradient.count == 3 * plane && (depth.isEmpty || depth.count == plane),
            "the gradients are [3, H, W] and [H, W]")
        let k = camera.intrinsics
        let (fx, fy) = (Double(k.fx), Double(k.fy))
        let (cx, cy) = (Double(k.cx), Double(k.cy))
        // Of the homogeneous pixels; they are linear in the positions, so the rest is done once.
        var sums = [SIMD3<Double>](repeating: .zero, count: positions.count)
        for pixel in 0..<plane where triangles[pixel] >= 0 {
            let face = faces[Int(triangles[pixel])]
            func vertex(_ index: Int32) -> SIMD3<Double> {
                let p = camera.viewMatrix * positions[Int(index)]
                let (x, y, z) = (Double(p.x), Double(p.y), Double(p.z))
                return SIMD3(fx * x + cx * z, fy * y + cy * z, z)
            }
            let (a, b, c) = (vertex(face.x), vertex(face.y), vertex(face.z))
            let p = SIMD3(
                Double(pixel % width) + 0.5, Double(pixel / width) + 0.5, 1)
            let n = SIMD3(dot(p, cross(b, c)), dot(p, cross(c, a)), dot(p, cross(a, b)))
            let sum = n.x + n.y + n.z
            let weights = n / sum
            let depthGradient = depth.isEmpty ? 0 : Double(depth[pixel])
            let g =
                SIMD3(
                    Double(gradient[pixel]), Double(gradient[plane + pixel]),
                    Double(gradient[2 * plane + pixel])) + SIMD3(a.z, b.z, c.z) * depthGradient
            let dn = (g - SIMD3(repeating: dot(g, weights))) / sum
            let direct = weights * depthGradient
            sums[Int(face.x)] +=
                dn.y * cross(p, c) + dn.z * cross(b, p) + SIMD3(0, 0, direct.x)
            sums[Int(face.y)] +=
                dn.z * cross(p, a) + dn.x * cross(c, p) + SIMD3(0, 0, direct.y)
            sums[Int(face.z)] +=
                dn.x * cross(p, b) + dn.y * cross(a, p) + SIMD3(0, 0, direct.z)
        }
        let back = camera.viewMatrix.linear.transposed
        return sums.map { v in
            back * Vector3(Float(fx * v.x), Float(fy * v.y), Float(cx * v.x + cy * v.y + v.z))
        }
    }
}

private func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }

private func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}
