import ArgumentParser
import Foundation
import Media
import Spatial

/// `likeness doctor`.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that everything needed is here, and say how to mend what is not.",

        discussion: """
            Ends with 0 if nothing is missing, with 1 otherwise; with --quiet only what is missing \
            is said.

              likeness doctor
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let checks = Diagnosis.run()
        if common.json {
            try Console.json(checks)
        } else {
            for check in checks where !(common.quiet && check.isFine) {
                Console.result(
                    "\(check.isFine ? "ok     " : "MISSING") \(check.name): \(check.found)")
                if let mend = check.mend { Console.result("        mend: \(mend)") }
            }
        }
        if checks.contains(where: { !$0.isFine }) { throw ExitCode(ExitStatus.failed) }
    }
}
