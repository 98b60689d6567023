import Foundation
import Logging

/// Keeps what is logged, for a test to look up.
final class LogBook: @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [String] = []

    var lines: [String] { lock.withLock { kept } }
    var logger: Logger { Logger(label: "test", factory: { _ in Handler(book: self) }) }

    func contains(_ text: String) -> Bool { lines.contains { $0.contains(text) } }

    private func keep(_ line: String) { lock.withLock { kept.append(line) } }

    private struct Handler: LogHandler {
        let book: LogBook
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted()
            book.keep(([event.message.description] + details).joined(separator: " "))
        }
    }
}
