import FoundationEssentials
import SessionTesting

extension Command.Output {
    /// The output as one JSON value, of a command that ended with `code`.
    func json(_ expected: Int32 = 0) throws -> JSON {
        guard code == expected else { throw TestingError("\(code), not \(expected): \(text)") }
        return try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
    }

    /// Whether nothing in it can end a line, but for the lines' own ends, move a cursor, or turn the direction of reading.
    var isHarmless: Bool {
        !text.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar != "\n"
            case .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }
}

/// Everything that could move a terminal's cursor, as it stands in JSON.
let hostileJSON = #"\u001b[2J\u001b[H\r\n\u009b2J\u2028\u202e\u0007"#
