import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is behind the person.
public enum Backdrop: Equatable, Sendable {
    /// A plain colour, display sRGB.
    case plain(Vector3)
    /// A sheet of paper in a colour, out of focus, lit from the middle.
    case paper(Vector3)
    /// A floor of a colour under the feet that runs up into a wall behind.
    case floor(Vector3)

    /// A backdrop of one posed person.
    func prepared(_ lit: LitPose, ground: Float) -> Prepared {
        switch self {
        case .plain(let colour): Prepared(kind: .plain, colour: colour, lit, ground)
        case .paper(let colour): Prepared(kind: .paper, colour: colour, lit, ground)
        case .floor(let colour): Prepared(kind: .floor, colour: colour, lit, ground)
        }
    }

    /// What is seen in a direction.
    struct Prepared {
        enum Kind { case plain, paper, floor }
        private let kind: Kind
        private let colour: Vector3
        private let ground: Float
        private let light: StudioLight
        private let shadow: ShadowMap.Lookup
        private let open: Vector3
        private let disc: StudioBuffer<Vector2>
        private let centre: Vector3
        /// The share of the environment's light on a grid of the floor around the person.
        private let grid: StudioBuffer<Float>
        private static let side = 48
        private static let extent: Float = 2.4

        fileprivate init(kind: Kind, colour: Vector3, _ lit: LitPose, _ ground: Float) {
            self.kind = kind
            self.colour = LinearColour.linear(colour)
            self.ground = ground
            light = lit.light
            shadow = lit.shadow.lookup
            disc = lit.disc
            open = light.irradiance(Vector3(0, 1, 0))
            let root = lit.pose.bones.bonePoses[0].translation
            centre = Vector3(root.x, ground, root.z)
            let side = Self.side
            grid = StudioBuffer(count: side * side, 1)
            guard kind == .floor else { return }
            let (target, centre) = (grid, centre)
            parallelFor(side * side, grain: 64) { range, _ in
                for i in range {
                    let offset = Vector3(
                        (Float(i % side) + 0.5) / Float(side) - 0.5, 0,
                        (Float(i / side) + 0.5) / Float(side) - 0.5)
                    target[i] =
                        lit.occlusion.share(
                            centre + offset * Self.extent, Vector3(0, 1, 0)
                        ).w
                }
            }
        }

        /// - Parameter sample: varies the places where soft shadows are looked up.
        func colour(_ direction: Vector3, from eye: Vector3, sample: UInt32) -> Vector3 {
            switch kind {
            case .plain: return colour
            case .paper:
                let glow =
                    0.75 + 0.4 * bell(direction.y * 2.2)
                    - 0.25 * smoothStep(0, -0.5, direction.y)
                return colour * glow
            case .floor:
                let wall = wallColour(direction)
                guard direction.y < -0.005 else { return wall }
                let distance = (ground - eye.y) / direction.y
                if distance < 0 { return wall }
                let place = eye + direction * distance
                let away = Vector3(place.x - centre.x, 0, place.z - centre.z).length
                let seen = smoothStep(5.5, 2.2, away)
                if seen <= 0 { return wall }
                return mix(wall, floorColour(place, sample), seen)
            }
        }

        private func wallColour(_ direction: Vector3) -> Vector3 {
            let glow = 0.8 + 0.25 * bell((direction.y - 0.1) * 1.6)
            return colour * (light.irradiance(Vector3(0, 0.45, 0.89)) * 0.6 + 0.5) * glow
        }

        private func floorColour(_ place: Vector3, _ sample: UInt32) -> Vector3 {
            let stain = StudioNoise.fractal(
                Vector3(place.x * 2.2, 0, place.z * 2.2), octaves: 4, seed: 77)
            let grain = StudioNoise.value(Vector3(place.x * 60, 0, place.z * 60), seed: 78)
            let albedo = colour * (1 + 0.1 * stain + 0.04 * grain)
            let up = Vector3(0, 1, 0)
            let middle = shadow.place(place + up * 0.004)
            let radius = max(light.keyRadius * 0.5 / shadow.texel, 1.5)
            var passed: Float = 0
            let turned =
                disc.start + Int(StudioNoise.hash(sample) * Float(ShadowMap.turns))
                * ShadowMap.taps
            for tap in 0..<ShadowMap.taps {
                passed += shadow.visibility(middle + Vector3(turned[tap], 0) * radius, bias: 0.006)
            }
            passed /= Float(ShadowMap.taps)
            let cosine = max(light.keyDirection.y, 0)
            return albedo * (light.keyColour * (cosine * passed) + open * share(place))
        }

        private func share(_ place: Vector3) -> Float {
            let side = Float(Self.side)
            let x = ((place.x - centre.x) / Self.extent + 0.5) * side - 0.5
            let z = ((place.z - centre.z) / Self.extent + 0.5) * side - 0.5
            guard x >= 0, z >= 0, x < side - 1, z < side - 1 else { return 1 }
            let (column, row) = (Int(x), Int(z))
            let (fx, fz) = (x - Float(column), z - Float(row))
            let i = row * Self.side + column
            let value = mix(
                mix(grid[i], grid[i + 1], fx),
                mix(grid[i + Self.side], grid[i + Self.side + 1], fx), fz)
            // Nothing shows where the grid ends.
            let border = min(min(x, z), min(side - 1 - x, side - 1 - z))
            return mix(1, value, smoothStep(0, 6, border))
        }
    }
}
