import Diffusion
import Foundation
import Spatial
import Torch

extension LDM3D {
    /// A picture to begin with, brought to the size of what is made.
    struct PreparedInput {
        let image: RGBDImage
        /// For each pixel, whether it is made anew; nil where all are.
        let mask: [Bool]?

        /// Takes the middle part of the wanted shape; without a size, all, with as many pixels as the
        /// model was trained for.
        init(
            _ input: Input, _ model: LDM3D, size: (width: Int, height: Int)?
        ) throws(DiffusionError) {
            var picture = input.image
            guard !model.hasDepth || picture.depth != nil else {
                throw .input(
                    name: "picture to begin with", found: "without depth",
                    expected: "one with the depth of each pixel for this model")
            }
            if !model.hasDepth { picture.depth = nil }
            let size = size ?? model.size(near: picture.width, picture.height)
            try model.check(width: size.width, height: size.height)
            image = picture.cropped(toAspectOf: size.width, size.height)
                .resized(width: size.width, height: size.height)
            guard let mask = input.mask else {
                self.mask = nil
                return
            }
            guard mask.width == picture.width, mask.height == picture.height, mask.channels == 1
            else {
                throw .input(
                    name: "mask", found: "\(mask.width)×\(mask.height) pixels",
                    expected: "one of the picture's \(picture.width)×\(picture.height)")
            }
            let colour = Image(
                width: mask.width, height: mask.height, channels: 3,
                samples: mask.samples + mask.samples + mask.samples)
            self.mask = RGBDImage(colour: colour, depth: nil)
                .cropped(toAspectOf: size.width, size.height)
                .resized(width: size.width, height: size.height)
                .colour.samples.prefix(size.width * size.height).map { $0 >= 0.5 }
        }

        /// 1 where latents are made anew, 0 where they stay: [1, 1, height, width], each latent as the
        /// first of its pixels (diffusers' nearest neighbour).
        func latentMask(width: Int, height: Int) -> Tensor? {
            guard let mask else { return nil }
            let factor = image.width / width
            var values: [Float] = []
            for y in 0..<height {
                for x in 0..<width {
                    values.append(mask[y * factor * image.width + x * factor] ? 1 : 0)
                }
            }
            return Tensor(values, shape: [1, 1, height, width])
        }

        /// A picture that was made, with what is not made anew as it was, to the bit.
        func kept(in made: RGBDImage) -> RGBDImage {
            guard let mask else { return made }
            var result = made
            for i in mask.indices where !mask[i] {
                for channel in 0..<3 {
                    let sample = channel * image.colour.pixelCount + i
                    result.colour.samples[sample] = image.colour.samples[sample]
                }
                if let depth = image.depth { result.depth?[i] = depth[i] }
            }
            return result
        }
    }

    /// The size of that shape, in whole latents, with the pixels that the model was trained for.
    func size(near width: Int, _ height: Int) -> (width: Int, height: Int) {
        let scale = Double(nativeSize) / (Double(width) * Double(height)).squareRoot()
        func side(_ length: Int) -> Int {
            let latents = (Double(length) * scale / Double(granularity)).rounded()
            return max(1, Int(min(latents, 1e6))) * granularity
        }
        return (side(width), side(height))
    }
}
