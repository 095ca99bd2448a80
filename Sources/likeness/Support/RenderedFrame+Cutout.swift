import Media
import Spatial
import Splatting

extension RenderedFrame {
    /// What was drawn over black, as a picture with alpha: colours come multiplied by it, and files want
    /// them not to be.
    var cutout: Image {
        var image = image
        for i in 0..<image.pixelCount where alpha[i] > 0 {
            for c in 0..<3 { image.samples[c * image.pixelCount + i] /= alpha[i] }
        }
        return image.withAlpha(Image(width: width, height: height, channels: 1, samples: alpha))
    }
}
