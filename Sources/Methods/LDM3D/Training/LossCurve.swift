import Foundation
import Spatial

/// A picture of losses over steps: logarithmic upwards, smoothed, a line for each tenfold.
enum LossCurve {
    /// - Parameter curves: values for each step by name; those that are 0 are left out.
    static func draw(
        _ curves: [(name: String, values: [Double])], width: Int = 640, height: Int = 360
    )
        -> Image
    {
        var image = Image(width: width, height: height, channels: 3, filledWith: 1)
        let smooth = curves.map { smoothed($0.values.map { $0 > 0 ? log10($0) : .nan }, to: width) }
        let finite = smooth.flatMap { $0 }.filter(\.isFinite)
        guard let least = finite.min(), let greatest = finite.max() else { return image }
        let (bottom, top) = (least - 0.05, max(greatest, least + 0.1) + 0.05)
        func row(_ value: Double) -> Int {
            Int((top - value) / (top - bottom) * Double(height - 1))
        }
        for decade in Int(bottom.rounded(.up))...max(Int(bottom.rounded(.up)), Int(top)) {
            guard bottom...top ~= Double(decade) else { continue }
            for x in 0..<width {
                for c in 0..<3 { image[x, row(Double(decade)), c] = 0.8 }
            }
        }
        for (curve, values) in smooth.enumerated() {
            let colour = colours[curve % colours.count]
            var previous: Int?
            for (x, value) in values.enumerated() where value.isFinite {
                let y = row(value)
                let from = previous ?? y
                for y in min(from, y)...max(from, y) {
                    for c in 0..<3 { image[x, y, c] = colour[c] }
                }
                previous = y
            }
        }
        return image
    }

    private static let colours = [
        Vector3(0.1, 0.3, 0.8), Vector3(0.85, 0.35, 0.1), Vector3(0.2, 0.6, 0.3),
        Vector3(0.5, 0.2, 0.6),
    ]

    /// Means over equally many steps for each column.
    private static func smoothed(_ values: [Double], to columns: Int) -> [Double] {
        guard !values.isEmpty else { return [] }
        return (0..<columns).map { column in
            let from = column * values.count / columns
            let to = max(from + 1, (column + 1) * values.count / columns)
            let part = values[from..<to].filter(\.isFinite)
            return part.isEmpty ? .nan : part.reduce(0, +) / Double(part.count)
        }
    }
}
