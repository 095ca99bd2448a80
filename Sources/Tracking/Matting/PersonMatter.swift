import Foundation
import Spatial

/// Cuts a person out of a picture, at the picture's own resolution.
///
/// The graphs' masks, a cell of which is several pixels, are averaged over several framings; where
/// they are sure the person is known, and between lies a band that is solved by closed-form matting
/// under the colours of the two sides.
final class PersonMatter {
    /// The longer side, in pixels, at which the band is solved; a larger picture is brought up from
    /// there by the guided filter.
    var workingSize = 1024

    let segmenter: PersonSegmenter

    init(graphs: TrackingGraphs) throws {
        segmenter = try PersonSegmenter(.general, graphs: graphs)
    }

    /// The opacity of one person: one channel, 0…1, the picture's size.
    ///
    /// - Parameters:
    ///   - poses: The person's pose, perhaps from several regions; may be empty.
    ///   - box: The person's box, so far as known, in pixels.
    ///   - head: The face's box if known.
    ///   - others: The poses of other people, whose pixels are not this person's.
    func matte(
        _ image: Image, poses: [PoseLandmarks], box: Box, head: Box?, others: [PoseLandmarks]
    ) throws -> Image {
        let picture = Box(
            minimum: .zero, maximum: Vector2(Float(image.width), Float(image.height)))
        let evidence = try selfieEvidence(image, box: box, head: head)
        let bodies = poses.map {
            MaskEvidence(mask: $0.segmentation, region: $0.region, weight: 1)
        }
        let grid = Self.grid(around: box, in: image, limit: workingSize)
        let work = Self.crop(image, grid)
        let count = grid.width * grid.height

        func average(_ evidence: [MaskEvidence]) -> (value: [Float], weight: [Float]) {
            var sums = [Float](repeating: 0, count: count)
            var weights = sums
            for item in evidence { item.add(to: &sums, &weights, grid: grid, picture: picture) }
            return (zip(sums, weights).map { $1 > 0 ? $0 / $1 : 0 }, weights)
        }
        let selfie = average(evidence)
        let body = average(bodies)
        var share = (0..<count).map { i in
            let (a, b) = (selfie.weight[i], body.weight[i])
            return a + b > 0 ? (selfie.value[i] * a + body.value[i] * b) / (a + b) : 0
        }
        if !others.isEmpty, !bodies.isEmpty {
            let rest = average(
                others.map { MaskEvidence(mask: $0.segmentation, region: $0.region, weight: 1) })
            for i in 0..<count { share[i] *= 1 - max(0, min(1, rest.value[i] - body.value[i])) }
        }
        let cells = (evidence + bodies).map(\.cell).sorted()
        let cell = cells[cells.count / 2] / max(grid.step.x, grid.step.y)
        let carried =
            bodies.isEmpty
            ? [Bool](repeating: false, count: count)
            : CarriedThings.find(
                selfie: selfie.value, body: body.value, image: work, cell: cell)
        for i in 0..<count where carried[i] { share[i] = min(share[i], body.value[i]) }
        let hair = head.map { grid.box(Self.hair(around: $0)) }
        var alpha = share
        // Twice: once the edge is known to a pixel or two, the colours learned beside it are purer.
        for width in [cell, max(1, 0.4 * cell)] {
            let band = Band(share: alpha, colours: work, cell: width, hair: hair)
            alpha = Self.cleaned(band.solve(), grid: grid, cell: cell)
        }
        return Self.place(alpha, grid: grid, work: work, in: image)
    }

    /// Selfie segmentation of the whole picture, of the person, of head and shoulders, each also
    /// mirrored.
    private func selfieEvidence(_ image: Image, box: Box, head: Box?) throws -> [MaskEvidence] {
        var regions: [(Region, Float)] = []
        let whole = Region(wholeOf: image)
        // In a picture much larger than the person the graph sees only a speck.
        let share = max(box.size.x / whole.size.x, box.size.y / whole.size.y)
        if share > 0.4 { regions.append((whole, 1)) }
        var person = Region(box)
        person.size *= 1.25
        person.size.x = max(person.size.x, 0.75 * person.size.y)
        person.size.y = max(person.size.y, 0.75 * person.size.x)
        regions.append((person, 1))
        if let head {
            let side = 5 * max(head.size.x, head.size.y)
            if side < 0.9 * max(person.size.x, person.size.y) {
                let centre = head.centre + Vector2(0, 0.25 * side)
                regions.append((Region(centre: centre, size: Vector2(side, side)), 1.5))
            }
        }
        return try regions.flatMap { region, weight in
            var mirrored = region
            mirrored.size.x = -region.size.x
            return try [region, mirrored].map {
                MaskEvidence(
                    mask: try segmenter.segment(image, region: $0), region: $0, weight: weight / 2)
            }
        }
    }

