import Foundation
import Spatial

extension Region {
    /// The upright box of the region's size about its centre, as if it were not rotated.
    private var unturned: Box { Box(minimum: centre - size / 2, maximum: centre + size / 2) }

    /// Regions of what was found anew and of what was there in the frame before, without doubles: of
    /// two that overlap by more than half the later one stays. MediaPipe's AssociationNormRect, which
    /// ignores rotations.
    static func associated(found: [Region], previous: [Region]) -> [Region] {
        var result: [Region] = []
        for region in found + previous {
            result.removeAll { $0.unturned.overlap(with: region.unturned) > 0.5 }
            result.append(region)
        }
        return result
    }

    /// How much a region may differ from the frame before's to be followed: MediaPipe's
    /// RoiTrackingCalculatorOptions.
    struct Tolerance {
        /// Radians.
        var rotation: Float
        /// In sides of the new region, along each of its axes.
        var translation: Float
        /// In sides of the new region.
        var scale: Float
        /// By which share the new region is enlarged before it is asked whether it holds the points.
        var margin: Float

        static let face = Tolerance(
            rotation: 15 * .pi / 180, translation: 0.1, scale: 0.3, margin: -0.2)
        static let hand = Tolerance(
            rotation: 40 * .pi / 180, translation: 0.2, scale: 0.4, margin: -0.1)
    }

    /// The frame before's region while this one, found without looking back, agrees with it; else this
    /// one. MediaPipe's RoiTracking.
    ///
    /// - Parameters:
    ///   - previous: Where to look by the points of the frame before; nil if there were none.
    ///   - points: Those points, in pixels.
    func following(
        _ previous: Region?, points: some Sequence<Vector3>, tolerance: Tolerance
    ) -> Region {
        guard let previous else { return self }
        var turn = abs(previous.rotation - rotation)
        if turn > .pi { turn = 2 * .pi - turn }
        let offset = size * (fraction(of: previous.centre) - 0.5)
        let growth = previous.size - size
        guard turn <= tolerance.rotation,
            abs(offset.x) <= size.x * tolerance.translation,
            abs(offset.y) <= size.y * tolerance.translation,
            abs(growth.x) <= size.x * tolerance.scale,
            abs(growth.y) <= size.y * tolerance.scale
        else { return self }
        let reach = 0.5 * (1 + tolerance.margin)
        let isInside = points.allSatisfy { point in
            let place = fraction(of: point.planar) - 0.5
            return abs(place.x) < reach && abs(place.y) < reach
        }
        return isInside ? previous : self
    }
}
