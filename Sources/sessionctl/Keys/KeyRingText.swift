import SessionCore

/// The text of a key ring, changed line by line: comments stay where they are.
struct KeyRingText {
    private var lines: [String]

    init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

    var text: String { lines.joined(separator: "\n") }

    private func id(of line: String) -> String? {
        line.isEmpty || line.hasPrefix("#") ? nil : line.split(separator: " ").first.map(String.init)
    }

    private var places: [(id: String, line: Int)] {
        lines.indices.compactMap { line in id(of: lines[line]).map { ($0, line) } }
    }

    /// A new key before the one that seals: it opens, and doesn't seal yet.
    mutating func add(_ id: String) {
        lines.insert(KeyRing.newLine(id), at: places.last?.line ?? lines.count)
    }

    /// From now on it seals.
    mutating func activate(_ id: String) {
        guard let place = places.first(where: { $0.id == id }), let last = places.last else { return }
        let line = lines.remove(at: place.line)
        lines.insert(line, at: last.line)
    }

    /// - Returns: its line.
    mutating func remove(_ id: String) -> String? {
        places.first { $0.id == id }.map { lines.remove(at: $0.line) }
    }
}
