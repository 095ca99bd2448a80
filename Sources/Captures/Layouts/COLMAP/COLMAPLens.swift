import Foundation
import Media
import Spatial

/// A camera model of COLMAP (src/colmap/sensor/models.h): what its parameters are.
struct COLMAPLens {
    let name: String
    /// The number of parameters.
    let count: Int
    /// Focal lengths and principal point by the places of their parameters.
    private let places: (fx: Int, fy: Int, cx: Int, cy: Int)
    private let distortion: @Sendable ([Float]) -> LensDistortion

    private init(
        _ name: String, _ count: Int, hasOneFocal: Bool,
        _ distortion: @escaping @Sendable ([Float]) -> LensDistortion = { _ in .none }
    ) {
        (self.name, self.count, self.distortion) = (name, count, distortion)
        places = hasOneFocal ? (0, 0, 1, 2) : (0, 1, 2, 3)
    }

    /// All models by their numbers.
    static let models: [COLMAPLens] = [
        .init("SIMPLE_PINHOLE", 3, hasOneFocal: true),
        .init("PINHOLE", 4, hasOneFocal: false),
        .init("SIMPLE_RADIAL", 4, hasOneFocal: true) {
            .polynomial(radial: [$0[3]], tangential: .zero)
        },
        .init("RADIAL", 5, hasOneFocal: true) {
            .polynomial(radial: [$0[3], $0[4]], tangential: .zero)
        },
        .init("OPENCV", 8, hasOneFocal: false) {
            .polynomial(radial: [$0[4], $0[5]], tangential: Vector2($0[6], $0[7]))
        },
        .init("OPENCV_FISHEYE", 8, hasOneFocal: false) { .fisheye(radial: Array($0[4..<8])) },
        .init("FULL_OPENCV", 12, hasOneFocal: false) {
            .polynomial(
                radial: [$0[4], $0[5], $0[8], $0[9], $0[10], $0[11]],
                tangential: Vector2($0[6], $0[7]))
        },
        .init("FOV", 5, hasOneFocal: false) { .fieldOfView($0[4]) },
        .init("SIMPLE_RADIAL_FISHEYE", 4, hasOneFocal: true) { .fisheye(radial: [$0[3]]) },
        .init("RADIAL_FISHEYE", 5, hasOneFocal: true) { .fisheye(radial: [$0[3], $0[4]]) },
        .init("THIN_PRISM_FISHEYE", 12, hasOneFocal: false) {
            .fisheye(
                radial: [$0[4], $0[5], $0[8], $0[9]], tangential: Vector2($0[6], $0[7]),
                prism: Vector2($0[10], $0[11]))
        },
    ]

    /// The camera of these parameters, `count` of them, at the origin.
    ///
    /// - Throws: `MediaError.damaged` where they make no sense.
    func camera(
        _ name: String, _ parameters: [Double], width: Int, height: Int, file: URL
    ) throws -> CaptureCamera {
        let p = parameters.map { Float($0) }
        guard p.allSatisfy(\.isFinite) else {
            throw MediaError.damaged(
                file: file.relativePath, found: "a parameter of camera \(name)",
                expected: "finite numbers")
        }
        return CaptureCamera(
            name: name,
            camera: try LayoutSupport.camera(
                Intrinsics(
                    fx: p[places.fx], fy: p[places.fy], cx: p[places.cx], cy: p[places.cy]),
                width: width, height: height, file: file), distortion: distortion(p))
    }

    static func unknown(_ found: String, _ url: URL) -> MediaError {
        .unsupported(
            file: url.relativePath, found: "a list of cameras of \(found)",
            expected: "one of \(models.map(\.name).joined(separator: ", "))")
    }
}
