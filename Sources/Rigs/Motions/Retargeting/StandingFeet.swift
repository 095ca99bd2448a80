import Spatial

/// Which feet stand when, in a motion as it was recorded.
///
/// A foot stands while its ball (the joint of the toes; without one the ankle) is within 5 cm of the floor
/// and slower than 0.25 m/s, both for legs of 0.8 m. The floor is where the soles are lowest, but for
/// one frame in twenty. Gaps below 0.07 s are closed, and less than 0.1 s is no standing.
struct StandingFeet {
    /// The stretches in which the left and the right foot stand.
    private(set) var contacts: [[Range<Int>]] = [[], []]
    /// How high the ball is above where it is on the floor, metres, by foot and frame.
    private(set) var heights: [[Float]] = [[], []]
    /// The lower sole above the floor, by frame.
    private(set) var soles: [Float] = []

    /// Nil where the skeleton has no feet or the motion no frames.
    init?(
        _ skeleton: MotionSkeleton, _ roles: SkeletonRoles, frames: [Motion.Frame], rate: Float
    ) {
        guard let feet = FootJoints.both(skeleton, roles), !frames.isEmpty else { return nil }
        let size = roles.legLength(in: skeleton) / 0.8
        guard size > 0.01 else { return nil }
        var balls: [[Vector3]] = [[], []]
        for frame in frames {
            let places = skeleton.positions(frame)
            for (side, foot) in feet.enumerated() { balls[side].append(places[foot.ball]) }
            soles.append(feet.map { $0.sole(places) }.min()!)
        }
        let floor = soles.sorted()[soles.count / 20]
        soles = soles.map { $0 - floor }
        for side in 0..<2 {
            heights[side] = balls[side].map { $0.y - floor - feet[side].ballRest }
            let step = max(1, Int((rate / 30).rounded()))
            let stands = balls[side].indices.map { t in
                let (a, b) = (max(0, t - step), min(balls[side].count - 1, t + step))
                let way = balls[side][b] - balls[side][a]
                let speed =
                    b > a ? Vector2(way.x, way.z).length * rate / Float(b - a) : 0
                return heights[side][t] < 0.05 * size && speed < 0.25 * size
            }
            contacts[side] = Self.stretches(
                stands, gap: Int(0.07 * rate), shortest: max(2, Int(0.1 * rate)))
        }
    }

    /// The stretches of true, gaps of up to `gap` closed, and none below `shortest`.
    static func stretches(_ values: [Bool], gap: Int, shortest: Int) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for (index, value) in values.enumerated() where value {
            if let last = result.last, index - last.upperBound <= gap {
                result[result.count - 1] = last.lowerBound..<index + 1
            } else {
                result.append(index..<index + 1)
            }
        }
        return result.filter { $0.count >= min(shortest, values.count) }
    }
}

/// The joints of a leg and what they are above the floor at rest.
struct FootJoints {
    let hip: Int
    let knee: Int
    let ankle: Int
    /// The joint of the toes, or the ankle where there is none.
    let ball: Int
    /// The heights of ankle and ball above the sole at rest, metres.
    let ankleRest: Float
    let ballRest: Float

    /// Left and right, or nil where one is missing.
    static func both(_ skeleton: MotionSkeleton, _ roles: SkeletonRoles) -> [FootJoints]? {
        let trunk = RestFrames(skeleton, roles).trunk ?? .identity
        let up =
            trunk.axisAngle.length > 0.52 ? trunk.matrix * Vector3(0, 1, 0) : Vector3(0, 1, 0)
        let feet = BodySegment.Side.allCases.compactMap { side -> FootJoints? in
            guard let hip = roles.first(.upperLeg, side), let knee = roles.first(.lowerLeg, side),
                let ankle = roles.first(.foot, side)
            else { return nil }
            let ball = roles.first(.toes, side) ?? ankle
            func height(_ joint: Int) -> Float { dot(skeleton.positions[joint], up) }
            // Balls are some 2 cm above the sole.
            let sole = min(height(ball), height(ankle)) - (ball == ankle ? 0 : 0.02)
            return FootJoints(
                hip: hip, knee: knee, ankle: ankle, ball: ball, ankleRest: height(ankle) - sole,
                ballRest: height(ball) - sole)
        }
        return feet.count == 2 ? feet : nil
    }

    /// The height of the lowest of heel and ball less what it is at rest.
    func sole(_ places: [Vector3]) -> Float {
        min(places[ankle].y - ankleRest, places[ball].y - ballRest)
    }
}
