// Which entry has which id: the writer's memory of every id in the log, so that a second append under an id is found
// without a look at the disk. About 24 bytes for each entry; split into shards, so that growing one never stalls the writer.
import Crypto

struct IdentifierIndex {
  /// The first eight bytes of SHA-256 of the id. Two ids may share one: whoever finds a candidate compares the ids.
  static func fingerprint(_ id: String) -> UInt64 {
    let digest = SHA256.digest(utf8: id)
    return (0..<8).reduce(0) { $0 << 8 | UInt64(digest[$1]) }
  }

  private struct Slot {
    var fingerprint: UInt64
    /// The entry's index plus one; 0 marks a free slot.
    var position: UInt64
  }

  private struct Shard {
    var slots: [Slot] = []
    var count = 0

    mutating func insert(_ fingerprint: UInt64, _ position: UInt64) {
      if (count + 1) * 8 > slots.count * 7 { grow() }
      place(Slot(fingerprint: fingerprint, position: position))
      count += 1
    }

    private mutating func place(_ slot: Slot) {
      let mask = slots.count - 1
      var at = Int(truncatingIfNeeded: slot.fingerprint) & mask
      while slots[at].position != 0 { at = (at + 1) & mask }
      slots[at] = slot
    }

    private mutating func grow() {
      let old = slots
      slots = Array(repeating: Slot(fingerprint: 0, position: 0), count: max(8, old.count * 2))
      for slot in old where slot.position != 0 { place(slot) }
    }

    func positions(_ fingerprint: UInt64, _ found: (UInt64) -> Void) {
      guard !slots.isEmpty else { return }
      let mask = slots.count - 1
      var at = Int(truncatingIfNeeded: fingerprint) & mask
      while slots[at].position != 0 {
        if slots[at].fingerprint == fingerprint { found(slots[at].position - 1) }
        at = (at + 1) & mask
      }
    }
  }

  private static let shardBits: UInt64 = 10
  private var shards = Array(repeating: Shard(), count: 1 << Int(shardBits))

  mutating func insert(fingerprint: UInt64, index: UInt64) {
    shards[Int(fingerprint >> (64 - Self.shardBits))].insert(fingerprint, index + 1)
  }

  /// The entries whose ids have this fingerprint: nearly always none, nearly never more than one.
  func candidates(_ fingerprint: UInt64) -> [UInt64] {
    var found: [UInt64] = []
    shards[Int(fingerprint >> (64 - Self.shardBits))].positions(fingerprint) { found.append($0) }
    return found.sorted()
  }
}
