import SessionModel

/// One page of a list: {sessions or missions, total, page, per_page, next_cursor}.
enum PageJSON {
    /// - Parameter number: nil by cursor.
    static func document<Item, Kind>(
        _ key: StaticString, _ items: [Item], _ total: Int, _ next: Place<Kind>?, number: Int?, size: Int,
        _ write: (Item, inout [UInt8]) -> Void
    ) -> [UInt8] {
        var writer = JSONObjectWriter(reserving: 256 + items.count * 640)
        writer.member(key) { $0.appendArray(items, write) }
        writer.member("total", total)
        writer.member("page") { $0 += (number.map(String.init) ?? "null").utf8 }
        writer.member("per_page", size)
        writer.member("next_cursor", optional: next.map(PageCursor.text))
        return writer.finish()
    }
}
