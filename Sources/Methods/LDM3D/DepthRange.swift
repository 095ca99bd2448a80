import Diffusion
import Foundation

/// What relative inverse depth means in metres, and how wide the picture is.
///
/// LDM3D was trained on what DPT says of photographs: inverse depth up to a scale and an offset that
/// nobody knows. So the nearest and the furthest distance are chosen, not measured, unless the model
/// was trained on exact depth and says so in a file `depth.json` of its folder:
/// `{"near": 1, "far": 10, "verticalFOV": 60}` in metres and degrees.
public struct DepthRange: Equatable, Sendable {
    /// The distance that depth 65535 stands for, metres.
    public var near: Float
    /// The distance that depth 0 stands for, metres.
    public var far: Float
    /// The full vertical field of view of pictures that are no panoramas, radians.
    public var verticalFOV: Float

    public init(near: Float = 1, far: Float = 10, verticalFOV: Float = .pi / 3) {
        precondition(0 < near && near < far && 0 < verticalFOV && verticalFOV < .pi)
        (self.near, self.far, self.verticalFOV) = (near, far, verticalFOV)
    }

    /// The inverse of a distance, 1/m: between 1/far for depth 0 and 1/near for 65535, linear in depth.
    public func inverseDistance(_ depth: UInt16) -> Float {
        let share = Float(depth) / 65535
        return (1 - share) / far + share / near
    }

    /// The distance of a depth, metres: along the optical axis, in panoramas along the ray.
    public func distance(_ depth: UInt16) -> Float { 1 / inverseDistance(depth) }

    /// The depth of a distance, as near as 16 bits and the range allow.
    public func depth(ofDistance distance: Float) -> UInt16 {
        let share = (1 / distance - 1 / far) / (1 / near - 1 / far)
        return UInt16((share > 0 ? min(share, 1) : 0) * 65535 + 0.5)
    }

    /// What a model's folder says in `depth.json`; nil where there is no such file.
    ///
    /// - Throws: `DiffusionError` where the file makes no sense.
    public init?(modelFolder folder: URL) throws(DiffusionError) {
        let url = folder.appendingPathComponent("depth.json")
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        let file = try Configuration(contentsOf: url)
        let (near, far) = (try file.number("near"), try file.number("far"))
        let degrees = try file.number("verticalFOV")
        try file.finish()
        guard 0 < near, near < far, far < 1e6 else {
            throw file.refused("near", .number(near), "more than 0 and less than far")
        }
        guard 0.1...179 ~= degrees else {
            throw file.refused("verticalFOV", .number(degrees), "0.1 to 179 degrees")
        }
        self.init(
            near: Float(near), far: Float(far), verticalFOV: Float(degrees) * .pi / 180)
    }
}
