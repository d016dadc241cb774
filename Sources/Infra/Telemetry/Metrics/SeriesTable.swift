// Finds the cells of a series by its label values, without a lock and without allocating: an open hash table of fixed
// size whose entries are written once, under a lock, and never change or go away. That the number of series is bounded
// makes this possible; it is also what keeps a scrape small.
import Glibc
import Synchronization

/// `@unchecked Sendable`: slots are atomic addresses of records that are complete before they are published (release,
/// acquire) and are never freed.
struct SeriesTable: @unchecked Sendable {
  private struct Record {
    let hash: UInt64
    let key: UnsafeMutablePointer<UInt8>
    let keyCount: Int
    let cell: Int
  }

  private let slots: UnsafeMutablePointer<Atomic<UInt>>
  private let mask: Int

  init(limit: Int) {
    var capacity = 16
    while capacity < limit * 2 { capacity *= 2 }
    mask = capacity - 1
    slots = .allocate(capacity: capacity)
    for index in 0..<capacity { (slots + index).initialize(to: Atomic(0)) }
  }

  func cell(_ key: borrowing SeriesKey) -> Int? {
    var index = Int(truncatingIfNeeded: key.hash) & mask
    while true {
      let address = slots[index].load(ordering: .acquiring)
      guard let record = UnsafePointer<Record>(bitPattern: address) else { return nil }
      if record.pointee.hash == key.hash, key.equals(record.pointee.key, record.pointee.keyCount) {
        return record.pointee.cell
      }
      index = (index + 1) & mask
    }
  }

  /// Called by one thread at a time, at most `limit` times, with keys that are not there.
  func insert(_ key: borrowing SeriesKey, cell: Int) {
    let bytes = key.bytes()
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(bytes.count, 1))
    for (offset, byte) in bytes.enumerated() { copy[offset] = byte }
    let record = UnsafeMutablePointer<Record>.allocate(capacity: 1)
    record.initialize(to: Record(hash: key.hash, key: copy, keyCount: bytes.count, cell: cell))
    var index = Int(truncatingIfNeeded: key.hash) & mask
    while slots[index].load(ordering: .relaxed) != 0 { index = (index + 1) & mask }
    slots[index].store(UInt(bitPattern: record), ordering: .releasing)
  }
}

/// Up to four label values, and the hash of their bytes.
struct SeriesKey: ~Copyable {
  let values: (String, String, String, String)
  let count: Int
  let hash: UInt64

  init(_ first: String, _ second: String = "", _ third: String = "", _ fourth: String = "", count: Int) {
    values = (first, second, third, fourth)
    self.count = count
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    if count > 0 { Self.mix(first, &hash) }
    if count > 1 { Self.mix(second, &hash) }
    if count > 2 { Self.mix(third, &hash) }
    if count > 3 { Self.mix(fourth, &hash) }
    self.hash = hash ^ hash >> 29
  }

  /// Eight bytes at a time, and the length of each value, so that no two lists of values read the same.
  @inline(__always)
  private static func mix(_ value: String, _ hash: inout UInt64) {
    var value = value
    value.withUTF8 { bytes in
      let source = UnsafeRawBufferPointer(bytes)
      var index = 0
      while index &+ 8 <= source.count {
        add(source.loadUnaligned(fromByteOffset: index, as: UInt64.self), &hash)
        index &+= 8
      }
      var rest = UInt64(truncatingIfNeeded: source.count)
      while index < source.count {
        rest = rest << 8 | UInt64(source[index])
        index &+= 1
      }
      add(rest, &hash)
    }
  }

  @inline(__always)
  private static func add(_ word: UInt64, _ hash: inout UInt64) {
    hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 32
  }

  func bytes() -> [UInt8] { strings.flatMap { Array($0.utf8) + [0xFF] } }

  var strings: [String] { Array([values.0, values.1, values.2, values.3].prefix(count)) }

  func equals(_ key: UnsafeMutablePointer<UInt8>, _ keyCount: Int) -> Bool {
    var offset = 0
    if count > 0, !Self.matches(values.0, key, keyCount, &offset) { return false }
    if count > 1, !Self.matches(values.1, key, keyCount, &offset) { return false }
    if count > 2, !Self.matches(values.2, key, keyCount, &offset) { return false }
    if count > 3, !Self.matches(values.3, key, keyCount, &offset) { return false }
    return offset == keyCount
  }

  @inline(__always)
  private static func matches(
    _ value: String, _ key: UnsafeMutablePointer<UInt8>, _ keyCount: Int, _ offset: inout Int
  ) -> Bool {
    var value = value
    return value.withUTF8 { bytes in
      let end = offset + bytes.count
      guard end < keyCount, key[end] == 0xFF else { return false }
      defer { offset = end + 1 }
      guard let start = bytes.baseAddress else { return true }
      return memcmp(key + offset, start, bytes.count) == 0
    }
  }
}
