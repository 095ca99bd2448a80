import Foundation
import Spatial

extension ShapeScene {
    /// What stored depth means, and the view of all scenes' camera.
    public static let depthRange = DepthRange(near: 2, far: 9, verticalFOV: 40 * .pi / 180)

    /// The camera of all scenes: a little above, looking down.
    public static func camera(size: Int) -> Camera {
        Camera(
            eye: Vector3(0, 1.6, 4), target: Vector3(0, 0.4, 0),
            verticalFOV: depthRange.verticalFOV, width: size, height: size)
    }

    /// Casts rays: four a pixel for colour, one through the pixel's centre for depth.
    ///
    /// - Returns: `size` × `size` pixels of four channels: display RGB, and inverse depth in 0…1 as
    ///   `depthRange` says.
    public func rendered(size: Int = 64) -> Image {
        let tracer = SceneTracer(self, size: size)
        let pixels = size * size
        var image = Image(width: size, height: size, channels: 4)
        for y in 0..<size {
            for x in 0..<size {
                let i = y * size + x
                let (px, py) = (Float(x), Float(y))
                var colour = Vector3.zero
                for (dx, dy): (Float, Float) in [
                    (0.375, 0.125), (0.875, 0.375), (0.125, 0.625), (0.625, 0.875),
                ] { colour += tracer.colour(px + dx, py + dy) }
                for c in 0..<3 { image.samples[c * pixels + i] = min(max(colour[c] / 4, 0), 1) }
                image.samples[3 * pixels + i] = Self.depthRange.share(
                    ofDistance: tracer.depth(px + 0.5, py + 0.5))
            }
        }
        return image
    }

    /// Depth alone: metres along the optical axis through each pixel's centre, row by row.
    public func depth(size: Int = 64) -> [Float] {
        let tracer = SceneTracer(self, size: size)
        return (0..<size * size).map {
            tracer.depth(Float($0 % size) + 0.5, Float($0 / size) + 0.5)
        }
    }
}

/// Finds what a scene's rays meet.
struct SceneTracer {
    private let solids: [(solid: ShapeScene.Solid, turn: Vector2, colour: Vector3)]
    private let floor: Vector3
    private let wall: Vector3
    private let light: Vector3
    private let origin: Vector3
    private let right: Vector3
    private let down: Vector3
    private let forward: Vector3
    private let intrinsics: Intrinsics

    /// Where the wall stands.
    private static let wallZ: Float = -2.6

    init(_ scene: ShapeScene, size: Int) {
        solids = scene.solids.map {
            ($0, Vector2(cos($0.yaw), sin($0.yaw)), $0.colour.display)
        }
        (floor, wall) = (scene.floor.display, scene.wall)
        light = scene.light.normalized
        let camera = ShapeScene.camera(size: size)
        origin = camera.position
        // The view matrix's rows are the camera's axes in the world.
        let toWorld = camera.viewMatrix.rigidInverse
        right = toWorld.linear * Vector3(1, 0, 0)
        down = toWorld.linear * Vector3(0, 1, 0)
        forward = toWorld.linear * Vector3(0, 0, 1)
        intrinsics = camera.intrinsics
    }

    /// The ray's direction, of length 1 along the optical axis.
    private func direction(_ x: Float, _ y: Float) -> Vector3 {
        forward + right * ((x - intrinsics.cx) / intrinsics.fx)
            + down * ((y - intrinsics.cy) / intrinsics.fy)
    }

    func depth(_ x: Float, _ y: Float) -> Float {
        // As the direction's part along the axis is 1, the ray's parameter is the depth.
        hit(origin, direction(x, y)).distance
    }

    func colour(_ x: Float, _ y: Float) -> Vector3 {
        let ray = direction(x, y)
        let (distance, normal, index) = hit(origin, ray)
        let point = origin + ray * distance
        let base =
            index.map { solids[$0].colour } ?? (normal.y > 0.5 ? floor : wall)
        let facing = max(dot(normal, light), 0)
        let isLit = facing > 0 && index.map { _ in true } ?? !isShadowed(point + normal * 1e-3)
        var shade = 0.45 + (isLit ? 0.6 * facing : 0)
        if index == nil, normal.y < 0.5 { shade = 1 }
        var colour = base * shade
        if index != nil {
            let half = (light - ray.normalized).normalized
            colour += Vector3(repeating: 0.35 * pow(max(dot(normal, half), 0), 24))
        }
        return colour
    }

    private func isShadowed(_ point: Vector3) -> Bool {
        solids.contains { item in
            let (o, d) = local(item, point, light)
            return item.solid.intersection(o, d) != nil
        }
    }

    private typealias Item = (solid: ShapeScene.Solid, turn: Vector2, colour: Vector3)

    /// A ray as the solid sees it: standing at the origin, not turned.
    private func local(_ item: Item, _ o: Vector3, _ d: Vector3) -> (Vector3, Vector3) {
        let p = o - Vector3(item.solid.x, 0, item.solid.z)
        let (c, s) = (item.turn.x, item.turn.y)
        return (
            Vector3(c * p.x - s * p.z, p.y, s * p.x + c * p.z),
            Vector3(c * d.x - s * d.z, d.y, s * d.x + c * d.z)
        )
    }

    private func hit(_ o: Vector3, _ d: Vector3) -> (distance: Float, normal: Vector3, Int?) {
        var best: (distance: Float, normal: Vector3, index: Int?) = (
            (Self.wallZ - o.z) / d.z, Vector3(0, 0, 1), nil
        )
        if d.y < 0, -o.y / d.y < best.distance { best = (-o.y / d.y, Vector3(0, 1, 0), nil) }
        for (i, item) in solids.enumerated() {
            let (p, v) = local(item, o, d)
            guard let (t, n) = item.solid.intersection(p, v), t < best.distance else { continue }
            let (c, s) = (item.turn.x, item.turn.y)
            best = (t, Vector3(c * n.x + s * n.z, n.y, -s * n.x + c * n.z), i)
        }
        return best
    }
}

extension ShapeScene.Colour {
    /// The display colour of a surface in full light.
    var display: Vector3 {
        switch self {
        case .red: Vector3(0.85, 0.1, 0.1)
        case .green: Vector3(0.12, 0.62, 0.18)
        case .blue: Vector3(0.12, 0.22, 0.88)
        case .yellow: Vector3(0.95, 0.88, 0.12)
        case .purple: Vector3(0.58, 0.15, 0.72)
        case .orange: Vector3(0.98, 0.5, 0.05)
        case .cyan: Vector3(0.1, 0.78, 0.82)
        case .white: Vector3(0.95, 0.95, 0.95)
        }
    }
}

extension ShapeScene.Floor {
    var display: Vector3 {
        switch self {
        case .grey: Vector3(0.6, 0.6, 0.6)
        case .dark: Vector3(0.24, 0.24, 0.27)
        case .brown: Vector3(0.5, 0.36, 0.24)
        }
    }
}
