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
        var result = [Float](repeating: 0, count: 3 * plane)
        let sums = result.withUnsafeMutableBufferPointer { result in
            // Each chunk writes the pixels of its own rows.
            nonisolated(unsafe) let result = result
            return addUp(zero: 0, count: attributes.count) { pixels, sums in
                for pixel in pixels where triangles[pixel] >= 0 {
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
            }
        }
        return (sums.map { Float($0) }, result)
    }

    /// Sums of `count` numbers, to which `body` adds the pixels it is told of.
    ///
    /// The picture is cut into as many chunks on any machine, which are added up in order: the result
    /// does not depend on the number of threads.
    private func addUp<Value: Summable>(
        zero: Value, count: Int,
        _ body: (_ pixels: Range<Int>, _ sums: UnsafeMutableBufferPointer<Value>) -> Void
    ) -> [Value] {
        let chunks = 4
        var all = [Value](repeating: zero, count: chunks * count)
        all.withUnsafeMutableBufferPointer { all in
            nonisolated(unsafe) let all = all
            parallelFor(chunks) { chunk, _ in
                body(
                    height * chunk / chunks * width..<height * (chunk + 1) / chunks * width,
                    UnsafeMutableBufferPointer(rebasing: all[chunk * count..<(chunk + 1) * count]))
            }
            for chunk in 1..<chunks {
                for i in 0..<count { all[i] += all[chunk * count + i] }
            }
        }
        return Array(all.prefix(count))
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
        let isParallel = camera.projection == .orthographic
        // Of the homogeneous pixels and the depth; both are linear in the positions, so the rest is
        // done once.
        let sums = addUp(zero: SIMD4<Double>(), count: positions.count) { pixels, sums in
            for pixel in pixels where triangles[pixel] >= 0 {
                let face = faces[Int(triangles[pixel])]
                func vertex(_ index: Int32) -> (pixel: SIMD3<Double>, depth: Double) {
                    let p = camera.viewMatrix * positions[Int(index)]
                    let (x, y, z) = (Double(p.x), Double(p.y), Double(p.z))
                    if isParallel { return (SIMD3(fx * x + cx, fy * y + cy, 1), z) }
                    return (SIMD3(fx * x + cx * z, fy * y + cy * z, z), z)
                }
                let ((a, za), (b, zb), (c, zc)) = (vertex(face.x), vertex(face.y), vertex(face.z))
                let p = SIMD3(
                    Double(pixel % width) + 0.5, Double(pixel / width) + 0.5, 1)
                let n = SIMD3(dot(p, cross(b, c)), dot(p, cross(c, a)), dot(p, cross(a, b)))
                let sum = n.x + n.y + n.z
                let weights = n / sum
                let depthGradient = depth.isEmpty ? 0 : Double(depth[pixel])
                let g =
                    SIMD3(
                        Double(gradient[pixel]), Double(gradient[plane + pixel]),
                        Double(gradient[2 * plane + pixel])) + SIMD3(za, zb, zc) * depthGradient
                let dn = (g - SIMD3(repeating: dot(g, weights))) / sum
                let direct = weights * depthGradient
                sums[Int(face.x)] += SIMD4(
                    dn.y * cross(p, c) + dn.z * cross(b, p), direct.x)
                sums[Int(face.y)] += SIMD4(
                    dn.z * cross(p, a) + dn.x * cross(c, p), direct.y)
                sums[Int(face.z)] += SIMD4(
                    dn.x * cross(p, b) + dn.y * cross(a, p), direct.z)
            }
        }
        let back = camera.viewMatrix.linear.transposed
        return sums.map { v in
            let z = isParallel ? v.w : cx * v.x + cy * v.y + v.z + v.w
            return back * Vector3(Float(fx * v.x), Float(fy * v.y), Float(z))
        }
    }
}

private func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }

private func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// What can be added up.
private protocol Summable {
    static func += (a: inout Self, b: Self)
}
extension Double: Summable {}
extension SIMD4: Summable where Scalar == Double {}
