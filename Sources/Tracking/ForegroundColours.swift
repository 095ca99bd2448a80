import Spatial

extension Image {
    /// The colours of what `matte` shows, freed of the background that shines through soft edges.
    ///
    /// By blurring both sides apart and fusing them with the picture, twice, once widely and once
    /// closely (Forte 2021, "Approximate Fast Foreground Colour Estimation"). Where the matte is 0 the
    /// nearest foreground colours continue, near it; further off the picture stays as it is.
    ///
    /// - Parameter matte: One channel of the same size, 0…1.
    /// - Returns: Three channels.
    public func foregroundColours(matte: Image) -> Image {
        precondition(matte.width == width && matte.height == height && channels >= 3)
        let picture = channels == 3 ? self : channels(0..<3)
        guard let box = Box(around: matte, above: 0) else { return picture }
        let wide = max(8, Int(min(box.size.x, box.size.y)) / 12)
        let left = max(0, Int(box.minimum.x) - wide)
        let top = max(0, Int(box.minimum.y) - wide)
        let right = min(width, Int(box.maximum.x) + wide)
        let bottom = min(height, Int(box.maximum.y) + wide)
        func crop(_ image: Image) -> Image {
            image.cropped(x: left, y: top, width: right - left, height: bottom - top)
        }
        let part = crop(picture)
        let alpha = crop(matte).samples
        var result = picture
        for channel in 0..<3 {
            let plane = Array(part.channels(channel..<channel + 1).samples)
            let front = Self.front(
                plane, alpha: alpha, width: part.width, height: part.height,
                radii: [wide, max(2, wide / 12)])
            for y in 0..<part.height {
                let target = (channel * height + top + y) * width + left
                result.samples.replaceSubrange(
                    target..<target + part.width,
                    with: front[y * part.width..<(y + 1) * part.width])
            }
        }
        return result
    }

    private static func front(
        _ plane: [Float], alpha: [Float], width: Int, height: Int, radii: [Int]
    ) -> [Float] {
        var (front, back) = (plane, plane)
        for radius in radii {
            func mean(_ plane: [Float]) -> [Float] {
                BoxFilter.mean(plane, width: width, height: height, radius: radius)
            }
            let weight = mean(alpha)
            let frontSum = mean(zip(alpha, front).map { $0 * $1 })
            let backSum = mean(zip(alpha, back).map { (1 - $0) * $1 })
            for i in plane.indices {
                let a = alpha[i]
                let f = weight[i] > 1e-4 ? frontSum[i] / weight[i] : front[i]
                let b = weight[i] < 1 - 1e-4 ? backSum[i] / (1 - weight[i]) : back[i]
                back[i] = b
                front[i] = min(max(f + a * (plane[i] - a * f - (1 - a) * b), 0), 1)
            }
        }
        return front
    }
}
