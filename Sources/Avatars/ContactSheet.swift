import Rigs
import Spatial

/// Many small pictures of an avatar on one: the photograph and the same view re-rendered, views from
/// the sides, expressions.
public enum ContactSheet {
    /// The side of one picture, pixels.
    public static let cell = 320

    /// A sheet of four rows of five.
    ///
    /// - Parameter photo: the part of the photograph that shows the person.
    public static func draw(_ avatar: Avatar, photo: Image) -> Image {
        let player = AvatarPlayer(avatar)
        var cells = [fitted(photo)]
        cells.append(fitted(avatar.preview))
        for yaw: Float in [-60, -30, 30] { cells.append(picture(player, .body, yaw: yaw)) }
        for yaw: Float in [60, 120, 180] { cells.append(picture(player, .body, yaw: yaw)) }
        for yaw: Float in [-45, 45] { cells.append(picture(player, .head, yaw: yaw)) }
        for expression in expressions {
            cells.append(picture(player, .head, yaw: 0, expression: expression))
        }
        return arranged(cells, columns: 5)
    }

    private static let expressions: [FaceExpression] = [
        .neutral,
        FaceExpression([
            .mouthSmileLeft: 1, .mouthSmileRight: 1, .cheekSquintLeft: 0.6, .cheekSquintRight: 0.6,
        ]),
        FaceExpression([.jawOpen: 0.7]),
        FaceExpression([.eyeBlinkLeft: 1, .eyeBlinkRight: 1]),
        FaceExpression([
            .browInnerUp: 1, .browOuterUpLeft: 1, .browOuterUpRight: 1, .eyeWideLeft: 1,
            .eyeWideRight: 1, .jawOpen: 0.25,
        ]),
        FaceExpression([
            .browDownLeft: 1, .browDownRight: 1, .noseSneerLeft: 0.8, .noseSneerRight: 0.8,
            .mouthFrownLeft: 0.7, .mouthFrownRight: 0.7,
        ]),
        FaceExpression([.mouthPucker: 1]),
        FaceExpression([.mouthFrownLeft: 1, .mouthFrownRight: 1, .browInnerUp: 0.7]),
        FaceExpression([.eyeLookOutLeft: 1, .eyeLookInRight: 1, .mouthLeft: 0.6]),
        FaceExpression([.jawOpen: 0.5, .tongueOut: 1]),
    ]

    private static func picture(
        _ player: AvatarPlayer, _ framing: Avatar.Framing, yaw: Float,
        expression: FaceExpression = .neutral
    ) -> Image {
        player.pose(player.avatar.standingPose)
        let points = player.avatar.points(of: framing, in: player.vertices)
        let camera = Camera(showing: points, yaw: yaw * .pi / 180, width: cell, height: cell)
        player.pose(player.avatar.standingPose, expression: expression)
        return player.render(camera: camera).image
    }

    /// The image scaled into a cell, centred on white.
    private static func fitted(_ image: Image) -> Image {
        let factor = Float(cell) / Float(max(image.width, image.height))
        let (width, height) = (
            max(1, Int(Float(image.width) * factor)), max(1, Int(Float(image.height) * factor))
        )
        return image.resized(width: width, height: height).cropped(
            x: -(cell - width) / 2, y: -(cell - height) / 2, width: cell, height: cell, outside: 1)
    }

    private static func arranged(_ cells: [Image], columns: Int) -> Image {
        let rows = (cells.count + columns - 1) / columns
        var sheet = Image(
            width: columns * cell, height: rows * cell, channels: 3, filledWith: 1)
        for (i, image) in cells.enumerated() {
            let (left, top) = (i % columns * cell, i / columns * cell)
            for channel in 0..<3 {
                for y in 0..<cell {
                    for x in 0..<cell {
                        sheet[left + x, top + y, channel] = image[x, y, channel]
                    }
                }
            }
        }
        return sheet
    }
}
