import Media
import Spatial

extension RGBDScene {
    /// A vertex for each pixel and the picture as its texture: two triangles between four pixels of one
    /// surface, none across a step in depth. A panorama is closed behind and at its poles.
    public func mesh() -> ColouredMesh {
        let (width, height) = (image.width, image.height)
        // A panorama's first column is there again, for texture coordinates that go on.
        let columns = isPanorama ? width + 1 : width
        var result = ColouredMesh(texture: image.colour)
        for y in 0..<height {
            for x in 0..<columns {
                result.positions.append(points[y * width + x % width])
                result.uvs.append(
                    Vector2(
                        (Float(x) + 0.5) / Float(width), 1 - (Float(y) + 0.5) / Float(height)))
            }
        }
        result.colours = vertexColours(columns: columns)
        for y in 0..<height - 1 {
            for x in 0..<columns - 1 { addQuad(x, y, columns, to: &result.faces) }
        }
        if isPanorama {
            addPole(row: 0, columns, to: &result)
            addPole(row: height - 1, columns, to: &result)
        }
        return result
    }

    /// A point for each pixel.
    public func pointCloud() -> ColouredMesh {
        var result = ColouredMesh(texture: image.colour)
        result.positions = points
        result.colours = vertexColours(columns: image.width)
        return result
    }

    private func vertexColours(columns: Int) -> [SIMD3<UInt8>] {
        let bytes = image.colour.interleavedBytes()
        return (0..<image.height * columns).map { i in
            let (y, x) = i.quotientAndRemainder(dividingBy: columns)
            let at = 3 * (y * image.width + x % image.width)
            return SIMD3(bytes[at], bytes[at + 1], bytes[at + 2])
        }
    }

    /// The triangles between a pixel and its neighbours to the right and below, counter-clockwise seen
    /// by the viewer.
    private func addQuad(_ x: Int, _ y: Int, _ columns: Int, to faces: inout [SIMD3<Int32>]) {
        let width = image.width
        let (a, b) = (y * width + x % width, y * width + (x + 1) % width)
        let c = a + width
        let (top, left) = (edges.joinsRight[a], edges.joinsBelow[a])
        let (bottom, right) = (edges.joinsRight[c], edges.joinsBelow[b])
        let v = Int32(y * columns + x)
        let below = v + Int32(columns)
        // Of a quad with one corner torn off, the triangle of the other three.
        if top && left && bottom && right {
            let d = b + width
            let inverse = edges.inverse
            if abs(inverse[a] - inverse[d]) < abs(inverse[b] - inverse[c]) {
                faces += [SIMD3(v, below, below + 1), SIMD3(v, below + 1, v + 1)]
            } else {
                faces += [SIMD3(v, below, v + 1), SIMD3(v + 1, below, below + 1)]
            }
        } else if top && left {
            faces.append(SIMD3(v, below, v + 1))
        } else if left && bottom {
            faces.append(SIMD3(v, below, below + 1))
        } else if bottom && right {
            faces.append(SIMD3(v + 1, below, below + 1))
        } else if top && right {
            faces.append(SIMD3(v, below + 1, v + 1))
        }
    }

    /// Closes a panorama above or below by a fan around the mean of its last row.
    private func addPole(row: Int, _ columns: Int, to mesh: inout ColouredMesh) {
        let start = row * columns
        let ring = mesh.positions[start..<start + columns - 1]
        let pole = Int32(mesh.positions.count)
        mesh.positions.append(ring.reduce(.zero, +) / Float(ring.count))
        mesh.colours.append(mesh.colours[start])
        mesh.uvs.append(Vector2(0.5, row == 0 ? 1 : 0))
        for x in 0..<columns - 1 where edges.joinsRight[row * image.width + x] {
            let a = Int32(start + x)
            mesh.faces.append(row == 0 ? SIMD3(pole, a, a + 1) : SIMD3(pole, a + 1, a))
        }
    }
}
