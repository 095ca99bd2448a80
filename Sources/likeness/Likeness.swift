import ArgumentParser
import Foundation
import Spatial

/// The command line: `likeness VERB`.
@main
struct Likeness: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likeness",
        abstract: "Turns pictures of a person into an avatar of 3D Gaussians that moves.",
        discussion: """
            Start with a photograph:

              likeness create me.jpg -o me.likeness
              likeness animate me.likeness --motion tour -o me.mp4

            Every option is also a key of a YAML file given with --config. Results go to standard \
            output, progress and warnings to standard error. Exit codes: 0 done, 1 failed, 2 bad \
            input, 64 usage.
            """,
        version: "0.1.0",
        subcommands: [Doctor.self, Create.self, Animate.self, Render.self, Info.self])

    static func main() {
        ignoreBrokenPipes()
        do {
            let arguments = try ConfigurationFile.expand(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch let error as any InputError {
            Console.error(error.description)
            Foundation.exit(ExitStatus.badInput)
        } catch let error as Interruption {
            Console.error("Interrupted: nothing was written under the final name.")
            Foundation.exit(error.status)
        } catch let error where exitCode(for: error) == .failure && !(error is ExitCode) {
            Console.error("\(error)")
            Foundation.exit(ExitStatus.failed)
        } catch {
            exit(withError: error)
        }
    }
}

/// The exit codes that are not ArgumentParser's own (0 done, 64 usage).
enum ExitStatus {
    static let failed: Int32 = 1
    static let badInput: Int32 = 2
}
