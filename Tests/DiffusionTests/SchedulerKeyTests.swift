import Foundation
import Testing

@testable import Diffusion

/// Every key that diffusers' classes know (scripts/fixtures/diffusion_schedulers.py) makes a difference
/// here, or is refused by its name.
@Suite struct SchedulerKeyTests {
    static let classes = ["ddpm", "ddim", "pndm", "euler", "euler-ancestral", "dpm++"]
        .map { SchedulerConfiguration.SolverName(rawValue: $0)! }

    /// What says something only together with keys that are refused.
    static let dependent: Set = ["flow_shift", "time_shift_type"]

    private func read(
        _ values: [String: JSONValue], _ name: SchedulerConfiguration.SolverName
    ) throws -> SchedulerConfiguration {
        var values = values
        values["_class_name"] = .text(name.className)
        return try SchedulerConfiguration(Configuration(values))
    }

    /// Values unlike the given one.
    private func others(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .boolean(let value): [.boolean(!value)]
        case .integer(let value): [.integer(value + 1)]
        case .number(let value): [.number(value.isFinite ? 0.9 * value : -5.1)]
        case .text: [.text("another")]
        default: [.boolean(true), .number(0.9), .text("learned")]
        }
    }

    @Test(arguments: classes)
    func everyKeyIsHonouredOrRefused(name: SchedulerConfiguration.SolverName) throws {
        guard
            case .object(let keys) = try JSONValue(contentsOf: fixture("scheduler-keys", "json")),
            case .object(let standard)? = keys[name.className]
        else {
            Issue.record("no keys of \(name.className)")
            return
        }
        // The defaults are diffusers'.
        #expect(try read(standard, name) == read([:], name))
        for (key, value) in standard where !Self.dependent.contains(key) {
            for other in others(value) {
                // Some say something only together with another one.
                let makesDifference = try [[:], ["thresholding": JSONValue.boolean(true)]]
                    .contains { companions in
                        do {
                            return try read(companions.merging([key: other]) { $1 }, name)
                                != read(companions, name)
                        } catch let error as DiffusionError {
                            #expect(error.description.contains(key), "\(error.description)")
                            return error.description.contains(key)
                        }
                    }
                #expect(makesDifference, "\(name.className) passes over \(key): \(other)")
            }
        }
    }
}
