extension Report {
    private static let head = [
        "fault", "rounds", "acknowledged", "durable", "lost", "lost outside", "lost durable", "repeated", "unclean",
        "first write, ms", "agreement, ms",
    ]

    /// Times are the median and the longest.
    var table: String {
        var lines = [Self.head]
        let tried = rows.filter { $0.skipped == nil }
        lines += tried.map { $0.cells }
        lines.append(Self.total(tried).cells)
        let widths = Self.head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let text = lines.map { cells in
            cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }
        let skipped = rows.compactMap { row in row.skipped.map { "\(row.fault) was not tried: \($0)" } }
        return (text + skipped).joined(separator: "\n")
    }

    private static func total(_ rows: [Row]) -> Row {
        var total = Row(fault: "all")
        for row in rows {
            total.rounds += row.rounds
            total.acknowledged += row.acknowledged
            total.durable += row.durable
            total.lost += row.lost
            total.lostOutside += row.lostOutside
            total.lostDurable += row.lostDurable
            total.repeated += row.repeated
            total.unclean += row.unclean
            total.firstWrite += row.firstWrite
            total.agreement += row.agreement
        }
        return total
    }
}

extension Report.Row {
    fileprivate var cells: [String] {
        [fault]
            + [rounds, acknowledged, durable, lost, lostOutside, lostDurable, repeated, unclean].map(Self.grouped)
            + [Self.spread(firstWrite), Self.spread(agreement)]
    }

    /// Thousands apart.
    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.enumerated().map { index, digit in
            index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
        }.joined()
    }

    private static func spread(_ times: [Int]) -> String {
        guard let most = times.max() else { return "–" }
        return "\(grouped(times.sorted()[times.count / 2])) / \(grouped(most))"
    }
}
