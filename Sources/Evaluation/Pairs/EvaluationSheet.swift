import Media
import Spatial

/// A picture of up to eight pairs, spread over the set: each row a render, its truth, and their
/// difference, four times as strong.
public struct EvaluationSheet {
    private static let (rows, height) = (8, 256)
    private let wanted: Set<Int>
    private var rows: [Image] = []

    /// - Parameter count: the number of pairs that will come.
    public init(count: Int) {
        let number = min(Self.rows, count)
        wanted = Set((0..<number).map { number == 1 ? 0 : $0 * (count - 1) / (number - 1) })
    }

    /// Adds the pair of a number, if it is one that is shown.
    public mutating func add(_ predicted: Image, _ truth: Image, index: Int) {
        guard wanted.contains(index), predicted.width == truth.width,
            predicted.height == truth.height
        else { return }
        let scale = Double(Self.height) / Double(truth.height)
        let width = max(1, Int((Double(truth.width) * scale).rounded()))
        let parts = [predicted, truth].map {
            $0.flattened().resized(width: width, height: Self.height)
        }
        var error = parts[0]
        for i in error.samples.indices {
            error.samples[i] = min(1, 4 * abs(parts[0].samples[i] - parts[1].samples[i]))
        }
        var row = Image(width: 3 * width, height: Self.height, channels: 3, filledWith: 1)
        for (column, part) in (parts + [error]).enumerated() {
            row.paste(part, x: column * width, y: 0)
        }
        rows.append(row)
    }

    /// The sheet; nil where there was no pair.
    public var image: Image? {
        guard let width = rows.map(\.width).max() else { return nil }
        var sheet = Image(
            width: width, height: rows.count * Self.height, channels: 3, filledWith: 1)
        for (i, row) in rows.enumerated() { sheet.paste(row, x: 0, y: i * Self.height) }
        return sheet
    }
}

extension Image {
    fileprivate mutating func paste(_ image: Image, x: Int, y: Int) {
        for channel in 0..<channels {
            for row in 0..<image.height {
                let source = (channel * image.height + row) * image.width
                let target = (channel * height + y + row) * width + x
                samples.replaceSubrange(
                    target..<target + image.width,
                    with: image.samples[source..<source + image.width])
            }
        }
    }
}
