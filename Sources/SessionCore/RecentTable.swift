public import SessionModel
public import Synchronization

/// Remembers something of the things that were met last. What it holds is a hint: each id has one place, which it may lose to
/// another at any time.
///
/// For values that one event loop uses alone: then the lock is never contended.
public final class RecentTable<Kind, Value: Sendable>: Sendable {
    @usableFromInline struct Place: Sendable {
        @usableFromInline var id: Identifier<Kind>
        @usableFromInline var value: Value

        @inlinable init(id: Identifier<Kind>, value: Value) {
            self.id = id
            self.value = value
        }
    }

    @usableFromInline let places: Mutex<[Place?]>
    @usableFromInline let mask: Int

    /// - Parameter log2: of the number of places.
    @inlinable public init(log2: Int) {
        places = Mutex([Place?](repeating: nil, count: 1 << log2))
        mask = 1 << log2 - 1
    }

    @inlinable public subscript(id: Identifier<Kind>) -> Value? {
        get {
            places.withLock { places in
                guard let place = places[index(of: id)], place.id == id else { return nil }
                return place.value
            }
        }
        set {
            let index = index(of: id)
            places.withLock { places in
                if let newValue {
                    places[index] = Place(id: id, value: newValue)
                } else if places[index]?.id == id {
                    places[index] = nil
                }
            }
        }
    }

    /// Above the shard's number, an id's low bits are random.
    @inlinable func index(of id: Identifier<Kind>) -> Int { Int(truncatingIfNeeded: id.low >> 16) & mask }
}
