import CSQLite
import GRDB
import SessionCore
import SessionModel

/// One use of a prepared statement, on SQLite's C interface: for rows as they are written here it costs half of GRDB's
/// own, and stored JSON goes from SQLite's page into an answer's buffer in one copy.
///
/// GRDB prepares and caches it by its text. Values are bound in the order of the question marks; ``run()`` begins
/// anew. When the use ends, the statement is reset and forgets its values. The same text can't be in use twice at once.
struct SQLStatement: ~Copyable {
    private let cached: Statement
    private let raw: OpaquePointer
    private var parameter: Int32 = 1

    init(_ db: Database, _ sql: String) throws {
        cached = try db.cachedStatement(sql: sql)
        raw = cached.sqliteStatement
        sqlite3_reset(raw)
    }

    deinit {
        sqlite3_reset(raw)
        sqlite3_clear_bindings(raw)
    }

    // MARK: values

    mutating func bind(_ value: Int64?) throws {
        try check(value.map { sqlite3_bind_int64(raw, parameter, $0) } ?? sqlite3_bind_null(raw, parameter))
        parameter += 1
    }

    mutating func bind(_ value: Int) throws { try bind(Int64(value)) }

    mutating func bind(_ value: Timestamp?) throws { try bind(value?.milliseconds) }

    mutating func bind(_ value: String?) throws {
        guard var value else { return try bind(Int64?.none) }
        let code = value.withUTF8 { bindText(UnsafeRawBufferPointer($0)) }
        try check(code)
        parameter += 1
    }

    mutating func bind<Kind>(_ value: Identifier<Kind>?) throws { try bind(value?.description) }

    mutating func bind(text: [UInt8]?) throws {
        guard let text else { return try bind(Int64?.none) }
        try check(text.withUnsafeBytes { bindText($0) })
        parameter += 1
    }

    /// As a JSON array.
    mutating func bind(texts: [String]) throws {
        var json: [UInt8] = []
        json.appendArray(texts) { JSONText.write($0, into: &$1) }
        try bind(text: json)
    }

    mutating func bind(blob: [UInt8]?) throws {
        guard let blob else { return try bind(Int64?.none) }
        let code = blob.withUnsafeBytes { bytes in
            bytes.isEmpty
                ? sqlite3_bind_zeroblob(raw, parameter, 0)
                : sqlite3_bind_blob64(raw, parameter, bytes.baseAddress, UInt64(bytes.count), Self.copies)
        }
        try check(code)
        parameter += 1
    }

    private func bindText(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        // A null pointer would be NULL instead of the empty text.
        guard let base = bytes.baseAddress else { return sqlite3_bind_text(raw, parameter, "", 0, Self.copies) }
        return sqlite3_bind_text64(
            raw, parameter, base.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), Self.copies,
            UInt8(SQLITE_UTF8))
    }

    /// SQLITE_TRANSIENT: SQLite makes its own copy before the call returns.
    private static var copies: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    // MARK: steps

    /// Whether there is a row; its columns hold until the next step.
    func step() throws -> Bool {
        let code = sqlite3_step(raw)
        if code == SQLITE_ROW { return true }
        guard code == SQLITE_DONE else { throw error(code) }
        return false
    }

    /// Carries out a statement that answers with no rows and makes it ready for other values.
    mutating func run() throws {
        while try step() {}
        parameter = 1
        sqlite3_reset(raw)
    }

    /// Makes it ready for other values, whether or not all its rows were seen.
    mutating func rewind() throws {
        parameter = 1
        sqlite3_reset(raw)
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func error(_ code: Int32) -> DatabaseError {
        let message = sqlite3_errmsg(sqlite3_db_handle(raw)).map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }

    // MARK: columns

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(raw, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }

    func text(_ column: Int32) -> String { withBytes(column) { String(decoding: $0, as: UTF8.self) } }

    func bytes(_ column: Int32) -> [UInt8] { withBytes(column) { Array($0) } }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }

    func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

    /// Of a JSON array of strings.
    func texts(_ column: Int32) throws -> [String] {
        try JSONTape(bytes(column)).root.elements.map { element in
            guard let text = element.string else { throw DurableError.failed("a list that holds more than texts") }
            return text
        }
    }

    /// Of a JSON array of ids.
    func identifiers<Kind>(_ column: Int32, of kind: Kind.Type) throws -> [Identifier<Kind>] {
        try texts(column).map { text in
            guard let id = Identifier<Kind>(text) else { throw DurableError.failed("a list that holds more than ids") }
            return id
        }
    }

    /// Nil where the text is no id.
    func identifier<Kind>(_ column: Int32, of kind: Kind.Type) -> Identifier<Kind>? {
        withBytes(column) { Identifier<Kind>($0) }
    }

    /// Throws where the text is no id.
    func demandedIdentifier<Kind>(_ column: Int32, of kind: Kind.Type) throws -> Identifier<Kind> {
        guard let id = identifier(column, of: kind) else { throw DurableError.failed("an id can't be understood") }
        return id
    }

    func append(_ column: Int32, to output: inout [UInt8]) { withBytes(column) { output.append(contentsOf: $0) } }

    private func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = sqlite3_column_blob(raw, column)
        let count = Int(sqlite3_column_bytes(raw, column))
        return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}

extension Database {
    /// Carries out `sql` with one value at most and no rows.
    func run(_ sql: String, _ value: Int64? = nil) throws {
        var statement = try SQLStatement(self, sql)
        if let value { try statement.bind(value) }
        try statement.run()
    }

    func run<Kind>(_ sql: String, _ id: Identifier<Kind>) throws {
        var statement = try SQLStatement(self, sql)
        try statement.bind(id)
        try statement.run()
    }
}
