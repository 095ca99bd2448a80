import Diffusion
import Media
import Spatial
import Torch

/// A picture with the depth of each of its pixels.
public struct RGBDImage: Equatable, Sendable {
    /// RGB, display sRGB in 0…1.
    public var colour: Image
    /// Inverse, relative depth of each pixel, row by row: 65535 is nearest (see `DepthRange`); nil
    /// where there is none.
    public var depth: [UInt16]?

    /// A picture of three channels, and a depth for each of its pixels.
    public init(colour: Image, depth: [UInt16]?) {
        precondition(colour.channels == 3, "RGB")
        precondition((depth?.count ?? colour.pixelCount) == colour.pixelCount, "a depth a pixel")
        (self.colour, self.depth) = (colour, depth)
    }

    public var width: Int { colour.width }
    public var height: Int { colour.height }

    /// Depth as an image of one channel in 0…1, whose PNG of 16 bits holds the very numbers.
    public var depthImage: Image? {
        depth.map {
            Image(
                width: width, height: height, channels: 1, interleaved: $0)
        }
    }

    /// At another size, of the same extent.
    public func resized(width: Int, height: Int) -> RGBDImage {
        if width == self.width && height == self.height { return self }
        return RGBDImage(
            colour: colour.resized(width: width, height: height),
            depth: depthImage?.resized(width: width, height: height).interleavedWords())
    }

    /// The largest part of a shape, in the middle.
    public func cropped(toAspectOf width: Int, _ height: Int) -> RGBDImage {
        let newWidth = min(self.width, max(1, self.height * width / height))
        let newHeight = min(self.height, max(1, self.width * height / width))
        let (x, y) = ((self.width - newWidth) / 2, (self.height - newHeight) / 2)
        func part(_ image: Image) -> Image {
            image.cropped(x: x, y: y, width: newWidth, height: newHeight)
        }
        return RGBDImage(colour: part(colour), depth: depthImage.map(part)?.interleavedWords())
    }
}

// MARK: An autoencoder's images

extension RGBDImage {
    /// What an autoencoder decoded.
    ///
    /// - Parameter decoded: [channels, H, W], about −1…1; what is outside is clamped.
    init(decoded: Tensor, packing: DepthPacking) {
        let (height, width) = (decoded.size(1), decoded.size(2))
        self = decoded.withUnsafeFloats { samples in
            let colour = samples.prefix(3 * width * height).map(DepthPacking.normalised)
            return RGBDImage(
                colour: Image(width: width, height: height, channels: 3, samples: colour),
                depth: packing.depth(of: samples))
        }
    }

    /// The image as an autoencoder takes it: [1, channels, H, W] in −1…1.
    ///
    /// There must be depth where the packing has some.
    func tensor(_ packing: DepthPacking) -> Tensor {
        let samples = colour.samples.map { $0 * 2 - 1 }
        let planes = depth.map(packing.planes) ?? []
        precondition(planes.count == (packing.channels - 3) * colour.pixelCount, "depth is there")
        return Tensor(samples + planes, shape: [1, packing.channels, height, width])
    }
}
