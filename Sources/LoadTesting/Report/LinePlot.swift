import Terminal

/// Lines over one axis, as SVG. Colors are the page's, so that it is light or dark as its reader is.
struct LinePlot {
    struct Series {
        var name: String
        /// Of the page's colors, from 1.
        var color: Int
        var points: [(x: Double, y: Double)]
        var isDotted = false
        /// Points without a line.
        var areDots = false
        /// Whether low values are what one looks for: they stay where there are more points than can be seen.
        var isWorstLow = false
    }

    var xTitle: String
    var yTitle: String
    var x: PlotScale
    var y: PlotScale
    var series: [Series]
    /// How values are written, at the axes and where one points at.
    var xText: (Double) -> String
    var yText: (Double) -> String

    private let width = 1000.0
    private let height = 300.0
    private let left = 64.0
    private let right = 36.0
    private let top = 12.0
    private let bottom = 44.0

    init(
        x: (title: String, scale: PlotScale, text: (Double) -> String),
        y: (title: String, scale: PlotScale, text: (Double) -> String), _ series: [Series]
    ) {
        (xTitle, self.x, xText) = (x.title, x.scale, x.text)
        (yTitle, self.y, yText) = (y.title, y.scale, y.text)
        self.series = series
    }

    var svg: String {
        var svg =
            "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"\(HTMLText.escape(yTitle))\">\n"
        for tick in y.ticks {
            let place = yPlace(tick)
            svg += "<line class=\"grid\" x1=\"\(left)\" x2=\"\(width - right)\" y1=\"\(place)\" y2=\"\(place)\"/>"
            svg += text(left - 8, place + 4, "end", yText(tick))
        }
        for tick in x.ticks {
            let place = xPlace(tick)
            svg +=
                "<line class=\"tick\" x1=\"\(place)\" x2=\"\(place)\" y1=\"\(height - bottom)\" y2=\"\(height - bottom + 4)\"/>"
            svg += text(place, height - bottom + 18, "middle", xText(tick))
        }
        svg +=
            "<line class=\"axis\" x1=\"\(left)\" x2=\"\(width - right)\" y1=\"\(height - bottom)\" y2=\"\(height - bottom)\"/>"
        svg += text((left + width - right) / 2, height - 6, "middle", xTitle)
        svg += "\n" + series.map(drawn).joined(separator: "\n") + "\n</svg>\n"
        return legend + svg
    }

    private func drawn(_ series: Series) -> String {
        let points = series.thinned
        let places = points.map { (x: xPlace($0.x), y: yPlace($0.y)) }
        var svg = ""
        if !series.areDots, places.count > 1 {
            let path = places.map { "\($0.x),\($0.y)" }.joined(separator: " ")
            svg += "<polyline class=\"line s\(series.color)\(series.isDotted ? " dotted" : "")\" points=\"\(path)\"/>"
        }
        let isSeen = series.areDots || places.count < 2
        for (point, place) in zip(points, places) {
            let said = HTMLText.escape("\(series.name): \(yText(point.y)) \(yTitle) at \(xText(point.x)) \(xTitle)")
            svg += "<circle class=\"\(isSeen ? "dot" : "hover") f\(series.color)\" cx=\"\(place.x)\" cy=\"\(place.y)\" "
            svg += "r=\"\(isSeen ? 5 : 6)\"><title>\(said)</title></circle>"
        }
        return svg
    }

    private var legend: String {
        guard series.count > 1 else { return "" }
        return "<p class=\"legend\">"
            + series.map { series in
                "<span><i class=\"b\(series.color)\(series.isDotted ? " dotted" : "")\"></i>\(HTMLText.escape(series.name))</span>"
            }.joined(separator: " ") + "</p>\n"
    }

    private func xPlace(_ value: Double) -> Double { rounded(left + x.place(value) * (width - left - right)) }
    private func yPlace(_ value: Double) -> Double {
        rounded(height - bottom - y.place(value) * (height - top - bottom))
    }
    private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    private func text(_ x: Double, _ y: Double, _ anchor: String, _ text: String) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\">\(HTMLText.escape(text))</text>"
    }
}

extension LinePlot.Series {
    /// Evenly fewer: more points than pixels are not seen. Of those that become one the worst stays.
    var thinned: [(x: Double, y: Double)] {
        let step = (points.count + LoadLimits.plotPoints - 1) / LoadLimits.plotPoints
        guard step > 1 else { return points }
        return stride(from: 0, to: points.count, by: step).compactMap { start in
            let bucket = points[start..<min(start + step, points.count)]
            return isWorstLow ? bucket.min { $0.y < $1.y } : bucket.max { $0.y < $1.y }
        }
    }
}
