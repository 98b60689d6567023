/// The statements that write one row of a table, values bound in the order of its columns. The first two columns say which
/// row it is and whose; they never change.
struct RowStatements: Sendable {
    /// Fails where there is a row of that id, whosever it is.
    let insert: String
    let update: String

    /// - Parameter columns: their names with commas between them.
    init(_ table: StaticString, _ columns: String) {
        let names = columns.split(separator: ",").map { $0.drop { $0 == " " } }
        let parameters = names.indices.map { "?\($0 + 1)" }
        let changes = zip(names, parameters).dropFirst(2).map { "\($0) = \($1)" }
        insert = "INSERT INTO \(table) (\(columns)) VALUES (\(parameters.joined(separator: ", ")))"
        update = """
            UPDATE \(table) SET \(changes.joined(separator: ", ")) WHERE \(names[0]) = ?1 AND \(names[1]) = ?2
            """
    }
}
