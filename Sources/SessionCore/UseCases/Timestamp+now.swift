import FoundationEssentials
public import SessionModel

extension Timestamp {
    /// This process' clock: for ids, logs, tokens and the day that a script is told. What happens when is decided by the hot
    /// tier's.
    public static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}