    /// Where hair may be: well beyond the face's box.
    private static func hair(around head: Box) -> Box {
        let reach = 1.0 * max(head.size.x, head.size.y)
        return Box(
            minimum: head.minimum - Vector2(reach, reach),
            maximum: head.maximum + Vector2(reach, 0.8 * reach))
    }

    /// The opacity without the parts that do not hang together with the largest, and without holes
    /// too small for the graphs to have seen.
    static func cleaned(_ alpha: [Float], grid: PixelGrid, cell: Float) -> [Float] {
        let (width, height) = (grid.width, grid.height)
        let parts = Components(alpha.map { $0 > 0.05 }, width: width, height: height)
        let holes = Components(alpha.map { $0 < 0.5 }, width: width, height: height)
        let limit = Int(2 * cell * cell)
        return alpha.indices.map { i in
            let hole = holes.labels[i]
            if hole >= 0 && holes.areas[Int(hole)] <= limit && !holes.touchesBorder[Int(hole)] {
                return 1
            }
            return parts.largest.map { parts.labels[i] == Int32($0) } == true ? alpha[i] : 0
        }
    }

    /// A grid over the person's box and a margin, clipped to the picture.
    static func grid(around box: Box, in image: Image, limit: Int) -> PixelGrid {
        let margin = 0.2 * max(box.size.x, box.size.y) + 8
        func range(_ low: Float, _ high: Float, _ size: Int) -> (Int, Int) {
            let first = Int(min(max(low - margin, 0), Float(size - 1)))
            let last = Int(min(max(high + margin, Float(first + 1)), Float(size)))
            return (first, last - first)
        }
        let (x, width) = range(box.minimum.x, box.maximum.x, image.width)
        let (y, height) = range(box.minimum.y, box.maximum.y, image.height)
        return PixelGrid(x: x, y: y, width: width, height: height, limit: limit)
    }

    /// The picture's colours at the grid's pixels.
    static func crop(_ image: Image, _ grid: PixelGrid) -> Image {
        image.channels(0..<3).cropped(
            x: Int(grid.origin.x), y: Int(grid.origin.y),
            width: Int((Float(grid.width) * grid.step.x).rounded()),
            height: Int((Float(grid.height) * grid.step.y).rounded())
        ).resized(width: grid.width, height: grid.height)
    }

    /// The opacity of the grid as a mask of the whole picture.
    static func place(_ alpha: [Float], grid: PixelGrid, work: Image, in image: Image)
        -> Image
    {
        var result = Image(width: image.width, height: image.height, channels: 1)
        let (left, top) = (Int(grid.origin.x), Int(grid.origin.y))
        let width = Int((Float(grid.width) * grid.step.x).rounded())
        let height = Int((Float(grid.height) * grid.step.y).rounded())
        var planes = [alpha]
        if width != grid.width || height != grid.height {
            // Fast guided filter: the affine function is found at working size, and applied here.
            let filter = GuidedFilter(guide: work, radius: 2, epsilon: 1e-4)
            planes = filter.coefficients(alpha).map {
                Image(width: grid.width, height: grid.height, channels: 1, samples: $0)
                    .resized(width: width, height: height).samples
            }
        }
        for y in 0..<height {
            for x in 0..<width {
                let i = y * width + x
                var value = planes[0][i]
                if planes.count == 4 {
                    let colour = image.rgb(x: left + x, y: top + y)
                    let slope = Vector3(planes[0][i], planes[1][i], planes[2][i])
                    value = dot(slope, colour) + planes[3][i]
                }
                result[left + x, top + y, 0] = min(max(value, 0), 1)
            }
        }
        return result
    }
}
