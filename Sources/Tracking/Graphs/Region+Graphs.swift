import Foundation
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What graphs are shown and what they say, between regions and tensors; rounded as the reference
/// rounds.
extension Region {
    /// The smallest box around `places`, in `unit`: MediaPipe's LandmarksToDetection. It takes the
    /// greatest coordinate of points left of the picture or above it for zero, and so does this.
    init(around places: some Sequence<Vector2>, unit: Vector2) {
        let (low, high) = Self.bounds(places)
        let extent = high - low
        self.init(place: low + extent / 2, extent: extent, unit: unit)
    }

    /// The square about `centre` on whose rim's middle `rim` lies, both in pixels, turned so that the
    /// direction from one to the other has the angle `target`: MediaPipe's AlignmentPointsRects.
    init(centre: Vector2, rim: Vector2, target: Double, unit: Vector2) {
        let side = (rim - centre).length * 2
        self.init(
            place: centre / unit, extent: Vector2(side, side) / unit,
            rotation: Self.rotation(from: centre, to: rim, target: target), unit: unit)
    }

    /// The least and the greatest coordinates of points.
    static func bounds(_ places: some Sequence<Vector2>) -> (low: Vector2, high: Vector2) {
        var low = Vector2(repeating: .greatestFiniteMagnitude)
        var high = Vector2(repeating: .leastNormalMagnitude)
        for place in places {
            low = pointwiseMin(low, place)
            high = pointwiseMax(high, place)
        }
        return (low, high)
    }

    /// The region with the aspect of a tensor of `width`×`height` around this one, in pixels, and the
    /// margin that it adds on each side, as a share of it.
    func letterboxed(toAspectOf width: Int, _ height: Int) -> (region: Region, margin: Vector2) {
        var (size, margin) = (size, Vector2.zero)
        let (aspect, own) = (Float(height) / Float(width), size.y / size.x)
        if aspect > own {
            size.y = size.x * aspect
            margin.y = (1 - own / aspect) / 2
        } else {
            size.x = size.y / aspect
            margin.x = (1 - aspect / own) / 2
        }
        // A region without area has no aspect.
        if !own.isFinite { margin = .zero }
        return (Region(centre: centre, size: size, rotation: rotation), margin)
    }

    /// Landmarks in pixels of a tensor of `width`×`height` that shows this region, as shares of the
    /// picture; z keeps its proportion to x.
    ///
    /// - Parameters:
    ///   - isLetterboxed: Whether the tensor shows the region with margins to keep its aspect.
    ///   - depth: The graph's unit of z, in that of x and y.
    func places(
        of raw: some Sequence<Vector3>, tensorWidth width: Int, height: Int,
        isLetterboxed: Bool = false, depth: Float = 1
    ) -> [Vector3] {
        let margin = isLetterboxed ? letterboxed(toAspectOf: width, height).margin : .zero
        let tensor = Vector2(Float(width), Float(height))
        let (c, s) = (cos(rotation), sin(rotation))
        return raw.map { raw in
            let offset = (raw.planar / tensor - margin) / (1 - (margin + margin)) - 0.5
            let turned = Vector2(c * offset.x - s * offset.y, s * offset.x + c * offset.y)
            let place = turned * extent + self.place
            return Vector3(place.x, place.y, raw.z / tensor.x / depth * extent.x)
        }
    }

    /// Shares of the picture in its pixels; z in the unit of x.
    func pixels(_ places: some Sequence<Vector3>) -> [Vector3] {
        let scale = Vector3(unit.x, unit.y, unit.x)
        return places.map { $0 * scale }
    }
}

extension Vector3 {
    /// x and y.
    var planar: Vector2 { Vector2(x, y) }
}
