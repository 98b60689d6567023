import FoundationEssentials
import Logging
import SessionModel

#if canImport(Glibc)
    import Glibc
#endif

/// One line to standard error for each record, written at once: JSON for machines, text for people. Whatever a value
/// holds, a record stays one line.
struct LineLogHandler: LogHandler {
    /// Bytes of one value; longer ones are cut.
    static let longestValue = 1024

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    /// What the request says of itself that a record belongs to.
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let isJSON: Bool

    init(label: String, level: Logger.Level, isJSON: Bool, metadataProvider: Logger.MetadataProvider?) {
        self.metadataProvider = metadataProvider
        self.label = label
        self.logLevel = level
        self.isJSON = isJSON
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let values = (metadataProvider?.get() ?? [:]).merging(metadata) { $1 }
            .merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        var line: [UInt8]
        if isJSON {
            var writer = JSONObjectWriter()
            writer.member("time", time)
            writer.member("level", event.level.rawValue)
            writer.member("logger", label)
            writer.member("message", Self.cut(event.message.description))
            if !values.isEmpty {
                writer.member("fields") { output in
                    output.append(UInt8(ascii: "{"))
                    for (index, (key, value)) in values.enumerated() {
                        if index > 0 { output.append(UInt8(ascii: ",")) }
                        JSONText.write(key, into: &output)
                        output.append(UInt8(ascii: ":"))
                        JSONText.write(Self.cut(value.description), into: &output)
                    }
                    output.append(UInt8(ascii: "}"))
                }
            }
            line = writer.finish()
        } else {
            let level = event.level.rawValue
            var text = "\(time) \(level)\(String(repeating: " ", count: max(0, 8 - level.count)))"
            text += Self.printable(event.message.description)
            for (key, value) in values { text += " \(key)=\(Self.printable(value.description))" }
            line = Array(text.utf8)
        }
        line.append(UInt8(ascii: "\n"))
        _ = write(STDERR_FILENO, line, line.count)
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= longestValue ? text : String(decoding: text.utf8.prefix(longestValue), as: UTF8.self) + "…"
    }

    /// Without anything that ends a line or moves a terminal's cursor.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                cut(text).unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: "\u{fffd}"
                    default: scalar
                    }
                }))
    }
}
