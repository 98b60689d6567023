/// Every bound of the HTTP contract. What can be set in the configuration is a member; the rest is fixed by `api.md`.
public struct APILimits: Sendable, Equatable {
    /// Bytes of a request's body: what one request may make the service hold at once.
    public var bodyBytes = 1_048_576
    /// Bytes of one message's `content` after its escapes are decoded: it must fit a log entry and an answer of many.
    public var messageBytes = 262_144
    /// Bytes of a metadata object as it was written: it is read, merged, sealed and written as a whole.
    public var metadataBytes = 65_536
    /// Bytes of one asset's `content`: of a string after its escapes are decoded, of any other JSON value as it was written.
    public var assetBytes = 1_048_576

    /// Bytes of all bodies held at one time; 503 beyond. 128 of the largest appends, all of them unanswered by a Redis that is
    /// slow: with what is made of each (its values, its command) some 500 MB.
    public var bodyBytesInFlight = 134_217_728

    /// Bytes of a body that may carry contents: one of the largest, with an escape for each of its bytes, and the rest.
    public var assetBodyBytes: Int { bodyBytes + 2 * assetBytes }

    public init() {}

    /// Messages in one request: they are one atom, and a script must not hold Redis for long.
    public static let messagesPerAppend = 100
    /// Messages that come along with a session.
    public static let messagesOfSession = 200
    public static let messagesOfSessionByDefault = 50
    /// Messages in one answer of the message list.
    public static let messagesPerPage = 500
    public static let messagesPerPageByDefault = 50
    /// Rows in one page of a list.
    public static let rowsPerPage = 100
    public static let rowsPerPageByDefault = 20
    /// How far into a list numbered pages reach, in rows: each costs all those before it. A cursor reaches the rest.
    public static let rowsByPageNumber = 10_000
    /// Bytes of a text in a mission (a description, a goal, an error message …), or of one in a list of them.
    public static let missionTextBytes = 65_536
    /// Strings of one list in a mission: success criteria, validation errors.
    public static let missionTexts = 100
    /// Ids of one list in a hop.
    public static let intendedAssets = 500
    /// Characters of an idempotency key.
    public static let idempotencyKeyLength = 128
    /// Seconds that a durable write may be waited for; nginx gives up on an answer after 65.
    public static let durableWaitSeconds = 60
    public static let durableWaitSecondsByDefault = 5
    /// Entity tags in one If-Match or If-None-Match: beyond it nobody is asking about a session.
    public static let entityTags = 64
    /// Faults that one answer lists: a body can hold thousands of them.
    public static let reportedFaults = 32
    /// Characters of a request's own id.
    public static let requestIDLength = 128
    /// Characters of one step of a JSON pointer: it names a place, it does not echo.
    public static let pointerStepLength = 100
    /// Bytes of a token: it is checked before anything is decoded.
    public static let tokenBytes = 4096
    /// Verified tokens that each event loop remembers: at some 500 bytes each about 5 MB, 40 if
    /// every token were as long as it may be.
    public static let cachedTokens = 10_000
    /// Bytes of a file with token keys.
    public static let keyFileBytes = 262_144
    /// Keys in a set.
    public static let tokenKeys = 64
    /// Characters of a key's id.
    public static let keyIDLength = 64
    /// Parameters of a query: many more than any endpoint knows (4). Each is decoded, and looked at for each that is asked for.
    public static let queryParameters = 32
    /// Segments of a path: more than any route has (8).
    public static let pathSegments = 12
}
