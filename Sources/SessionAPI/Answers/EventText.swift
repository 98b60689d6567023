import NIOCore
import SessionCore
import SessionModel

/// Live events as `text/event-stream` (HTML Living Standard, section 9.2): numbers and words of ours alone, so that nothing
/// needs an escape.
enum EventText {
    /// Milliseconds that a client waits before it comes again. Spread out, so that all those of a service that ends don't
    /// come at once.
    static func retry(_ spread: UInt64) -> ByteBuffer { ByteBuffer(string: "retry: \(1000 + spread % 4000)\n\n") }

    /// A comment: nobody is told of it.
    static let beat = ByteBuffer(string: ":\n\n")

    static func event(_ name: String, _ position: SessionPosition, missionVersion: Int64? = nil) -> ByteBuffer {
        let mission = missionVersion.map { #","mission_version":\#($0)"# } ?? ""
        return event(
            name,
            #"{"version":\#(position.version),"message_count":\#(position.messageCount),"status":"\#(position.status.rawValue)"\#(mission)}"#
        )
    }

    static func end(_ why: LiveEnd) -> ByteBuffer { event("end", #"{"reason":"\#(why.rawValue)"}"#) }

    private static func event(_ name: String, _ data: String) -> ByteBuffer {
        ByteBuffer(string: "event: \(name)\ndata: \(data)\n\n")
    }
}
