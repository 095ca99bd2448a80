import Foundation
import Spatial

/// An RGB-D picture lifted into space: points, a mesh, or Gaussians; of a panorama, the sphere around the
/// viewer (the "DepthFusion" of Stan et al., arXiv 2305.10853, section 3.3).
///
/// The viewer is at the origin and looks along −z, x to the right and y up, metres. Panoramas are
/// equirectangular: their centre is ahead, their left and right borders meet behind.
public struct RGBDScene {
    public let image: RGBDImage
    public let range: DepthRange
    public let isPanorama: Bool
    /// The position of each pixel, row by row, metres.
    public let points: [Vector3]
    let edges: DepthEdges

    /// Lifts a picture with depth.
    ///
    /// - Parameter isPanorama: equirectangular; else a perspective picture of the range's field of view,
    ///   with its optical axis in the middle.
    public init(_ image: RGBDImage, range: DepthRange = DepthRange(), isPanorama: Bool = false) {
        precondition(image.depth != nil, "a picture with depth")
        (self.image, self.range, self.isPanorama) = (image, range, isPanorama)
        let (width, height) = (image.width, image.height)
        let focal = Float(height) / 2 / tan(range.verticalFOV / 2)
        let edges = DepthEdges(
            inverse: image.depth!.map(range.inverseDistance), width: width, height: height,
            wraps: isPanorama, pitch: isPanorama ? .pi / Float(height) : 1 / focal,
            range: 1 / range.near - 1 / range.far)
        self.edges = edges
        var points: [Vector3] = []
        points.reserveCapacity(image.colour.pixelCount)
        for y in 0..<height {
            for x in 0..<width {
                points.append(
                    Self.ray(x, y, image, range, isPanorama) / edges.inverse[y * width + x])
            }
        }
        self.points = points
    }

    /// Where a pixel looks: of length 1 in panoramas, else 1 along the optical axis.
    func ray(_ x: Int, _ y: Int) -> Vector3 { Self.ray(x, y, image, range, isPanorama) }

    private static func ray(
        _ x: Int, _ y: Int, _ image: RGBDImage, _ range: DepthRange, _ isPanorama: Bool
    ) -> Vector3 {
        let (width, height) = (Float(image.width), Float(image.height))
        let (x, y) = (Float(x) + 0.5, Float(y) + 0.5)
        guard !isPanorama else {
            return direction(
                longitude: (x / width - 0.5) * 2 * .pi, latitude: (0.5 - y / height) * .pi)
        }
        let focal = height / 2 / tan(range.verticalFOV / 2)
        return Vector3((x - width / 2) / focal, (height / 2 - y) / focal, -1)
    }

    /// Longitude 0 is ahead (−z) and grows to the right, latitude grows upwards, radians.
    private static func direction(longitude: Float, latitude: Float) -> Vector3 {
        Vector3(
            sin(longitude) * cos(latitude), sin(latitude), -cos(longitude) * cos(latitude))
    }

    /// The camera that took a picture that is no panorama, in the space of the points.
    public var camera: Camera {
        Camera(
            eye: .zero, target: Vector3(0, 0, -1), verticalFOV: range.verticalFOV,
            width: image.width, height: image.height)
    }

    /// The colour of each pixel, display sRGB in 0…1.
    public var colours: [Vector3] {
        let (samples, count) = (image.colour.samples, image.colour.pixelCount)
        return (0..<count).map {
            Vector3(samples[$0], samples[$0 + count], samples[$0 + 2 * count])
        }
    }
}
