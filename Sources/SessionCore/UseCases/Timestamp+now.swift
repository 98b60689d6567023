import FoundationEssentials
public import SessionModel

extension Timestamp {
    /// This process' clock. Only ids and logs are made with it: what happens when is decided by the hot tier's.
    public static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}
