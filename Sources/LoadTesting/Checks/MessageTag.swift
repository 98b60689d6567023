/// What each message begins with, so that it can be known again: `<session>.<number>.<bytes> `, its session's place here,
/// which of its session's messages it is in order of sending, and how many bytes follow: so that reading can jump over them.
package struct MessageTag: Equatable, Sendable {
    package var session: UInt32
    package var number: UInt32
    package var bytes: UInt32

    package init(session: UInt32, number: UInt32, bytes: UInt32) {
        (self.session, self.number, self.bytes) = (session, number, bytes)
    }

    /// Reads it where `scan` is, and moves behind it.
    package init?(_ scan: inout JSONScan) {
        guard let session = scan.number(), scan.isAt(".") else { return nil }
        scan.skip(1)
        guard let number = scan.number(), scan.isAt(".") else { return nil }
        scan.skip(1)
        guard let bytes = scan.number(), scan.isAt(" ") else { return nil }
        scan.skip(1)
        self.init(session: session, number: number, bytes: bytes)
    }

    package func write(into output: inout [UInt8]) {
        output.append(decimal: session)
        output.append(UInt8(ascii: "."))
        output.append(decimal: number)
        output.append(UInt8(ascii: "."))
        output.append(decimal: bytes)
        output.append(UInt8(ascii: " "))
    }
}

extension [UInt8] {
    /// Appends the digits of a number.
    package mutating func append(decimal value: UInt32) {
        if value >= 10 { append(decimal: value / 10) }
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
