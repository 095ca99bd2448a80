import Spatial

/// Draws what was found into its picture: the body's mask and bones, faces' features, fingers.
public struct LandmarkOverlay: Sendable {
    private static let left = Vector3(1, 0.55, 0.1)
    private static let right = Vector3(0.1, 0.75, 1)
    private static let middle = Vector3(0.95, 0.95, 0.95)

    public init() {}

    /// The picture with what was found in it.
    ///
    /// - Parameter image: The picture (any number of channels); alpha is dropped.
    public func draw(_ frame: TrackedFrame, over image: Image) -> Image {
        var result = image.colourChannels
        // As wide as shows in the picture when it is seen whole.
        let width = max(1, Float(max(image.width, image.height)) / 400)
        if let mask = frame.mask {
            result.tint(Vector3(0.2, 0.9, 0.4), mask: mask, strength: 0.3)
        }
        if let pose = frame.pose { draw(pose, into: &result, width: width) }
        for face in frame.faces { draw(face, into: &result, width: width) }
        for hand in frame.hands { draw(hand, into: &result, width: width) }
        return result
    }

    private func draw(_ pose: PoseLandmarks, into image: inout Image, width: Float) {
        for (a, b) in Self.bones {
            let (from, to) = (pose[a], pose[b])
            let seen = min(from.visibility, to.visibility)
            image.drawLine(
                from: from.position.planar, to: to.position.planar, width: width,
                colour: Self.colour(of: a, b), opacity: max(0.15, seen))
        }
        for name in PosePoint.allCases where pose[name].visibility > 0.5 {
            image.drawDisc(
                at: pose[name].position.planar, diameter: 2.5 * width,
                colour: Self.colour(of: name, name))
        }
    }

    private func draw(_ face: FaceLandmarks, into image: inout Image, width: Float) {
        // A small face is not to be hidden.
        let thin = max(0.6, min(width, face.box.size.x / 120))
        for (line, colour) in Self.features {
            for (a, b) in zip(line, line.dropFirst()) {
                image.drawLine(
                    from: face.points[a].planar, to: face.points[b].planar, width: thin,
                    colour: colour)
            }
        }
        for (iris, colour) in [(face.rightIris, Self.right), (face.leftIris, Self.left)]
        where iris.count == 5 {
            for (a, b) in [(1, 2), (2, 3), (3, 4), (4, 1)] {
                image.drawLine(
                    from: iris[a].planar, to: iris[b].planar, width: thin, colour: colour)
            }
        }
    }

    private func draw(_ hand: HandLandmarks, into image: inout Image, width: Float) {
        let size = max(hand.box.size.x, hand.box.size.y)
        let thin = max(0.6, min(width, size / 60))
        let colour = hand.side == .left ? Self.left : Self.right
        let palm = [0, 5, 9, 13, 17, 0]
        let fingers = stride(from: 1, to: 21, by: 4).map { Array($0..<$0 + 4) }
        for line in [palm, [0, 1]] + fingers {
            for (a, b) in zip(line, line.dropFirst()) {
                image.drawLine(
                    from: hand.points[a].planar, to: hand.points[b].planar, width: thin,
                    colour: colour)
            }
        }
        for point in hand.points {
            image.drawDisc(at: point.planar, diameter: 2 * thin, colour: Self.middle)
        }
    }

    private static func colour(of a: PosePoint, _ b: PosePoint) -> Vector3 {
        let sides = [a, b].map { name in
            name == .nose ? 0 : "\(name)".lowercased().contains("left") ? 1 : -1
        }
        return sides[0] != sides[1] || sides[0] == 0 ? middle : sides[0] > 0 ? left : right
    }

    private static let bones: [(PosePoint, PosePoint)] = [
        (.nose, .leftEyeInner), (.leftEyeInner, .leftEye), (.leftEye, .leftEyeOuter),
        (.leftEyeOuter, .leftEar), (.nose, .rightEyeInner), (.rightEyeInner, .rightEye),
        (.rightEye, .rightEyeOuter), (.rightEyeOuter, .rightEar), (.mouthLeft, .mouthRight),
        (.leftShoulder, .rightShoulder), (.leftShoulder, .leftElbow), (.leftElbow, .leftWrist),
        (.leftWrist, .leftPinky), (.leftWrist, .leftIndex), (.leftWrist, .leftThumb),
        (.leftPinky, .leftIndex), (.rightShoulder, .rightElbow), (.rightElbow, .rightWrist),
        (.rightWrist, .rightPinky), (.rightWrist, .rightIndex), (.rightWrist, .rightThumb),
        (.rightPinky, .rightIndex), (.leftShoulder, .leftHip), (.rightShoulder, .rightHip),
        (.leftHip, .rightHip), (.leftHip, .leftKnee), (.leftKnee, .leftAnkle),
        (.leftAnkle, .leftHeel), (.leftHeel, .leftFootIndex), (.leftAnkle, .leftFootIndex),
        (.rightHip, .rightKnee), (.rightKnee, .rightAnkle), (.rightAnkle, .rightHeel),
        (.rightHeel, .rightFootIndex), (.rightAnkle, .rightFootIndex),
    ]

    /// Lines through the mesh's points, MediaPipe's FACEMESH_CONTOURS, each with its colour.
    private static let features: [([Int], Vector3)] = [
        (
            [
                10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400,
                377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67,
                109, 10,
            ], middle
        ),
        ([61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291], middle),
        ([61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291], middle),
        ([78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308], middle),
        ([78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308], middle),
        ([263, 249, 390, 373, 374, 380, 381, 382, 362], left),
        ([263, 466, 388, 387, 386, 385, 384, 398, 362], left),
        ([276, 283, 282, 295, 285], left), ([300, 293, 334, 296, 336], left),
        ([33, 7, 163, 144, 145, 153, 154, 155, 133], right),
        ([33, 246, 161, 160, 159, 158, 157, 173, 133], right),
        ([46, 53, 52, 65, 55], right), ([70, 63, 105, 66, 107], right),
        ([168, 6, 197, 195, 5, 4], middle),
    ]
}
