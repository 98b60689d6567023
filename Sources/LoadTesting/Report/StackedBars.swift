import Terminal

/// A bar for each process: user time, then system time.
struct StackedBars {
    var rows: [(name: String, user: Double, system: Double)]

    var svg: String {
        let (width, rowHeight, left, right) = (1000.0, 34.0, 120.0, 190.0)
        let most = max(rows.map { $0.user + $0.system }.max() ?? 0, 0.001)
        let unit = (width - left - right) / most
        var svg =
            "<p class=\"legend\"><span><i class=\"b1\"></i>user</span> <span><i class=\"b2\"></i>system</span></p>\n"
        svg +=
            "<svg viewBox=\"0 0 1000 \(Int(rowHeight) * rows.count + 4)\" role=\"img\" aria-label=\"CPU for each request\">"
        for (index, row) in rows.enumerated() {
            let y = Double(index) * rowHeight + 6
            let (user, system) = (rounded(row.user * unit), rounded(row.system * unit))
            let name = HTMLText.escape(row.name)
            svg += "<text x=\"\(left - 10)\" y=\"\(y + 16)\" text-anchor=\"end\">\(name)</text>"
            svg += bar(left, y, user, 1, "\(name), user: \(Units.decimal(row.user, 1)) µs")
            // A hair's breadth between the two.
            svg += bar(left + user + 2, y, max(system - 2, 0), 2, "\(name), system: \(Units.decimal(row.system, 1)) µs")
            let sum = Units.decimal(row.user + row.system, 1)
            let parts = "\(Units.decimal(row.user, 1)) + \(Units.decimal(row.system, 1))"
            svg += "<text class=\"value\" x=\"\(rounded(left + user + system + 10))\" y=\"\(y + 16)\">\(sum) µs"
            svg += "<tspan class=\"faint\" dx=\"8\">\(parts)</tspan></text>\n"
        }
        return svg + "</svg>\n"
    }

    private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    private func bar(_ x: Double, _ y: Double, _ width: Double, _ color: Int, _ title: String) -> String {
        "<rect class=\"f\(color)\" x=\"\(rounded(x))\" y=\"\(y)\" width=\"\(rounded(width))\" height=\"22\" rx=\"3\"><title>\(title)</title></rect>"
    }
}
