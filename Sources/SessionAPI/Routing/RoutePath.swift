import SessionModel

/// A request's path in pieces: split at "/" first and percent-decoded after that, once, so that an encoded slash never
/// separates. `/a/b` and `/a/b/` are the same two segments.
enum RoutePath {
    /// Nil for what no route can match: no leading slash, an empty segment in the middle, too many segments, or a `%`
    /// that is no escape.
    static func segments(of path: String) -> [Substring]? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        var segments: [Substring] = []
        segments.reserveCapacity(6)
        var isEncoded = false
        var start = path.utf8.index(after: path.startIndex)
        var index = start
        while index < path.endIndex {
            let byte = path.utf8[index]
            if byte == UInt8(ascii: "/") {
                guard index > start, segments.count < APILimits.pathSegments else { return nil }
                segments.append(path[start..<index])
                start = path.utf8.index(after: index)
            } else if byte == UInt8(ascii: "%") {
                isEncoded = true
            }
            index = path.utf8.index(after: index)
        }
        if start < path.endIndex {
            guard segments.count < APILimits.pathSegments else { return nil }
            segments.append(path[start...])
        }
        guard isEncoded else { return segments }
        for index in segments.indices {
            guard let decoded = PercentEncoding.decode(segments[index].utf8, plusIsSpace: false) else { return nil }
            segments[index] = Substring(decoded)
        }
        return segments
    }
}
