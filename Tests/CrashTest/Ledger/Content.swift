/// What a session or a mission holds, as far as the harness writes it: its chat is a list, a hop's tool steps are one, its
/// name, its status and each key of its metadata are registers.
struct Content: Sendable, Equatable {
    var version = 0
    var lists: [String: [String]] = [:]
    var registers: [String: String] = [:]

    mutating func apply(_ effect: Effect) {
        switch effect {
        case .append(let list, _, let items): lists[list, default: []] += items
        case .set(let register, let value): registers[register] = value
        case .replace(let prefix, let values):
            registers = registers.filter { !$0.key.hasPrefix(prefix) }.merging(values) { $1 }
        }
    }
}

/// What a write does to a content.
enum Effect: Sendable, Equatable {
    /// Items behind the last one of a list; `first` is the place of the first of them, from 1. Each item is unique.
    case append(list: String, first: Int, items: [String])
    case set(register: String, value: String)
    /// The registers of this prefix are these, and no others.
    case replace(prefix: String, values: [String: String])
}
