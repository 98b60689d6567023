/// Why an entry can't be applied, now or ever.
struct Rejection: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
