/// Where something stands in a list that has the most recent first: when it was last active (sessions) or changed
/// (missions), and its id.
public struct Place<Kind>: Sendable, Hashable {
    public var id: Identifier<Kind>
    public var time: Timestamp

    public init(id: Identifier<Kind>, time: Timestamp) {
        self.id = id
        self.time = time
    }

    /// The order of lists: most recent first, ties by the higher id.
    public func comesBefore(_ other: Place) -> Bool {
        if time != other.time { return time > other.time }
        return (id.high, id.low) > (other.id.high, other.id.low)
    }

    /// - Parameter other: nil is before everything.
    public func isBehind(_ other: Place?) -> Bool { other?.comesBefore(self) ?? true }
}
