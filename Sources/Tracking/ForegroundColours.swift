import Spatial

extension Image {
    /// The colours of what `matte` shows, freed of the background that shines through soft edges.
    ///
    /// By blurring both sides apart and fusing them with the picture, twice, once widely and once
    /// closely (Forte 2021, "Approximate Fast Foreground Colour Estimation"). Where the matte is 0 the
    /// nearest foreground colours continue.
    ///
    /// - Parameter matte: One channel of the same size, 0…1.
    public func foregroundColours(matte: Image) -> Image {
        precondition(matte.width == width && matte.height == height && channels >= 3)
        let alpha = Array(matte.samples.prefix(pixelCount))
        var result = channels(0..<3)
        let wide = max(8, min(width, height) / 12)
        var backgrounds = (0..<3).map { Array(channels($0..<$0 + 1).samples) }
        for radius in [wide, max(2, wide / 12)] {
            let weight = BoxFilter.mean(alpha, width: width, height: height, radius: radius)
            for c in 0..<3 {
                let range = c * pixelCount..<(c + 1) * pixelCount
                let image = samples[range]
                let front = BoxFilter.mean(
                    zip(alpha, result.samples[range]).map { $0 * $1 }, width: width,
                    height: height, radius: radius)
                let back = BoxFilter.mean(
                    zip(alpha, backgrounds[c]).map { (1 - $0) * $1 }, width: width,
                    height: height, radius: radius)
                for i in 0..<pixelCount {
                    let a = alpha[i]
                    let value = image[range.lowerBound + i]
                    let f =
                        weight[i] > 1e-4
                        ? front[i] / weight[i] : result.samples[i + range.lowerBound]
                    let b = weight[i] < 1 - 1e-4 ? back[i] / (1 - weight[i]) : backgrounds[c][i]
                    backgrounds[c][i] = b
                    result.samples[i + range.lowerBound] = min(
                        max(f + a * (value - a * f - (1 - a) * b), 0), 1)
                }
            }
        }
        return result
    }
}
