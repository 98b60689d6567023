import Logging
import Synchronization

/// Keeps the last warning, for the one who reports that there is no connection.
final class LastWarning: LogHandler {
    private let last = Mutex<String?>(nil)
    var text: String? { last.withLock { $0 } }

    // Fixed: what nobody is to read needs no setting.
    var logLevel: Logger.Level {
        get { .warning }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        last.withLock { $0 = event.metadata?["error"].map { "\($0)" } ?? event.message.description }
    }
}
