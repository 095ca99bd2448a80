import Foundation
import Spatial
import Testing

@testable import Media

@Suite struct LMDBTests {
    /// What scripts/fixtures/captures_formats.py put under a number.
    private func value(of number: Int) -> [UInt8] {
        let count = number % 50 == 0 ? number * 37 % 5000 : number % 40
        return [UInt8](repeating: UInt8(number % 251), count: count)
    }

    private func key(_ number: Int) -> String {
        "key_" + String(repeating: "0", count: 5 - String(number).count) + String(number)
    }

    @Test func everyRecordOfTwoTransactionsIsFound() throws {
        let database = try LMDBFile(contentsOf: fixture("lmdb"))
        let left = (0..<900).filter { !(100..<200).contains($0) }
        #expect(database.count == 800)
        #expect(try database.keys() == left.map(key))
        for number in left where number != 7 {
            #expect(try database.value(for: key(number)) == value(of: number))
        }
        #expect(try database.value(for: key(7)) == Array("changed".utf8))
        for name in [key(100), key(199), "", "key_", "key_99999", "zzz", "a"] {
            #expect(try database.value(for: name) == nil)
            #expect(try !database.contains(name))
        }
        #expect(try database.contains(key(899)))
    }

    @Test func anEmptyOneHasNothing() throws {
        let database = try LMDBFile(
            contentsOf: fixture("lmdb-empty").appendingPathComponent("data.mdb"))
        #expect(database.count == 0)
        #expect(try database.keys().isEmpty)
        #expect(try database.value(for: "key") == nil)
    }

    @Test func whatIsNoneIsRefused() throws {
        try withFolder { folder in
            #expect(throws: MediaError.self) { try LMDBFile(contentsOf: folder) }
            let file = folder.appendingPathComponent("data.mdb")
            for bytes in [[], [UInt8](repeating: 0, count: 8192), Array("hello".utf8)] {
                try Data(bytes).write(to: file)
                #expect(throws: MediaError.self) { try LMDBFile(contentsOf: folder) }
            }
        }
    }

    @Test func damageIsToldNotTrappedOn() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("data.mdb")
            let valid = try [UInt8](
                Data(contentsOf: fixture("lmdb").appendingPathComponent("data.mdb")))
            func read(_ bytes: [UInt8]) throws {
                try Data(bytes).write(to: file)
                let database = try LMDBFile(contentsOf: file)
                let keys = try database.keys()
                for key in keys.prefix(40) { _ = try database.value(for: key) }
                for number in stride(from: 0, to: 900, by: 50) {
                    _ = try database.value(for: self.key(number))
                }
            }
            #expect(fuzz(valid, rounds: 200, read) > 20)
            // Bytes of pages themselves: where nodes are, and what pages they lead to.
            var random = SplitMix(seed: 9)
            var refused = 0
            for _ in 0..<200 {
                var bytes = valid
                for _ in 0..<30 {
                    let page = Int.random(in: 2..<valid.count / 4096, using: &random)
                    let at = page * 4096 + Int.random(in: 8..<64, using: &random)
                    bytes[at] = UInt8.random(in: 0...255, using: &random)
                }
                do { try read(bytes) } catch is MediaError { refused += 1 }
            }
            #expect(refused > 100)
        }
    }
}
