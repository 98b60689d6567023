import Foundation
import Testing

/// Waits for a condition, not for a time: at most ten seconds.
func eventually(
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async -> Bool
) async throws {
    for _ in 0..<5_000 {
        if await condition() { return }
        try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record(comment ?? "the condition never came true", sourceLocation: sourceLocation)
    throw NeverHappened()
}

struct NeverHappened: Error {}

/// A private folder whose name leaves room for a socket's, gone afterwards.
func withTemporaryFolder<R>(_ body: (String) async throws -> R) async throws -> R {
    let path = "/tmp/fcgi-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}
