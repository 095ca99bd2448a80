import Spatial

/// Intersection over union of masks (the Jaccard index).
public enum MaskOverlap {
    /// The overlap of the pixels that exceed ½ in the first channel.
    ///
    /// - Returns: 0…1; 1 where both are empty.
    public static func evaluate(_ mask: Image, _ reference: Image) -> Double {
        precondition(mask.width == reference.width && mask.height == reference.height)
        var (both, either) = (0, 0)
        for pixel in 0..<mask.pixelCount {
            let (a, b) = (mask.samples[pixel] > 0.5, reference.samples[pixel] > 0.5)
            if a && b { both += 1 }
            if a || b { either += 1 }
        }
        return either == 0 ? 1 : Double(both) / Double(either)
    }
}
