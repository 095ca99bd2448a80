import Foundation
import Spatial

/// What the colours near a pixel say about which side of a mask it is on.
///
/// Models of both sides are fitted from the known pixels around the nodes of a coarse lattice, and
/// blended in between: a hat is told from a wall by the hat and the wall, not by the shoes.
struct LocalColours {
    private struct Node {
        var front: ColourModel
        var back: ColourModel
        /// How well the two tell the known pixels apart: 0 no better than chance, 1 always.
        var separation: Float
    }

    private let image: Image
    private let spacing: Int
    private let columns: Int
    private let nodes: [Node?]

    /// Fits the models at the lattice nodes around the pixels where they are needed.
    ///
    /// - Parameters:
    ///   - image: The picture.
    ///   - isFront: Known to be of the person.
    ///   - isBack: Known not to be.
    ///   - isNeeded: Where `odds(x:y:)` will be asked for.
    ///   - spacing: Between the nodes, in pixels.
    init(image: Image, isFront: [Bool], isBack: [Bool], isNeeded: [Bool], spacing: Int) {
        self.image = image
        self.spacing = spacing
        let (width, height) = (image.width, image.height)
        let columns = (width + spacing - 1) / spacing + 1
        let rows = (height + spacing - 1) / spacing + 1
        self.columns = columns
        var isUsed = [Bool](repeating: false, count: columns * rows)
        for y in 0..<height {
            for x in 0..<width where isNeeded[y * width + x] {
                let (cx, cy) = (x / spacing, y / spacing)
                for node in [cy * columns + cx, (cy + 1) * columns + cx] {
                    isUsed[node] = true
                    isUsed[node + 1] = true
                }
            }
        }
        let needed = isUsed.indices.filter { isUsed[$0] }
        var fitted = [Node?](repeating: nil, count: needed.count)
        fitted.withUnsafeMutableBufferPointer { fitted in
            nonisolated(unsafe) let fitted = fitted
            parallelFor(needed.count) { k, _ in
                let (row, column) = needed[k].quotientAndRemainder(dividingBy: columns)
                fitted[k] = Self.fit(
                    image, isFront, isBack, x: column * spacing, y: row * spacing,
                    spacing: spacing)
            }
        }
        var nodes = [Node?](repeating: nil, count: columns * rows)
        for (k, node) in needed.enumerated() { nodes[node] = fitted[k] }
        self.nodes = nodes
    }

    private static func fit(
        _ image: Image, _ isFront: [Bool], _ isBack: [Bool], x: Int, y: Int, spacing: Int
    ) -> Node? {
        // As near as there are enough pixels to know a side by.
        for reach in [2, 4, 8] {
            let front = sample(image, isFront, x: x, y: y, reach: reach * spacing)
            let back = sample(image, isBack, x: x, y: y, reach: reach * spacing)
            guard front.count >= 200, back.count >= 200 else { continue }
            guard let a = ColourModel(colours: front, weights: front.map { _ in 1 }, components: 4),
                let b = ColourModel(colours: back, weights: back.map { _ in 1 }, components: 4)
            else { continue }
            let rightFront = front.count { a.logDensity($0) > b.logDensity($0) }
            let rightBack = back.count { b.logDensity($0) > a.logDensity($0) }
            let accuracy =
                (Float(rightFront) / Float(front.count) + Float(rightBack) / Float(back.count)) / 2
            return Node(front: a, back: b, separation: max(0, 2 * accuracy - 1))
        }
        return nil
    }

    /// At most some 1500 of the pixels of `side` in the square about a point.
    private static func sample(_ image: Image, _ side: [Bool], x: Int, y: Int, reach: Int)
        -> [Vector3]
    {
        var members: [Int] = []
        for row in max(0, y - reach)..<max(0, min(image.height, y + reach)) {
            for column in max(0, x - reach)..<max(0, min(image.width, x + reach))
            where side[row * image.width + column] {
                members.append(row * image.width + column)
            }
        }
        let step = max(1, members.count / 1500)
        return stride(from: 0, to: members.count, by: step).map { k in
            let i = members[k]
            return image.rgb(x: i % image.width, y: i / image.width)
        }
    }

    /// The logarithm of the odds that the colour at a pixel is the front's, and how well the models
    /// there tell the two sides apart (0…1). Zero and zero where nothing is known.
    func odds(x: Int, y: Int) -> (logOdds: Float, separation: Float) {
        let colour = image.rgb(x: x, y: y)
        let (column, row) = (x / spacing, y / spacing)
        let fx = Float(x % spacing) / Float(spacing)
        let fy = Float(y % spacing) / Float(spacing)
        var (odds, separation, total) = (Float(0), Float(0), Float(0))
        for (dx, dy, weight) in [
            (0, 0, (1 - fx) * (1 - fy)), (1, 0, fx * (1 - fy)), (0, 1, (1 - fx) * fy),
            (1, 1, fx * fy),
        ] {
            guard weight > 0, let node = nodes[(row + dy) * columns + column + dx] else { continue }
            let value = node.front.logDensity(colour) - node.back.logDensity(colour)
            odds += weight * min(max(value, -8), 8)
            separation += weight * node.separation
            total += weight
        }
        return total > 0 ? (odds / total, separation / total) : (0, 0)
    }
}
