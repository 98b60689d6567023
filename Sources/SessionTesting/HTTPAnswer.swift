import FoundationEssentials

/// An HTTP response, whole.
public struct HTTPAnswer: Sendable {
    public var status: Int
    /// In order, as they came.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of a header that is there exactly once.
    public func header(_ name: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.count == 1 ? values[0] : nil
    }

    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw TestingError("\(status), not \(type): \(text)")
        }
    }
}
