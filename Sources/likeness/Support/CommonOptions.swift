import ArgumentParser
import Foundation
import Spatial

/// The options that mean the same with every verb.
struct CommonOptions: ParsableArguments {
    @Option(help: "The number that all randomness derives from: same seed, same result.")
    var seed: UInt64 = 0

    @Option(help: "How many processors to use; 0 is all.")
    var threads: Int = 0

    @Flag(help: "Say nothing on standard error but errors.")
    var quiet = false

    @Flag(help: "Print the result as JSON on standard output.")
    var json = false

    @Flag(help: "Replace an output file that exists.")
    var overwrite = false

    @Option(
        help: ArgumentHelp(
            "A YAML file of options, \"name: value\" a line; the command line wins.",
            valueName: "file"))
    var config: String?

    mutating func validate() throws {
        guard threads >= 0 else { throw ValidationError("--threads takes 0 or more.") }
    }

    /// Applies what holds for the whole process.
    func apply() {
        Threads.limit(to: threads)
    }
}
