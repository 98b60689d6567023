import SessionModel

/// What is due when, for times that are near: a ring of lists, one for each step of the clock (a timing wheel: Varghese and
/// Lauck 1987, scheme 4). A step costs what is due in it, however much waits.
struct TimingRing<Element> {
    /// Milliseconds.
    private let step: Int64
    private var lists: [[Element]]
    /// The step that was taken last, counted from 1970.
    private var taken: Int64

    /// - Parameters:
    ///   - step: milliseconds between two looks at the clock; at least 1.
    ///   - reach: milliseconds that the ring looks ahead: nothing waits for longer.
    init(step: Int64, reach: Int64, from now: Timestamp) {
        self.step = step
        lists = Array(repeating: [], count: max(1, Int(reach / step)))
        taken = now.milliseconds / step
    }

    /// Due with the first step at or after the time; with the next one where that has gone by.
    mutating func add(_ element: Element, at due: Timestamp) {
        let last = taken + Int64(lists.count)
        let due = min(due.milliseconds, last * step)
        lists[place(of: max(taken + 1, (due + step - 1) / step))].append(element)
    }

    /// What is due by now. Where the clock was set, forwards or back, nothing waits for longer than the ring's reach.
    mutating func take(upTo now: Timestamp) -> [Element] {
        let current = now.milliseconds / step
        defer { taken = current }
        guard current > taken else { return [] }
        var due: [Element] = []
        for passed in (max(taken, current - Int64(lists.count)) + 1)...current {
            due += lists[place(of: passed)]
            lists[place(of: passed)].removeAll(keepingCapacity: true)
        }
        return due
    }

    /// Steps before 1970 have a place, too.
    private func place(of step: Int64) -> Int {
        let count = Int64(lists.count)
        return Int(((step % count) + count) % count)
    }
}
