import ArgumentParser
import Avatars
import Foundation
import Media
import Rigs
import Spatial

/// `likeness render AVATAR -o PNG`.
struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw one picture of an avatar.",
        discussion: """
            The face's movements have the 52 names of ARKit, such as jawOpen, eyeBlinkLeft or \
            mouthSmileRight, each with a weight from 0 to 1.

              likeness render me.likeness --yaw 30 --expression jawOpen=0.6 -o me.png
            """)

    @Argument(help: ArgumentHelp("The avatar.", valueName: "avatar"))
    var avatar: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The picture to write, PNG or JPEG.", valueName: "picture"))
    var output: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How far the camera has walked around the person: 0 in front, 90 at the person's left.",
            valueName: "degrees"))
    var yaw: Float = 0

    @Option(
        help: ArgumentHelp(
            "What the face does, such as jawOpen=0.6,browInnerUp=1.",
            valueName: "name=weight,…"))
    var expression = ""

    @Option(help: ArgumentHelp("The picture's width and height.", valueName: "pixels"))
    var size = 512

    @Option(help: "What fills the picture: body or head.")
    var framing = Avatar.Framing.body

    @Flag(help: "Leave the background transparent instead of white.")
    var transparent = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try requireDistinct([("the avatar", avatar), ("--output", output)])
        try requirePictureName(output, option: "--output", isTransparent: transparent)
        guard yaw.isFinite else { throw ValidationError("--yaw takes an angle in degrees.") }
        guard (16...8192).contains(size) else {
            throw ValidationError("--size takes 16 to 8192 pixels.")
        }
        _ = try parsedExpression()
    }

    func run() throws {
        common.apply()
        let target = try requireWritable(output, overwrite: common.overwrite)
        let avatar = try Avatar(contentsOf: URL(fileURLWithPath: avatar))
        let player = AvatarPlayer(avatar)
        player.pose(avatar.standingPose, expression: try parsedExpression())
        let camera = Camera(
            showing: avatar.points(of: framing, in: player.vertices), yaw: yaw * .pi / 180,
            width: size, height: size)
        let background = transparent ? Vector3.zero : Vector3(1, 1, 1)
        let frame = player.render(camera: camera, background: background)
        let image = transparent ? frame.cutout : frame.image
        try image.write(to: target, overwrite: common.overwrite)
        if common.json { return try Console.json(["output": output]) }
        Console.result(output)
    }

    private func parsedExpression() throws -> FaceExpression {
        var result = FaceExpression.neutral
        for entry in expression.split(separator: ",") {
            let parts = entry.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let weight = Float(parts[1]), weight.isFinite,
                let unit = FaceUnit(name: String(parts[0]))
            else {
                throw ValidationError(
                    "--expression takes name=weight pairs with ARKit's names, not \"\(entry)\".")
            }
            result[unit] = weight
        }
        return result
    }
}

extension Avatar.Framing: ExpressibleByArgument {}
