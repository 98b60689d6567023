/// Who is due when: a heap, so that a hundred thousand people cost little.
package struct Agenda: Sendable {
    private var heap: [(due: UInt64, who: Int)] = []

    package init() {}

    package var next: UInt64? { heap.first?.due }

    package mutating func add(_ who: Int, due: UInt64) {
        heap.append((due, who))
        var child = heap.count - 1
        while child > 0, heap[child].due < heap[(child - 1) / 2].due {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The one that is due first, if that is no later than `now`.
    package mutating func take(_ now: UInt64) -> (due: UInt64, who: Int)? {
        guard let first = heap.first, first.due <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].due < heap[least].due
            {
                least = child
            }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
