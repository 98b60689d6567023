/// Reads how a stored document begins, without reading all of it: members whose order and values are our own.
struct DocumentHead {
    private let bytes: [UInt8]
    private var position = 0
    private let what: StaticString

    init(_ document: [UInt8], of what: StaticString) {
        bytes = document
        self.what = what
    }

    private var damaged: DocumentError { DocumentError(what, "begins with something else") }

    mutating func skip(_ text: StaticString) throws(DocumentError) {
        let count = text.utf8CodeUnitCount
        guard count <= bytes.count - position else { throw damaged }
        for index in 0..<count where bytes[position + index] != text.utf8Start[index] { throw damaged }
        position += count
    }

    mutating func identifier<Kind>() throws(DocumentError) -> Identifier<Kind> {
        guard position + 36 <= bytes.count, let id = Identifier<Kind>(bytes[position..<(position + 36)]) else {
            throw damaged
        }
        position += 36
        return id
    }

    /// Up to the next quote.
    mutating func choice<Choice: RawRepresentable>(
        of type: Choice.Type
    ) throws(DocumentError) -> Choice where Choice.RawValue == String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\"")),
            let choice = Choice(rawValue: String(decoding: bytes[position..<end], as: UTF8.self))
        else { throw damaged }
        position = end
        return choice
    }

    mutating func integer() throws(DocumentError) -> Int64 {
        let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { throw damaged }
        position = digits.endIndex
        return number
    }
}
