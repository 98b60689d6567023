import SessionModel

/// One entry of the write-behind log, as it lies in Redis: names and values in order.
///
/// It is kept raw, so that one that can't be understood can be set aside whole. What the fields mean is said by
/// ``Change/init(_:)``.
public struct LogEntry: Sendable {
    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: [UInt8]

        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    public var id: LogID
    public var fields: [Field]

    public init(id: LogID, fields: [Field]) {
        self.id = id
        self.fields = fields
    }
}
