/// How far each pixel of a mask is from it.
public enum DistanceField {
    /// The distance of each pixel from the nearest one where `mask` exceeds ½, in pixels; 0 there.
    ///
    /// The exact Euclidean distance by lower envelopes of parabolas (Felzenszwalb and Huttenlocher
    /// 2012), first along columns, then along rows: O(pixels). Where the mask is empty everywhere,
    /// the picture's diagonal.
    public static func outside(_ mask: Image) -> Image {
        let (width, height) = (mask.width, mask.height)
        let far = Float(width * width + height * height)
        var squared = mask.samples.prefix(width * height).map { $0 > 0.5 ? 0 : far }
        for x in 0..<width {
            let column = transformed((0..<height).map { squared[$0 * width + x] }, far: far)
            for y in 0..<height { squared[y * width + x] = column[y] }
        }
        for y in 0..<height {
            let row = transformed(Array(squared[y * width..<(y + 1) * width]), far: far)
            for x in 0..<width { squared[y * width + x] = row[x] }
        }
        return Image(
            width: width, height: height, channels: 1,
            samples: squared.map { min($0, far).squareRoot() })
    }

    /// min over q of (p − q)² + f(q), for each p.
    private static func transformed(_ f: [Float], far: Float) -> [Float] {
        var apexes = [0]
        var starts: [Float] = [-.infinity]
        for q in 1..<max(1, f.count) where f[q] < far {
            while true {
                let p = apexes[apexes.count - 1]
                let crossing =
                    ((f[q] + Float(q * q)) - (f[p] + Float(p * p))) / Float(2 * (q - p))
                if crossing > starts[starts.count - 1] {
                    apexes.append(q)
                    starts.append(crossing)
                    break
                }
                apexes.removeLast()
                starts.removeLast()
                if apexes.isEmpty {
                    apexes = [q]
                    starts = [-.infinity]
                    break
                }
            }
        }
        var result = [Float](repeating: 0, count: f.count)
        var k = 0
        for p in f.indices {
            while k + 1 < apexes.count && starts[k + 1] < Float(p) { k += 1 }
            let offset = Float(p - apexes[k])
            result[p] = offset * offset + f[apexes[k]]
        }
        return result
    }
}
