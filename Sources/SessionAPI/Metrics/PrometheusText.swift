/// How names, labels and numbers stand in the Prometheus text format.
enum PrometheusText {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`; anything else becomes `_`.
    static func name(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_", ":": output.unicodeScalars.append(scalar)
            case "0"..."9":
                if output.isEmpty { output += "_" }
                output.unicodeScalars.append(scalar)
            default: output += "_"
            }
        }
        return output
    }

    /// `a="b",c="d"`, sorted by name.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { (name($0.0), $0.1) }.sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(escape($0.1))\"" }.joined(separator: ",")
    }

    private static func escape(_ value: String) -> String {
        var output = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": output += "\\\\"
            case "\"": output += "\\\""
            case "\n": output += "\\n"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    static func line(_ name: String, _ labels: String, _ value: String, to output: inout String) {
        output += name
        if !labels.isEmpty { output += "{\(labels)}" }
        output += " \(value)\n"
    }
}
