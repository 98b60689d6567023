import Yams

/// Takes the fields of one mapping, each checked, and knows which were taken: what is left is unknown.
struct FieldReader {
    enum Unit {
        case count
        case duration
    }

    private let file: String
    private let path: String
    private let mark: Mark?
    private var values: [String: (key: Node, value: Node)] = [:]
    private var names: [String] = []
    private var known: [String] = []

    init(_ node: Node, file: String, path: String) throws(WorkloadError) {
        self.file = file
        self.path = path
        mark = node.mark
        guard case .mapping(let mapping) = node else {
            throw WorkloadError(
                file: file, line: node.mark?.line, column: node.mark?.column, field: path,
                reason: "a mapping of fields to values is needed")
        }
        for (key, value) in mapping {
            let name = key.scalar?.string ?? "?"
            values[name] = (key, value)
            names.append(name)
        }
    }

    /// Refuses what nobody asked for.
    func finish() throws(WorkloadError) {
        guard let name = names.first(where: { !known.contains($0) }) else { return }
        throw failure(name, values[name]?.key.mark, "no such field; there are \(known.joined(separator: ", "))")
    }

    /// An error of the whole, or of a field of it, or of a field of that.
    func error(_ reason: String, at names: String...) -> WorkloadError {
        guard let name = names.first else {
            return WorkloadError(file: file, line: mark?.line, column: mark?.column, field: path, reason: reason)
        }
        var place = values[name]?.key.mark
        if names.count > 1, let inner = values[name]?.value.mapping {
            place = inner.first { $0.key.scalar?.string == names[1] }?.key.mark ?? place
        }
        return failure(names.joined(separator: "."), place ?? mark, reason)
    }

    private func failure(_ name: String, _ mark: Mark?, _ reason: String) -> WorkloadError {
        WorkloadError(
            file: file, line: mark?.line, column: mark?.column, field: path.isEmpty ? name : "\(path).\(name)",
            reason: reason)
    }

    private mutating func take(_ name: String) -> Node? {
        known.append(name)
        return values[name]?.value
    }

    private mutating func scalar(_ name: String, _ wanted: String) throws(WorkloadError) -> (text: String, mark: Mark?)?
    {
        guard let node = take(name) else { return nil }
        guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
            throw failure(name, node.mark, "\(wanted) is needed")
        }
        return (scalar.string, node.mark)
    }

    mutating func text(_ name: String, longest: Int) throws(WorkloadError) -> String? {
        guard let (text, mark) = try scalar(name, "a text") else { return nil }
        guard text.utf8.count <= longest else { throw failure(name, mark, "longer than \(longest) bytes") }
        return text
    }

    mutating func choice(_ name: String, _ choices: [String]) throws(WorkloadError) -> String? {
        let wanted = "one of \(choices.joined(separator: ", "))"
        guard let (text, mark) = try scalar(name, wanted) else { return nil }
        guard choices.contains(text) else { throw failure(name, mark, "\(wanted) is needed, not \(quoted(text))") }
        return text
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int>) throws(WorkloadError) -> Int? {
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let (text, mark) = try scalar(name, wanted) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw failure(name, mark, "\(wanted) is needed, not \(quoted(text))")
        }
        return value
    }

    mutating func number(_ name: String, _ range: ClosedRange<Double>) throws(WorkloadError) -> Double? {
        let wanted = "a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
        guard let (text, mark) = try scalar(name, wanted) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw failure(name, mark, "\(wanted) is needed, not \(quoted(text))")
        }
        return value
    }

    /// In seconds.
    mutating func duration(_ name: String, _ range: ClosedRange<Double>) throws(WorkloadError) -> Double? {
        guard let node = take(name) else { return nil }
        return try value(name, node, .duration, range)
    }

    mutating func group(_ name: String) throws(WorkloadError) -> FieldReader? {
        guard let node = take(name) else { return nil }
        return try FieldReader(node, file: file, path: path.isEmpty ? name : "\(path).\(name)")
    }

    /// A value alone, `{min, max}`, or `{median, p99}`, which is cut at the end of the range or at `max`.
    mutating func distribution(
        _ name: String, _ unit: Unit, _ range: ClosedRange<Double>
    ) throws(WorkloadError) -> Distribution? {
        guard let node = take(name) else { return nil }
        guard case .mapping(let mapping) = node else { return .fixed(try value(name, node, unit, range)) }
        var parts: [String: Double] = [:]
        for (key, inner) in mapping {
            let part = key.scalar?.string ?? "?"
            guard ["min", "max", "median", "p99"].contains(part) else {
                throw failure(
                    "\(name).\(part)", key.mark, "no such field; there are min and max, or median, p99 and max")
            }
            parts[part] = try value("\(name).\(part)", inner, unit, range)
        }
        switch (parts["min"], parts["median"], parts["p99"], parts["max"]) {
        case (let low?, nil, nil, let high?):
            guard low <= high else { throw failure(name, node.mark, "min is above max") }
            return .uniform(low, high)
        case (nil, let median?, let p99?, let limit):
            guard median > 0, median < p99, p99 <= limit ?? p99 else {
                throw failure(name, node.mark, "0 < median < p99 ≤ max is needed")
            }
            return .logNormal(median: median, p99: p99, max: limit ?? min(range.upperBound, p99 * 10))
        default:
            throw failure(name, node.mark, "a value, or min and max, or median and p99 (and max) are needed")
        }
    }

    private func value(
        _ name: String, _ node: Node, _ unit: Unit, _ range: ClosedRange<Double>
    ) throws(WorkloadError) -> Double {
        let wanted =
            switch unit {
            case .count: "a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
            case .duration:
                "a duration such as 250ms, 5s or 2m, of \(plain(range.lowerBound)) to \(plain(range.upperBound)) s,"
            }
        guard case .scalar(let scalar) = node else { throw failure(name, node.mark, "\(wanted) is needed") }
        let value =
            switch unit {
            case .count: Double(scalar.string)
            case .duration: Self.seconds(scalar.string)
            }
        guard let value, range.contains(value) else {
            throw failure(name, node.mark, "\(wanted) is needed, not \(quoted(scalar.string))")
        }
        return value
    }

    static func seconds(_ text: String) -> Double? {
        for (suffix, factor) in [("ms", 0.001), ("s", 1.0), ("m", 60.0)] where text.hasSuffix(suffix) {
            return Double(text.dropLast(suffix.utf8.count)).map { $0 * factor }
        }
        return text == "0" ? 0 : nil
    }

    private func plain(_ value: Double) -> String { value == value.rounded() ? String(Int(value)) : String(value) }
    private func quoted(_ text: String) -> String { "\"\(text.prefix(40))\"" }
}
