import Foundation
import Testing

@testable import Rigs

struct TextScannerTests {
    private func numbers(_ text: String) -> [Double?] {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            var scanner = TextScanner(bytes)
            var numbers: [Double?] = []
            while scanner.skipBlanks(), numbers.last != .some(nil) {
                numbers.append(scanner.number())
            }
            return numbers
        }
    }

    @Test func decimalNumbersAreReadExactly() {
        for text in ["-.001", "0.1", "12.345678", "-7", "+3.5", "1e-05", "2.5E3", "0", ".5", "4."] {
            #expect(
                numbers(text) == [Double(text.hasPrefix("-.") ? "-0" + text.dropFirst() : text)])
        }
        for _ in 0..<1000 {
            let value = (Double.random(in: -10...10) * 1e6).rounded() / 1e6
            #expect(numbers("\(value)") == [value])
        }
    }

    @Test func whatIsNoNumberIsNone() {
        #expect(numbers("x") == [nil])
        #expect(numbers("1e999") == [nil])
        #expect(numbers("-") == [nil])
        #expect(numbers("99999999999999999999999") == [1e23])
    }
}
