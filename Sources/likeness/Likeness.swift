import ArgumentParser
import Foundation
import Spatial
import Torch

/// The command line: `likeness VERB`.
@main
struct Likeness: AsyncParsableCommand {
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
        subcommands: [
            Doctor.self, Create.self, Track.self, StudioVerb.self, Animate.self, Render.self,
            Info.self,
            MotionVerb.self, RigVerb.self, Generate.self, Train.self, Eval.self, Bench.self,
        ])

    static func main() async {
        guard Runtime.suitsProcessor else {
            Console.error(
                "this likeness was built for a processor with other vector instructions (AVX-512 or "
                    + "AVX2) than this one has; build it here, or with LIKENESS_CPU=x86-64-v3, which "
                    + "any processor with AVX2 runs.")
            Foundation.exit(ExitStatus.failed)
        }
        prepareForSignals()
        do {
            let expanded = try ExpandedArguments(Array(CommandLine.arguments.dropFirst()))
            var command: any ParsableCommand
            do {
                command = try parseAsRoot(expanded.arguments)
            } catch {
                throw expanded.blame(error) ?? error
            }
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as any InputError {
            Console.error(error.description)
            Foundation.exit(ExitStatus.badInput)
        } catch {
            // ArgumentParser's own: help, usage errors, exit codes.
            if exitCode(for: error) != .failure || error is ExitCode { exit(withError: error) }
            Console.error("\(error)")
            Foundation.exit(ExitStatus.failed)
        }
    }
}

/// The exit codes that are not ArgumentParser's own (0 done, 64 usage).
enum ExitStatus {
    static let failed: Int32 = 1
    static let badInput: Int32 = 2
    /// Ctrl-C, as shells count it: 128 and the signal's number.
    static let interrupted: Int32 = 130
}
