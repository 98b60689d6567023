import SessionModel

/// A request's path in pieces: split at "/" first and percent-decoded after that, once, so that an encoded slash never
/// separates. `/a/b` and `/a/b/` are the same two segments.
enum RoutePath {
    /// Nil for what no route can match: no leading slash, an empty segment in the middle, too many segments, or a `%`
    /// that is no escape.
    static func segments(of path: String) -> [Substring]? {
        var path = path
        guard let (places, isEncoded) = path.withUTF8(places) else { return nil }
        var segments: [Substring] = []
        segments.reserveCapacity(places.count)
        for place in places {
            let start = path.utf8.index(path.startIndex, offsetBy: place.lowerBound)
            segments.append(path[start..<path.utf8.index(start, offsetBy: place.count)])
        }
        guard isEncoded else { return segments }
        for index in segments.indices {
            guard let decoded = PercentEncoding.decode(segments[index], plusIsSpace: false) else { return nil }
            segments[index] = Substring(decoded)
        }
        return segments
    }

    /// Where the segments lie, still encoded, and whether any of them is.
    private static func places(in path: UnsafeBufferPointer<UInt8>) -> (places: [Range<Int>], isEncoded: Bool)? {
        guard path.first == UInt8(ascii: "/") else { return nil }
        var places: [Range<Int>] = []
        places.reserveCapacity(6)
        var isEncoded = false
        var start = 1
        for index in 1..<path.count {
            if path[index] == UInt8(ascii: "/") {
                guard index > start, places.count < APILimits.pathSegments else { return nil }
                places.append(start..<index)
                start = index + 1
            } else if path[index] == UInt8(ascii: "%") {
                isEncoded = true
            }
        }
        if start < path.count {
            guard places.count < APILimits.pathSegments else { return nil }
            places.append(start..<path.count)
        }
        return (places, isEncoded)
    }
}
