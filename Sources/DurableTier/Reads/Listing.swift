import GRDB
import SessionCore
import SessionModel

/// One page of what a user has of a kind, and how many there are, from the same snapshot.
///
/// One walk along an index (user, time, id, status), which holds all that is asked for, counts the rows and finds the
/// page's; only these are looked up. What is left out is told apart here and not in SQL, where a long list would be
/// sorted at each call.
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

    /// - Parameters:
    ///   - select: a statement that answers with id and time; `order` is the column of the time.
    ///   - find: looks up a row of the page.
    func read<Item>(
        _ db: Database, _ select: String, order: String, _ find: (Identifier<Kind>) throws -> Item?
    ) throws -> (items: [Item], total: Int) {
        var statement = try SQLStatement(
            db,
            """
            \(select) WHERE user_id = ? \(status == nil ? "" : "AND status = ?") ORDER BY \(order) DESC, id DESC
            """)
        try statement.bind(query.userID.text)
        if let status { try statement.bind(status) }
        var (items, total): ([Item], Int) = ([], 0)
        while try statement.step() {
            let id = try statement.demandedIdentifier(0, of: Kind.self)
            if excluded.contains(id) { continue }
            total += 1
            let place = Place(id: id, time: statement.time(1))
            guard items.count < query.limit, query.after.map(place.isBehind) ?? true else { continue }
            if let item = try find(id) { items.append(item) }
        }
        return (items, total)
    }
}
