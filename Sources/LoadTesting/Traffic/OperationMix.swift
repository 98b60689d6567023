/// Draws operations by their shares.
package struct OperationMix: Sendable {
    private var bounds: [(below: Double, operation: Operation)] = []

    package init(_ shares: [Operation: Double]) {
        var sum = 0.0
        for operation in Operation.inWorkloads {
            guard let share = shares[operation], share > 0 else { continue }
            sum += share
            bounds.append((sum, operation))
        }
    }

    package var isEmpty: Bool { bounds.isEmpty }

    package func draw(_ random: inout SeededRandom) -> Operation {
        let place = random.unit() * (bounds.last?.below ?? 0)
        for (bound, operation) in bounds where place < bound { return operation }
        return bounds.last?.operation ?? .activity
    }
}
