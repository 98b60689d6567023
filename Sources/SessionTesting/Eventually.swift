/// Thrown where something that should have come true did not, in time.
public struct NeverHappened: Error, CustomStringConvertible {
    public let description: String
}

/// Returns as soon as `condition` holds; asks every few milliseconds.
/// - Throws: `NeverHappened` after `limit`, and at once whatever `condition` throws.
public func eventually(
    _ what: String = "the condition", within limit: Duration = .seconds(10), file: String = #fileID, line: Int = #line,
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + limit
    var pause = Duration.milliseconds(1)
    while try await !condition() {
        guard clock.now < end else {
            throw NeverHappened(description: "\(file):\(line): \(what) did not come true within \(limit)")
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(20))
    }
}
