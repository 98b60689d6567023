/// What is asked of the service. The raw values name them in workloads and reports.
package enum Operation: String, CaseIterable, Sendable {
    case activity
    case append
    /// A session with its newest 50 messages.
    case load
    /// The user's active session, whole: what a page does when it opens.
    case active
    case metadataPut = "metadata-put"
    case metadataPatch = "metadata-patch"
    case create
    case list
    /// A page of messages behind the newest.
    case history
    /// Completes a session; a `resume` follows at once.
    case complete
    case resume
    /// A mission's whole tree.
    case mission

    // What only the start and the end of a run do.
    case fill
    case makeMission = "make-mission"
    case makeHop = "make-hop"
    case makeStep = "make-step"
    case cancelHop = "cancel-hop"
    case compare
    case remove

    /// Those that a workload may ask for.
    package static let inWorkloads: [Operation] = [
        .activity, .append, .load, .active, .metadataPut, .metadataPatch, .create, .list, .history, .complete, .mission,
    ]
    /// Those that a report has figures for.
    package static let measured: [Operation] = inWorkloads + [.resume]

    package var index: Int { Self.indices[self] ?? 0 }
    private static let indices = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}
