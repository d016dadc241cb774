// Which entry has which id: the writer's memory of every id in the log, so that a second append under an id is found
// without a look at the disk. Nine to eighteen bytes for each entry, less than a hundredth of what the entry takes on the
// disk; split into shards, so that growing one never stalls the writer.
import Crypto

struct IdentifierIndex {
  /// The first eight bytes of SHA-256 of the id. Two ids may share one: whoever finds a candidate compares the ids.
  static func fingerprint(_ id: String) -> UInt64 {
    let digest = SHA256.digest(utf8: id)
    return (0..<8).reduce(0) { $0 << 8 | UInt64(digest[$1]) }
  }

  /// A part of a fingerprint, and below it the entry's index plus one; 0 marks a free slot.
  private typealias Slot = UInt64

  /// Indexes below a trillion.
  private static let positionBits: UInt64 = 40
  private static let positionMask: UInt64 = 1 << positionBits - 1
  private static let shardBits: UInt64 = 10

  private struct Shard {
    /// A power of two of them, or none.
    var slots: [Slot] = []
    var count = 0

    /// Room for `expected` ids before the next growth.
    init(expecting expected: Int = 0) {
      if expected > 0 { slots = Array(repeating: 0, count: Self.size(for: expected)) }
    }

    private static func size(for count: Int) -> Int {
      var size = 8
      while count * 8 > size * 7 { size *= 2 }
      return size
    }

    mutating func insert(_ slot: Slot) {
      if (count + 1) * 8 > slots.count * 7 { grow() }
      place(slot)
      count += 1
    }

    private mutating func place(_ slot: Slot) {
      let mask = slots.count - 1
      var at = Int(truncatingIfNeeded: slot >> IdentifierIndex.positionBits) & mask
      while slots[at] != 0 { at = (at + 1) & mask }
      slots[at] = slot
    }

    private mutating func grow() {
      let old = slots
      slots = Array(repeating: 0, count: Self.size(for: max(8, count * 2)))
      for slot in old where slot != 0 { place(slot) }
    }

    func add(_ tag: Slot, to found: inout [UInt64]) {
      guard !slots.isEmpty else { return }
      let mask = slots.count - 1
      var at = Int(truncatingIfNeeded: tag >> IdentifierIndex.positionBits) & mask
      while slots[at] != 0 {
        if (slots[at] ^ tag) & ~IdentifierIndex.positionMask == 0 {
          found.append(slots[at] & IdentifierIndex.positionMask - 1)
        }
        at = (at + 1) & mask
      }
    }
  }

  private var shards: [Shard]

  /// Room for `expected` ids.
  init(expecting expected: UInt64 = 0) {
    let count = 1 << Int(Self.shardBits)
    // The shards differ a little; what is too small grows.
    shards = Array(repeating: Shard(expecting: Int(expected) / count + Int(expected) / (8 * count)), count: count)
  }

  mutating func insert(fingerprint: UInt64, index: UInt64) {
    precondition(index < Self.positionMask, "a log has fewer than a trillion entries")
    shards[Int(fingerprint >> (64 - Self.shardBits))].insert(fingerprint << Self.positionBits | (index + 1))
  }

  /// The entries whose ids may have this fingerprint: nearly always none, nearly never more than one.
  func candidates(_ fingerprint: UInt64) -> [UInt64] {
    var found: [UInt64] = []
    shards[Int(fingerprint >> (64 - Self.shardBits))].add(fingerprint << Self.positionBits, to: &found)
    if found.count > 1 { found.sort() }
    return found
  }

  /// A bundle of fingerprints as it is stored: eight bytes each, the highest first.
  static func bytes(of fingerprints: ArraySlice<UInt64>) -> [UInt8] {
    // All empty arrays are one, to which nobody may write, not even their count.
    if fingerprints.isEmpty { return [] }
    return [UInt8](unsafeUninitializedCapacity: fingerprints.count * 8) { buffer, count in
      for fingerprint in fingerprints {
        UnsafeMutableRawBufferPointer(buffer).storeBytes(
          of: fingerprint.bigEndian, toByteOffset: count, as: UInt64.self)
        count += 8
      }
    }
  }
}
