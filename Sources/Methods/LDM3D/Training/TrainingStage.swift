import Spatial
import Torch

/// Something that is trained step by step, and can be saved between any two steps.
protocol TrainingStage: AnyObject {
    /// How it is called in files and on the screen.
    var name: String { get }
    /// How many steps it has.
    var steps: Int { get }

    /// Does step `step`, counted from 0. What is random follows from the seed and the step alone, so that
    /// a run that was interrupted goes on as if it had not been.
    ///
    /// - Returns: losses by name; the first is the one that matters most.
    func advance(_ step: Int) throws -> KeyValuePairs<String, Double>

    /// All that the next step depends on, apart from the options.
    var state: StateDictionary { get }

    /// Goes on from a saved state.
    ///
    /// - Throws: `CheckpointError` where it is of another model.
    func load(_ state: StateDictionary) throws

    /// A picture that shows how far it has come, if it can be shown.
    func preview() throws -> Image?
}

extension [RGBDExample] {
    /// The pictures as a network takes them: [B, 4, H, W] in −1…1.
    var tensor: Tensor {
        let (width, height) = (self[0].image.width, self[0].image.height)
        return Tensor(flatMap(\.image.samples), shape: [count, 4, height, width]) * 2 - 1
    }
}

extension RGBDExamples {
    /// Some examples, made or read on all threads.
    ///
    /// - Throws: what the first of them that cannot be had throws.
    func examples(_ indices: [Int]) throws -> [RGBDExample] {
        var results = [Result<RGBDExample, any Error>?](repeating: nil, count: indices.count)
        results.withUnsafeMutableBufferPointer { buffer in
            // Sound: each item writes its own place.
            nonisolated(unsafe) let buffer = buffer
            parallelFor(indices.count) { i, _ in
                buffer[i] = Result { try example(indices[i]) }
            }
        }
        return try results.map { try $0!.get() }
    }
}

extension Image {
    /// RGB-D images [B, 4, H, W] in −1…1 as a sheet: colour above, depth below, a column for each.
    static func sheet(of images: Tensor, columns: Int = 8) -> Image {
        let (count, height, width) = (images.size(0), images.size(2), images.size(3))
        let rows = (count + columns - 1) / columns
        let gap = 2
        var sheet = Image(
            width: min(columns, count) * (width + gap), height: rows * (2 * height + 2 * gap),
            channels: 3, filledWith: 1)
        let samples = images.array()
        for index in 0..<count {
            let (row, column) = index.quotientAndRemainder(dividingBy: columns)
            let (left, top) = (column * (width + gap), row * (2 * height + 2 * gap))
            for y in 0..<height {
                for x in 0..<width {
                    func sample(_ c: Int) -> Float {
                        min(
                            max(samples[((index * 4 + c) * height + y) * width + x] / 2 + 0.5, 0), 1
                        )
                    }
                    for c in 0..<3 {
                        sheet[left + x, top + y, c] = sample(c)
                        sheet[left + x, top + height + y, c] = sample(3)
                    }
                }
            }
        }
        return sheet
    }
}
