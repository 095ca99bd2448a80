import Foundation
import Spatial
import Torch

/// Makes pictures what a `CLIPVisionEncoder` takes: resized in eight bits, cut around the middle and
/// normalised, as transformers' `CLIPImageProcessor` does.
public struct CLIPImageProcessor: Equatable, Sendable {
    /// The size that pictures are brought to.
    enum Size: Equatable, Sendable {
        /// Of the shorter side; the other follows.
        case shorter(Int)
        case exactly(Size2)
    }

    var size: Size? = .shorter(224)
    var isBicubic = true
    var crop: Size2? = 224
    /// What eight-bit values are multiplied by.
    var factor = 1 / 255.0
    var mean = [0.48145466, 0.4578275, 0.40821073]
    var deviation = [0.26862954, 0.26130258, 0.27577711]

    /// The size of what pictures become; nil where it is that of each.
    var result: Size2? {
        if let crop { return crop }
        if case .exactly(let size)? = size { return size }
        return nil
    }

    /// Reads what stands in a model's folder: preprocessor_config.json, or, as transformers 5 writes it, a
    /// part of processor_config.json.
    ///
    /// - Throws: `DiffusionError` where it is missing or asks for what cannot be honoured.
    public init(folder: URL) throws(DiffusionError) {
        let own = folder.appendingPathComponent("preprocessor_config.json")
        let whole = folder.appendingPathComponent("processor_config.json")
        if !FileManager.default.fileExists(atPath: own.path),
            FileManager.default.fileExists(atPath: whole.path)
        {
            let file = try Configuration(contentsOf: whole)
            guard case .object(let values)? = file.value("image_processor") else {
                throw .damaged(
                    file: file.file, found: "no \"image_processor\"", expected: "its settings")
            }
            try self.init(Configuration(values, file: file.file))
        } else {
            try self.init(Configuration(contentsOf: own))
        }
    }

    private init(_ file: Configuration) throws(DiffusionError) {
        let (size, crop) = (
            try Self.size(file, "size", standard: .shorter(224)),
            try Self.size(file, "crop_size", standard: .exactly(224))
        )
        self.size = try file.boolean("do_resize", true) ? size : nil
        switch crop {
        case _ where try !file.boolean("do_center_crop", true): self.crop = nil
        case .shorter(let side): self.crop = Size2(side)
        case .exactly(let size): self.crop = size
        }
        let filter = try file.integer("resample", 3)
        guard filter == 2 || filter == 3 else {
            throw file.refused("resample", .integer(filter), "2 (bilinear) or 3 (bicubic)")
        }
        isBicubic = filter == 3
        let isScaled = try file.boolean("do_rescale", true)
        factor = try file.number("rescale_factor", 1 / 255.0)
        if !isScaled { factor = 1 }
        let isNormalised = try file.boolean("do_normalize", true)
        mean = try Self.three(file, "image_mean", mean)
        deviation = try Self.three(file, "image_std", deviation)
        if !isNormalised { (mean, deviation) = ([0, 0, 0], [1, 1, 1]) }
        for key in [
            "do_convert_rgb", "feature_extractor_type", "image_processor_type", "processor_class",
            "data_format", "input_data_format", "return_tensors", "device", "disable_grouping",
        ] { _ = file.value(key) }
        try file.expect("do_pad", .boolean(false))
        try file.expect("default_to_square", .boolean(false))
        try file.finish()
    }

    private static func size(
        _ file: Configuration, _ key: String, standard: Size
    ) throws(DiffusionError) -> Size {
        guard case .object(let values)? = file.value(key) else {
            return file.sets(key) ? .shorter(try file.integer(key, in: 1...16384)) : standard
        }
        let part = Configuration(values, file: file.file)
        if part.sets("shortest_edge") {
            return .shorter(try part.integer("shortest_edge", in: 1...16384))
        }
        return .exactly(
            Size2(
                try part.integer("height", in: 1...16384), try part.integer("width", in: 1...16384))
        )
    }

    private static func three(
        _ file: Configuration, _ key: String, _ standard: [Double]
    ) throws(DiffusionError) -> [Double] {
        guard let value = file.value(key) else { return standard }
        guard case .list(let items) = value, items.count == 3 else {
            throw file.refused(key, value, "three numbers")
        }
        var numbers: [Double] = []
        for item in items { numbers.append(try Configuration([key: item]).number(key)) }
        return numbers
    }

    /// A picture as the encoder takes it: [1, 3, H, W].
    ///
    /// - Parameter image: at least three channels in 0…1, of which the first three count.
    public func callAsFunction(_ image: Image) -> Tensor {
        let count = 3 * image.pixelCount
        let bytes = image.samples.prefix(count).map { UInt8(min(max($0, 0), 1) * 255 + 0.5) }
        var pixels = resized(Tensor(bytes, shape: [1, 3, image.height, image.width]))
        if let crop { pixels = Self.cut(pixels, crop.height, crop.width) }
        func row(_ values: [Double]) -> Tensor {
            Tensor(values.map { Float($0) * Float(1 / factor) }, shape: [1, 3, 1, 1])
        }
        return (pixels.converted(to: .float32) - row(mean)) / row(deviation)
    }

    private func resized(_ pixels: Tensor) -> Tensor {
        let (height, width) = (pixels.size(2), pixels.size(3))
        let wanted: Size2
        switch size {
        case nil: return pixels
        case .exactly(let size)?: wanted = size
        case .shorter(let side)?:
            // Python's int() of a quotient in double precision.
            let longer = Int(Double(side * max(width, height)) / Double(min(width, height)))
            wanted = width <= height ? Size2(longer, side) : Size2(side, longer)
        }
        guard wanted != Size2(height, width) else { return pixels }
        return pixels.interpolated(wanted, isBicubic ? .bicubic : .bilinear, antialias: true)
    }

    /// The middle of the pixels, with black around where they are fewer.
    private static func cut(_ pixels: Tensor, _ height: Int, _ width: Int) -> Tensor {
        var pixels = pixels
        let missing = (max(0, height - pixels.size(2)), max(0, width - pixels.size(3)))
        if missing.0 > 0 || missing.1 > 0 {
            pixels = pixels.padded([
                missing.1 / 2, (missing.1 + 1) / 2, missing.0 / 2, (missing.0 + 1) / 2,
            ])
        }
        return pixels.narrow(2, (pixels.size(2) - height) / 2, height)
            .narrow(3, (pixels.size(3) - width) / 2, width)
    }
}
