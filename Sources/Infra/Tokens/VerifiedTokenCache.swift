// Verified tokens remembered until they expire, so that a client's second request costs a hash and a look instead of a
// signature check. A token's SHA-256 is the key: whoever reads this memory finds no token to use.
import Crypto
import Glibc
import Locking
import Synchronization

/// Bounded, and safe from any thread.
///
/// Every thread looks in a stripe of its own, so that cores do not wait for each other; a token used on several threads is
/// verified and remembered once for each. A stripe is a table of small sets; a set that is full drops its least recently
/// used token.
package final class VerifiedTokenCache: Sendable {
  package static let ways = 8
  package static let maximumCapacity = 1 << 20

  private let stripes: [Stripe]

  /// Room for about `capacity` tokens, divided among the stripes. As many stripes as threads that verify is right.
  package init(capacity: Int = 16_384, stripes count: Int = 8) {
    let count = min(max(1, count), 64)
    let sets = min(max(1, capacity), VerifiedTokenCache.maximumCapacity) / (count * VerifiedTokenCache.ways)
    // A power of two, so that a mask picks the set.
    var rounded = 1
    while rounded < sets { rounded *= 2 }
    stripes = (0..<count).map { _ in Stripe(sets: rounded) }
  }

  /// The verified token of this digest, if it is remembered, still valid, and its key not retired.
  package func find(_ digest: Digest, now: Double) -> VerifiedToken? {
    stripes[ThreadNumber.current % stripes.count].find(digest, now: now)
  }

  package func remember(_ token: VerifiedToken, under digest: Digest, now: Double) {
    stripes[ThreadNumber.current % stripes.count].remember(token, under: digest, now: now)
  }

  /// Forgets every token of which `condition` is true, on all threads.
  package func forget(where condition: (VerifiedToken) -> Bool) {
    for stripe in stripes { stripe.forget(where: condition) }
  }

  /// How many tokens are held now, expired ones included until their place is needed.
  package var count: Int { stripes.reduce(0) { $0 + $1.count } }
  package var isEmpty: Bool { count == 0 }
}

/// A small number for every thread, given at its first look.
private enum ThreadNumber {
  private static let last = Atomic<Int>(0)

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    precondition(pthread_key_create(&key, nil) == 0, "no thread-specific storage left")
    return key
  }()

  static var current: Int {
    // Numbers begin at 1: a null pointer means that there is none yet.
    if let known = pthread_getspecific(key) { return Int(bitPattern: known) }
    let fresh = last.wrappingAdd(1, ordering: .relaxed).newValue
    pthread_setspecific(key, UnsafeRawPointer(bitPattern: fresh))
    return fresh
  }
}

private final class Stripe: Sendable {
  struct Entry {
    var digest: Digest
    var token: VerifiedToken
    var lastUse: UInt64
  }

  struct Table {
    var entries: [Entry?]
    var uses: UInt64 = 0
  }

  private let mask: Int
  private let table: Locked<Table>
  // Keeps the locks of two stripes out of one cache line.
  private let padding = InlineArray<16, UInt64>(repeating: 0)

  init(sets: Int) {
    mask = sets - 1
    table = Locked(Table(entries: [Entry?](repeating: nil, count: sets * VerifiedTokenCache.ways)))
  }

  private func places(of digest: Digest) -> Range<Int> {
    // A digest is random already, so some of its bits pick the set.
    let set = (Int(digest[0]) | Int(digest[1]) << 8 | Int(digest[2]) << 16) & mask
    return set * VerifiedTokenCache.ways..<(set + 1) * VerifiedTokenCache.ways
  }

  func find(_ digest: Digest, now: Double) -> VerifiedToken? {
    let places = places(of: digest)
    return table.withLock { table -> VerifiedToken? in
      for place in places where table.entries[place]?.digest == digest {
        guard let token = table.entries[place]?.token else { return nil }
        guard now < token.validUntil, !token.key.isRetired else {
          table.entries[place] = nil
          return nil
        }
        table.uses &+= 1
        table.entries[place]?.lastUse = table.uses
        return token
      }
      return nil
    }
  }

  func remember(_ token: VerifiedToken, under digest: Digest, now: Double) {
    let places = places(of: digest)
    table.withLock { table in
      table.uses &+= 1
      var chosen = places.lowerBound
      var oldest = UInt64.max
      for place in places {
        guard let entry = table.entries[place] else {
          if oldest > 0 { (chosen, oldest) = (place, 0) }
          continue
        }
        if entry.digest == digest {
          chosen = place
          break
        }
        let age = entry.token.validUntil <= now || entry.token.key.isRetired ? 0 : entry.lastUse
        if age < oldest { (chosen, oldest) = (place, age) }
      }
      table.entries[chosen] = Entry(digest: digest, token: token, lastUse: table.uses)
    }
  }

  func forget(where condition: (VerifiedToken) -> Bool) {
    table.withLock { table in
      for place in table.entries.indices {
        if let entry = table.entries[place], condition(entry.token) { table.entries[place] = nil }
      }
    }
  }

  var count: Int { table.withLock { table in table.entries.reduce(0) { $0 + ($1 == nil ? 0 : 1) } } }
}
