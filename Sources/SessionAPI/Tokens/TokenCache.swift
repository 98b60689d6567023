import SessionModel

/// Tokens that were verified, until they expire: a bounded table by the clock algorithm (one hand goes round; what was
/// used since it last came by is spared once).
///
/// Only whoever has a valid token can put something in, so strangers can't wash it out.
struct TokenCache {
    private struct Slot {
        var header: String
        var user: UserID
        var expires: Double
        var wasUsed: Bool
    }

    private let capacity: Int
    private var slots: [Slot] = []
    private var places: [String: Int] = [:]
    private var hand = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { slots.count }

    mutating func user(of header: String, now: Double) -> UserID? {
        // The length too: to Unicode's rules a text of other bytes can be equal.
        guard let place = places[header], slots[place].header.utf8.count == header.utf8.count,
            slots[place].expires > now
        else { return nil }
        slots[place].wasUsed = true
        return slots[place].user
    }

    /// Until when what is remembered holds, in seconds since 1970; nil where nothing is.
    func expiry(of header: String) -> Double? { places[header].map { slots[$0].expires } }

    mutating func insert(_ header: String, _ claims: TokenClaims, now: Double) {
        let slot = Slot(header: header, user: claims.user, expires: claims.expires, wasUsed: false)
        if let place = places[header] {
            slots[place] = slot
            return
        }
        if slots.count < capacity {
            places[header] = slots.count
            slots.append(slot)
            return
        }
        while slots[hand].wasUsed, slots[hand].expires > now {
            slots[hand].wasUsed = false
            hand = (hand + 1) % slots.count
        }
        places[slots[hand].header] = nil
        places[header] = hand
        slots[hand] = slot
        hand = (hand + 1) % slots.count
    }

    mutating func removeAll() {
        slots.removeAll()
        places.removeAll()
        hand = 0
    }
}
