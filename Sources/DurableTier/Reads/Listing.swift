import GRDB
import SessionCore
import SessionModel

/// One page of what a user has of a kind, and how many there are, from the same snapshot.
///
/// An index (user, time, id, status) holds all that is asked for: the page's rows alone are looked up, and the rest is
/// counted. What is left out is told apart here and not in SQL, where a long list would be sorted at each call.
struct Listing<Kind, Status: Sendable> {
    private let query: ListQuery<Kind, Status>
    private let status: String?
    private let excluded: Set<Identifier<Kind>>

    /// - Parameter status: the query's, as the table has it.
    init(_ query: ListQuery<Kind, Status>, status: String?) {
        self.query = query
        self.status = status
        excluded = Set(query.excluding)
    }

    /// Ids left out that are looked up one by one; where there are more, all rows are walked along.
    private static var few: Int { 100 }

    /// - Parameters:
    ///   - order: the column of the time.
    ///   - find: looks up a row of the page.
    func read<Item>(
        _ db: Database, table: String, order: String, _ find: (Identifier<Kind>) throws -> Item?
    ) throws -> (items: [Item], total: Int) {
        let start = query.after == nil ? "" : "AND (\(order), id) < (?, ?)"
        let end = query.notBefore == nil ? "" : "AND \(order) >= ?"
        var statement = try whose(
            db, "SELECT id FROM \(table)", "\(start) \(end) ORDER BY \(order) DESC, id DESC")
        if let after = query.after {
            try statement.bind(after.time)
            try statement.bind(after.id)
        }
        if let notBefore = query.notBefore { try statement.bind(notBefore) }
        var items: [Item] = []
        while items.count < query.limit, try statement.step() {
            let id = try statement.demandedIdentifier(0, of: Kind.self)
            if !excluded.contains(id), let item = try find(id) { items.append(item) }
        }
        return (items, try total(db, table))
    }

    private func total(_ db: Database, _ table: String) throws -> Int {
        if excluded.count > Self.few {
            let rows = try whose(db, "SELECT id FROM \(table)")
            var total = 0
            while try rows.step() {
                if !excluded.contains(try rows.demandedIdentifier(0, of: Kind.self)) { total += 1 }
            }
            return total
        }
        let rows = try whose(db, "SELECT count(*) FROM \(table)")
        var total = try rows.step() ? Int(rows.integer(0)) : 0
        for id in excluded {
            var row = try whose(db, "SELECT 1 FROM \(table)", "AND id = ?")
            try row.bind(id)
            if try row.step() { total -= 1 }
        }
        return total
    }

    /// A statement about the user's rows, of the status asked for.
    private func whose(_ db: Database, _ select: String, _ rest: String = "") throws -> SQLStatement {
        var statement = try SQLStatement(
            db, "\(select) WHERE user_id = ? \(status == nil ? "" : "AND status = ?") \(rest)")
        try statement.bind(query.userID.text)
        if let status { try statement.bind(status) }
        return statement
    }
}
