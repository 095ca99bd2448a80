import ArgumentParser
import Avatars
import Foundation
import Media
import Methods
import Spatial

/// `likeness create PHOTO -o AVATAR`.
struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make an avatar from one photograph.",
        discussion: """
            The photograph shows a face or a whole body, from the front; of several people the \
            largest is taken. PNG, JPEG or WebP; a transparent background is taken for the \
            person's outline.

              likeness create me.jpg -o me.likeness --sheet me-sheet.png
            """)

    @Argument(help: ArgumentHelp("The photograph.", valueName: "photo"))
    var photo: String

    @Option(name: [.short, .long], help: ArgumentHelp("The avatar to write.", valueName: "file"))
    var output: String

    @Option(
        help: ArgumentHelp(
            "Also write a contact sheet, PNG or JPEG: the photo, its view re-rendered, sides, expressions.",
            valueName: "picture"))
    var sheet: String?

    @Option(
        help: ArgumentHelp(
            "The photograph's horizontal field of view; read from the file or guessed if left out.",
            valueName: "degrees"))
    var fov: Float?

    @Option(help: "How many steps match the appearance to the photograph.")
    var steps = SinglePhoto.Options().steps

    @Option(
        help: ArgumentHelp(
            "The longer side of the person in the picture while it is worked at.",
            valueName: "pixels"))
    var resolution = SinglePhoto.Options().longerSide

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try requireDistinct([("the photograph", photo), ("--output", output), ("--sheet", sheet)])
        if let fov, !(fov > 1 && fov < 170) {
            throw ValidationError("--fov takes 1 to 170 degrees.")
        }
        if let sheet { try requirePictureName(sheet, option: "--sheet") }
        guard (1...100_000).contains(steps) else {
            throw ValidationError("--steps takes 1 to 100000.")
        }
        guard (128...4096).contains(resolution) else {
            throw ValidationError("--resolution takes 128 to 4096 pixels.")
        }
    }

    func run() throws {
        common.apply()
        let started = Date()
        let target = try requireWritable(output, overwrite: common.overwrite)
        let sheetTarget = try sheet.map { try requireWritable($0, overwrite: common.overwrite) }
        let file = try ImageFile(contentsOf: URL(fileURLWithPath: photo))

        var options = SinglePhoto.Options()
        options.seed = common.seed
        options.steps = steps
        options.longerSide = resolution
        options.fieldOfView = fov.map { $0 * .pi / 180 } ?? file.horizontalFieldOfView

        let name = URL(fileURLWithPath: photo).lastPathComponent
        let result = try SinglePhoto().create(
            from: file.image, name: name, options: options,
            listener: ProgressBar(isQuiet: common.quiet))
        if result.figures.peopleFound > 1, !common.quiet {
            Console.note(
                "\(name) shows \(result.figures.peopleFound) people: the largest was taken.")
        }
        try result.avatar.write(to: target, overwrite: common.overwrite)
        if let sheetTarget {
            try ContactSheet.draw(result.avatar, photo: result.photo)
                .write(to: sheetTarget, overwrite: common.overwrite)
        }
        try report(result.figures, seconds: Date().timeIntervalSince(started))
    }

    private func report(_ figures: Figures, seconds: Double) throws {
        if common.json {
            return try Console.json(Report(output: output, seconds: seconds, figures: figures))
        }
        var text = "\(output): \(figures.gaussians) Gaussians"
        text += String(format: ", PSNR %.2f dB, SSIM %.3f", figures.psnr, figures.ssim)
        if let error = figures.landmarkErrorPercent {
            text += String(format: ", landmarks %.1f %%", error)
        }
        text += String(
            format: ", holes %.2f %%, %.0f frames/s, %.0f s", figures.holesPercent,
            figures.framesPerSecond, seconds)
        Console.result(text)
    }

    /// What `--json` prints.
    private struct Report: Encodable {
        let output: String
        let seconds: Double
        let figures: Figures
    }
}

extension ImageFile {
    /// The horizontal field of view that the file's EXIF tells, radians: the 35 mm equivalent is for
    /// a frame 36 mm wide, held upright where the picture is.
    fileprivate var horizontalFieldOfView: Float? {
        focalLength35mm.flatMap { length in
            guard length > 1 else { return nil }
            let width: Float = image.width >= image.height ? 36 : 24
            return 2 * atan(width / 2 / length)
        }
    }
}
