import Testing

@testable import Diffusion

@Suite struct ConfigurationTests {
    private let configuration = Configuration(
        [
            "_class_name": .text("Net"), "channels": .integer(4), "scale": .number(0.5),
            "heads": .list([.integer(1), .integer(2)]), "bias": .boolean(true), "gone": .null,
            "act": .text("silu"), "whole": .number(3),
        ], file: "config.json")

    @Test func valuesAreReadByKind() throws {
        #expect(try configuration.integer("channels") == 4)
        #expect(try configuration.integer("whole") == 3)
        #expect(try configuration.number("scale") == 0.5)
        #expect(try configuration.number("channels") == 4)
        #expect(try configuration.boolean("bias"))
        #expect(try configuration.text("act") == "silu")
        #expect(try configuration.integers("heads") == [1, 2])
        #expect(try configuration.integers("heads", count: 2) == [1, 2])
        #expect(try configuration.integers("channels", count: 3) == [4, 4, 4])
        #expect(try configuration.integer("absent", 7) == 7)
        #expect(!configuration.sets("gone"))
        try configuration.finish()
    }

    @Test func whatDoesNotFitIsRefusedByName() {
        func refuses(_ key: String, _ body: () throws -> Void) {
            let error = #expect(throws: DiffusionError.self) { try body() }
            #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
        }
        refuses("channels") { _ = try configuration.text("channels") }
        refuses("channels") { _ = try configuration.integer("channels", in: 5...6) }
        refuses("scale") { _ = try configuration.integer("scale") }
        refuses("heads") { _ = try configuration.integers("heads", count: 3) }
        refuses("absent") { _ = try configuration.integer("absent") }
        refuses("act") { try configuration.expect("act", .text("gelu")) }
    }

    @Test func nothingIsOverlooked() throws {
        try configuration.expect("gone", .integer(1))
        try configuration.expect("whole", .integer(3))
        let error = try #require(throws: DiffusionError.self) { try configuration.finish() }
        #expect(
            error
                == .unknownSettings(
                    file: "config.json", keys: ["act", "bias", "channels", "heads", "scale"]))
    }
}
