/// Rows in columns that stand under each other. Whatever a cell holds, it stays in its place: see ``Printable``.
public struct Table {
    public struct Column: Sendable {
        let title: String
        let isRight: Bool
        let longest: Int

        /// - Parameter longest: columns of the terminal; longer cells are cut.
        public static func text(_ title: String, longest: Int = 60) -> Column {
            Column(title: title, isRight: false, longest: longest)
        }

        public static func number(_ title: String) -> Column { Column(title: title, isRight: true, longest: 40) }
    }

    private let columns: [Column]
    private var rows: [[String]?] = []

    public init(_ columns: [Column]) { self.columns = columns }

    /// A cell for each column; those left out are empty.
    public mutating func row(_ cells: [String]) {
        rows.append(
            columns.indices.map { index in
                index < cells.count ? Printable.cut(Printable.text(cells[index]), to: columns[index].longest) : ""
            })
    }

    /// A line across, as above a sum.
    public mutating func rule() { rows.append(nil) }

    /// Its lines, each ended; without the titles' where all are empty.
    public var text: String {
        let titles = columns.map { Printable.text($0.title) }
        let widths = columns.indices.map { index in
            (rows.compactMap { $0?[index] } + [titles[index]]).map(Printable.width).max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { index in
                let space = String(repeating: " ", count: widths[index] - Printable.width(cells[index]))
                return columns[index].isRight ? space + cells[index] : cells[index] + space
            }
            var line = padded.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }
        let across = String(repeating: "─", count: widths.reduce(0, +) + 2 * max(widths.count - 1, 0)) + "\n"
        let head = titles.allSatisfy(\.isEmpty) ? "" : line(titles) + across
        return head + rows.map { $0.map(line) ?? across }.joined()
    }
}

/// A share as a row of blocks, in eighths of a column.
public enum Bar {
    private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// - Parameter share: 0 to 1; what is more or less is drawn as that. Anything above 0 is seen.
    public static func text(_ share: Double, width: Int) -> String {
        guard share > 0, width > 0 else { return "" }
        let count = max(Int((min(share, 1) * Double(width * 8)).rounded()), 1)
        let whole = String(repeating: "█", count: count / 8)
        return count % 8 == 0 ? whole : whole + String(eighths[count % 8 - 1])
    }
}
