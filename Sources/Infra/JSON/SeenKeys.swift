// Which keys the open objects have had, to refuse a second member of the same name. Small objects cost a comparison of
// fingerprints per key and no memory; large ones a hash table with a secret seed, so that nobody can make it slow.

/// The keys of all objects that are open at the moment. Keys are places in the document, not copies.
@usableFromInline
struct SeenKeys: ~Copyable {
  /// Objects of up to this many members are searched one by one.
  static var linear: Int { 16 }

  /// How many entries `near` has room for.
  @usableFromInline static var nearCapacity: Int { 64 }

  /// One key: its fingerprint in the upper half, the place of its opening quotation mark in the lower. The memory belongs
  /// to `JSONReader.decode`, on its stack; the only reader that uses it lives within that call and cannot escape from it.
  private let near: UnsafeMutablePointer<UInt64>
  /// Entries beyond those in `near`: deep documents with many keys on every level.
  private var far: [UInt64] = []
  private(set) var count = 0
  private var tables: [KeyTable] = []

  init(near: UnsafeMutablePointer<UInt64>) { self.near = near }

  private func entry(_ index: Int) -> UInt64 {
    index < Self.nearCapacity ? near[index] : far[index - Self.nearCapacity]
  }

  private mutating func append(_ entry: UInt64) {
    if count < Self.nearCapacity {
      near[count] = entry
    } else if count - Self.nearCapacity < far.count {
      far[count - Self.nearCapacity] = entry
    } else {
      far.append(entry)
    }
    count += 1
  }

  /// Notes a key of an object; false if the object has had it.
  @inline(__always)
  mutating func note(_ key: JSONText, in object: inout JSONReader.Object, of bytes: RawSpan) -> Bool {
    // In a small object most keys fall on a bit of their own, and there is nothing to compare.
    let fingerprint = key.fingerprint
    let bit: UInt64 = 1 << (fingerprint & 63)
    guard object.filter & bit == 0, object.table < 0, count - object.base < Self.linear else {
      return search(key, fingerprint, in: &object, of: bytes)
    }
    object.filter |= bit
    append(fingerprint << 32 | UInt64(truncatingIfNeeded: key.offset))
    return true
  }

  @inline(never)
  private mutating func search(
    _ key: JSONText, _ fingerprint: UInt64, in object: inout JSONReader.Object, of bytes: RawSpan
  ) -> Bool {
    if object.table >= 0 { return tables[object.table].insert(key, of: bytes) }
    for index in object.base..<count {
      let entry = entry(index)
      if entry >> 32 == fingerprint, key == bytes.text(at: Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)) {
        return false
      }
    }
    if count - object.base == Self.linear { return moveToTable(key, in: &object, of: bytes) }
    append(fingerprint << 32 | UInt64(truncatingIfNeeded: key.offset))
    return true
  }

  /// The object has become too large to be searched: its keys get a table.
  private mutating func moveToTable(
    _ key: JSONText, in object: inout JSONReader.Object, of bytes: RawSpan
  ) -> Bool {
    var table = KeyTable()
    for index in object.base..<count {
      _ = table.insert(bytes.text(at: Int(truncatingIfNeeded: entry(index) & 0xFFFF_FFFF)), of: bytes)
    }
    count = object.base
    object.table = tables.count
    let isNew = table.insert(key, of: bytes)
    tables.append(table)
    return isNew
  }

  /// Forgets the keys of an object that has ended, and of those within it.
  mutating func forget(_ object: borrowing JSONReader.Object) {
    count = object.base
    if object.table >= 0 { tables.removeLast(tables.count - object.table) }
  }
}

/// An open-addressing hash table of the keys of one large object.
private struct KeyTable {
  /// The place of a key in the lower half of a slot (never 0, where an object or array opens), its hash in the upper.
  private var slots = [UInt64](repeating: 0, count: 64)
  private var count = 0

  mutating func insert(_ key: JSONText, of bytes: RawSpan) -> Bool {
    if count * 4 >= slots.count * 3 { grow() }
    let hash = key.seededHash
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let entry = slots[slot]
      if entry >> 32 == hash, key == bytes.text(at: Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)) { return false }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = hash << 32 | UInt64(truncatingIfNeeded: key.offset)
    count += 1
    return true
  }

  private mutating func grow() {
    var larger = [UInt64](repeating: 0, count: slots.count * 2)
    for entry in slots where entry != 0 {
      var slot = Int(truncatingIfNeeded: entry >> 32) & (larger.count - 1)
      while larger[slot] != 0 { slot = (slot + 1) & (larger.count - 1) }
      larger[slot] = entry
    }
    slots = larger
  }
}

extension JSONText {
  /// 32 bits from the string's length, first and last bytes: good enough to tell a few keys apart, and cheap.
  fileprivate var fingerprint: UInt64 { isPlain ? Self.fingerprint(of: raw) : withBytes { Self.fingerprint(of: $0) } }

  private static func fingerprint(of bytes: RawSpan) -> UInt64 {
    let count = bytes.byteCount
    var mixed = UInt64(truncatingIfNeeded: count)
    if count >= 8 {
      // Both loads lie within the span, which has at least 8 bytes.
      let first = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt64.self)
      let last = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: count - 8, as: UInt64.self)
      mixed ^= first &* 0x9E37_79B9_7F4A_7C15 ^ (last << 29 | last >> 35)
    } else {
      // Two loads of half the width that overlap, or up to three bytes: all within the span.
      if count >= 4 {
        let first = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self)
        let last = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: count - 4, as: UInt32.self)
        mixed ^= UInt64(first) << 32 ^ UInt64(last) << 8
      } else if count > 0 {
        let first = bytes.unsafeLoad(fromUncheckedByteOffset: 0, as: UInt8.self)
        let middle = bytes.unsafeLoad(fromUncheckedByteOffset: count / 2, as: UInt8.self)
        let last = bytes.unsafeLoad(fromUncheckedByteOffset: count - 1, as: UInt8.self)
        mixed ^= UInt64(first) << 32 ^ UInt64(middle) << 16 ^ UInt64(last) << 8
      }
    }
    mixed = mixed &* 0x9E37_79B9_7F4A_7C15
    return mixed >> 32
  }

  /// 32 bits of a hash whose seed differs in every process.
  fileprivate var seededHash: UInt64 {
    withBytes { bytes in
      var hasher = Hasher()
      bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
      return UInt64(truncatingIfNeeded: hasher.finalize()) & 0xFFFF_FFFF
    }
  }
}

extension RawSpan {
  /// The string whose opening quotation mark stands at `offset`. It has been read before, so it ends, and is valid.
  @_lifetime(copy self)
  func text(at offset: Int) -> JSONText {
    var index = offset + 1
    var isPlain = true
    while true {
      let byte = unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        isPlain = false
        index += 1
      }
      index += 1
    }
    return JSONText(raw: extracting(offset + 1..<index), offset: offset, isPlain: isPlain, isASCII: false)
  }
}
