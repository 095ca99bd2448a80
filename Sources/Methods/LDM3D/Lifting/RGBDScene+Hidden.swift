import Spatial

extension RGBDScene {
    /// A guess at a pixel of a surface behind another one, seen when the viewer moves a little.
    struct HiddenPixel {
        /// The pixel that hides it.
        let x: Int
        let y: Int
        /// The inverse of its distance, 1/m.
        let inverse: Float
        /// The pixel whose colour it takes.
        let source: Int
    }

    /// How far the viewer may move before holes open, metres.
    private static let motion: Float = 0.3
    /// More pixels than these, as a share of the picture's height, are not guessed.
    private static let reach: Float = 0.12

    /// What the far side of each step in depth would look like if it went on behind the near one: its
    /// plane goes on, its colours are mirrored at the step.
    func hiddenPixels() -> [HiddenPixel] {
        let (width, height) = (image.width, image.height)
        let limit = max(1, Int(Self.reach * Float(height)))
        // Of several guesses for a pixel, that of the nearest step.
        var found: [Int: (steps: Int, pixel: HiddenPixel)] = [:]
        for y in 0..<height {
            for x in 0..<width {
                for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
                    guard let beyond = edges.neighbour(x, y, dx, dy),
                        !edges.joins(x, y, dx, dy)
                    else { continue }
                    let here = edges.inverse[y * width + x]
                    let far = edges.inverse[beyond]
                    guard here > far else { continue }
                    let wanted = Int((Self.motion * (here - far) / edges.pitch).rounded(.up))
                    let line = Line(scene: self, x + dx, y + dy, dx, dy)
                    for step in 0..<min(wanted, limit) {
                        guard let target = edges.neighbour(x, y, -step * dx, -step * dy)
                        else { break }
                        let inverse = min(max(line.inverse(step + 1), far / 2), far * 1.5)
                        // Where what hides it ends, it is no longer hidden.
                        guard edges.inverse[target] > inverse else { break }
                        if let other = found[target], other.steps <= step { continue }
                        found[target] = (
                            step,
                            HiddenPixel(
                                x: target % width, y: target / width, inverse: inverse,
                                source: line.source(step))
                        )
                    }
                }
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value.pixel)
    }

    /// The far side of a step, from the step on.
    private struct Line {
        private let sources: [Int]
        private let first: Float
        private let slope: Float

        init(scene: RGBDScene, _ x: Int, _ y: Int, _ dx: Int, _ dy: Int) {
            let edges = scene.edges
            var (sources, place) = ([edges.index(x, y)], (x, y))
            while sources.count < 32, edges.joins(place.0, place.1, dx, dy),
                let next = edges.neighbour(place.0, place.1, dx, dy)
            {
                sources.append(next)
                place = (place.0 + dx, place.1 + dy)
            }
            first = edges.inverse[sources[0]]
            let far = min(4, sources.count - 1)
            slope = far > 0 ? (edges.inverse[sources[far]] - first) / Float(far) : 0
            self.sources = sources
        }

        /// The plane, so many pixels before the step.
        func inverse(_ steps: Int) -> Float { first - slope * Float(steps) }

        /// Mirrored, without the pixels that the nearer surface's colour is mixed into.
        func source(_ steps: Int) -> Int { sources[min(steps + 2, sources.count - 1)] }
    }
}
