/// Walks over the messages of an answer, in the order in which the service lists them, and holds them against each other:
/// numbered without gaps, all of one session, and in the order of sending where they were sent one after another.
package struct MessageWalk: Equatable, Sendable {
    package private(set) var count: UInt32 = 0
    package private(set) var first: UInt32 = 0
    package private(set) var last: UInt32 = 0
    private var lastTag: UInt32 = 0

    package enum Fault: Equatable, Sendable {
        case unreadable(after: UInt32)
        case gap(after: UInt32, next: UInt32)
        case foreign(UInt32)
        case order(UInt32)
    }

    package init() {}

    /// From the first byte behind `"messages":[` up to the closing bracket.
    /// - Parameters:
    ///   - session: The place that its tags must name.
    ///   - isOrdered: Whether messages were sent one after another, so that tags ascend as numbers do.
    package mutating func walk(_ scan: inout JSONScan, session: UInt32, isOrdered: Bool) -> Fault? {
        if scan.isAt("]") { return nil }
        while true {
            guard scan.find("\"sequence_order\":", pivot: 3), let number = scan.number(),
                scan.find("\"content\":\"", pivot: 1)
            else {
                return .unreadable(after: last)
            }
            if count == 0 { first = number } else if number != last &+ 1 { return .gap(after: last, next: number) }
            guard let tag = MessageTag(&scan) else { return .unreadable(after: last) }
            guard tag.session == session else { return .foreign(number) }
            if isOrdered, count > 0, tag.number <= lastTag { return .order(number) }
            (last, lastTag) = (number, tag.number)
            count += 1
            scan.skip(Int(tag.bytes))
            guard scan.isAt("\""), scan.find("}}") else { return .unreadable(after: last) }
            if scan.isAt("]") { return nil }
            guard scan.isAt(",") else { return .unreadable(after: last) }
        }
    }
}
