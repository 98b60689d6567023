import SessionModel

/// A request's query parameters, decoded once. Names that no endpoint asks for mean nothing.
struct Query: Sendable {
    private let parameters: [(name: String, value: String)]

    /// As `application/x-www-form-urlencoded` writes them.
    init(_ text: String?) throws(Problem) {
        parameters = try Array((text ?? "").utf8).withUnsafeBufferPointer { (text) throws(Problem) in
            try Self.parameters(UnsafeRawBufferPointer(text))
        }
    }

    private static func parameters(
        _ text: UnsafeRawBufferPointer
    ) throws(Problem) -> [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        var rest = text[...]
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest.dropFirst(pair.count + 1)
            if pair.isEmpty { continue }
            let encoded = pair.prefix { $0 != UInt8(ascii: "=") }
            guard let name = decode(encoded), let value = decode(pair.dropFirst(encoded.count + 1)) else {
                throw Problem(400, "The query is not well encoded.")
            }
            guard parameters.count < APILimits.queryParameters else {
                throw Problem(400, "The query has more than \(APILimits.queryParameters) parameters.")
            }
            parameters.append((name, value))
        }
        return parameters
    }

    private static func decode(_ part: Slice<UnsafeRawBufferPointer>) -> String? {
        PercentEncoding.decode(UnsafeRawBufferPointer(rebasing: part), plusIsSpace: true)
    }

    /// Nil without the parameter. Given twice it is a fault: which was meant?
    subscript(name: String) -> String? {
        get throws(Problem) {
            var found: String?
            for parameter in parameters where parameter.name == name {
                guard found == nil else { throw .badParameter(name, "given once") }
                found = parameter.value
            }
            return found
        }
    }

    /// Digits only.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = try self[name] else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = Int(text),
            range.contains(value)
        else {
            let rule =
                range.upperBound == .max
                ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw .badParameter(name, "an integer \(rule)")
        }
        return value
    }

    func flag(_ name: String) throws(Problem) -> Bool? {
        switch try self[name] {
        case nil: nil
        case "true": true
        case "false": false
        default: throw .badParameter(name, "true or false")
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let text = try self[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw .badParameter(name, "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}
