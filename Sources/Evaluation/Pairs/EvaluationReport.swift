import Foundation

/// What was measured, to be printed or written.
public struct EvaluationReport: Sendable {
    /// A metric's figure.
    public struct Result: Sendable {
        public let metric: EvaluationMetric
        /// The mean over the pairs that have a value, or the figure of the set; NaN where there is
        /// none.
        public let value: Double
        /// The figure of each pair; empty for figures of the set.
        public let each: [Double]
    }

    /// Which pixels were compared.
    public let frames: EvaluationProtocol
    /// The predicted pictures' names, in the order of `Result.each`.
    public let names: [String]
    public let results: [Result]
    /// What could not be measured, and why.
    public let notes: [String]

    /// A table for people.
    public var text: String {
        var lines = ["\(names.count) pictures, protocol \(frames.rawValue)"]
        for result in results {
            let title = result.metric.title.padding(toLength: 15, withPad: " ", startingAt: 0)
            lines.append(
                "  \(title) \(Self.number(result.value))  "
                    + (result.metric.isBetterHigher ? "higher is better" : "lower is better"))
        }
        return lines.joined(separator: "\n")
    }

    /// A JSON object with means and each picture's figures; what has no value is null.
    public var json: String {
        func number(_ value: Double) -> Any {
            value.isFinite ? value : value == .infinity ? "Infinity" : NSNull()
        }
        let means = results.map { ($0.metric.rawValue, number($0.value)) }
        let each = names.enumerated().map { i, name -> [String: Any] in
            var entry: [String: Any] = ["name": name]
            for result in results where !result.each.isEmpty {
                entry[result.metric.rawValue] = number(result.each[i])
            }
            return entry
        }
        let object: [String: Any] = [
            "protocol": frames.rawValue, "count": names.count,
            "mean": Dictionary(uniqueKeysWithValues: means), "pictures": each, "notes": notes,
        ]
        let data = try? JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// Comma-separated values: a line a picture, then the mean.
    public var csv: String {
        func cell(_ name: String) -> String {
            name.contains(where: { ",\"\n\r".contains($0) })
                ? "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : name
        }
        func row(_ name: String, _ values: [Double]) -> String {
            ([cell(name)] + values.map { $0.isNaN ? "" : "\($0)" }).joined(separator: ",")
        }
        var lines = [(["name"] + results.map(\.metric.rawValue)).joined(separator: ",")]
        for (i, name) in names.enumerated() {
            lines.append(row(name, results.map { $0.each.isEmpty ? .nan : $0.each[i] }))
        }
        lines.append(row("mean", results.map(\.value)))
        return lines.joined(separator: "\n") + "\n"
    }

    /// A LaTeX table of the means.
    public var latex: String {
        let arrows = results.map {
            $0.metric.title + ($0.metric.isBetterHigher ? " $\\uparrow$" : " $\\downarrow$")
        }
        let values = results.map { Self.number($0.value).trimmingCharacters(in: .whitespaces) }
        return """
            \\begin{tabular}{\(String(repeating: "c", count: results.count))}
            \\toprule
            \(arrows.joined(separator: " & ")) \\\\
            \\midrule
            \(values.joined(separator: " & ")) \\\\
            \\bottomrule
            \\end{tabular}

            """
    }

    private static func number(_ value: Double) -> String {
        value.isNaN
            ? "      –" : value.isInfinite ? "      ∞" : String(format: "%9.4f", value)
    }
}
