import Foundation
import Spatial

/// One or two coloured solids on a floor before a wall: what a caption such as "a red sphere left of a
/// blue cube" speaks of. All of a picture follows from it, so that a caption can be checked and a
/// depth rendered again.
public struct ShapeScene: Equatable, Sendable, Codable {
    /// What a solid is.
    public enum Shape: String, CaseIterable, Sendable, Codable {
        case sphere, cube, cylinder, cone, torus
    }

    /// The colour of a solid.
    public enum Colour: String, CaseIterable, Sendable, Codable {
        case red, green, blue, yellow, purple, orange, cyan, white
    }

    /// How large a solid is.
    public enum Size: String, CaseIterable, Sendable, Codable {
        case small, large
    }

    /// What the solids stand on.
    public enum Floor: String, CaseIterable, Sendable, Codable {
        case grey, dark, brown
    }

    /// A solid on the floor.
    public struct Solid: Equatable, Sendable, Codable {
        public var shape: Shape
        public var colour: Colour
        /// About half of the height, metres.
        public var radius: Float
        /// Where it stands: to the right, metres.
        public var x: Float
        /// Where it stands: towards the viewer, metres.
        public var z: Float
        /// The turn about the vertical axis, radians.
        public var yaw: Float

        public init(
            _ shape: Shape, _ colour: Colour, radius: Float, x: Float, z: Float = 0, yaw: Float = 0
        ) {
            (self.shape, self.colour, self.radius) = (shape, colour, radius)
            (self.x, self.z, self.yaw) = (x, z, yaw)
        }

        public var size: Size { radius < 0.45 ? .small : .large }
    }

    /// From left to right.
    public var solids: [Solid]
    public var floor: Floor
    /// The wall's display colour.
    public var wall: Vector3
    /// Where light comes from: a direction, as long as one likes.
    public var light: Vector3

    public init(
        _ solids: [Solid], floor: Floor = .grey, wall: Vector3 = Vector3(repeating: 0.75),
        light: Vector3 = Vector3(-0.5, 1, 0.6)
    ) {
        (self.solids, self.floor, self.wall, self.light) = (solids, floor, wall, light)
    }
}

// MARK: Drawing at random

extension ShapeScene {
    /// A scene drawn from a seed: the same seed gives the same scene on every machine.
    ///
    /// - Parameter count: one or two solids.
    public static func random(seed: UInt64, solids count: Int? = nil) -> ShapeScene {
        var numbers = SplitMix(seed: seed)
        _ = numbers.next()
        let count = count ?? (numbers.uniform() < 0.4 ? 1 : 2)
        // Alone: left, in the middle or right. Of two, one is left and one is right.
        let places: [ClosedRange<Float>] =
            count == 1
            ? [[-0.95 ... -0.6, -0.14...0.14, 0.6...0.95][numbers.below(3)]]
            : [-0.95 ... -0.52, 0.52...0.95]
        let solids = places.map { place in
            Solid(
                Shape.allCases[numbers.below(Shape.allCases.count)],
                Colour.allCases[numbers.below(Colour.allCases.count)],
                radius: numbers.below(2) == 0
                    ? numbers.uniform(0.33...0.39) : numbers.uniform(0.52...0.58),
                x: numbers.uniform(place), z: numbers.uniform(-0.5...0.5),
                yaw: numbers.uniform(-0.6...0.6))
        }
        let brightness = numbers.uniform(0.6...0.9)
        let tint = Vector3(
            numbers.uniform(-0.06...0.06), numbers.uniform(-0.03...0.03),
            numbers.uniform(-0.06...0.06))
        return ShapeScene(
            solids, floor: Floor.allCases[numbers.below(Floor.allCases.count)],
            wall: Vector3(repeating: brightness) + tint,
            light: Vector3(numbers.uniform(-0.8...0.8), 1, numbers.uniform(0.3...0.9)))
    }
}
