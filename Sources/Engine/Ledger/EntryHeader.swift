// What the ledger reads back from an entry of its own. Entries in the canonical form that EntryTemplate writes, which is all
// of them, are read by their known shape, in a fraction of a microsecond; anything else is read as any JSON.
import Crypto
import Glibc
import JSON

struct EntryHeader: Sendable {
  let id: String
  let index: UInt64
  let time: Timestamp
  let commitment: Digest?

  /// Nil unless the bytes are an entry as this version writes it.
  init?(_ bytes: RawSpan) {
    let known = bytes.withUnsafeBytes { bytes -> EntryHeader? in
      var scanner = EntryScanner(bytes)
      return scanner.header()
    }
    guard let header = known ?? Self.read(bytes) else { return nil }
    self = header
  }

  init?(_ bytes: [UInt8]) { self.init(bytes.span.bytes) }

  fileprivate init(id: String, index: UInt64, time: Timestamp, commitment: Digest?) {
    self.id = id
    self.index = index
    self.time = time
    self.commitment = commitment
  }

  private static func read(_ bytes: RawSpan) -> EntryHeader? {
    struct Members {
      var id: String?
      var index: UInt64?
      var time: Timestamp?
      var commitment: Digest?
      var hasCommitment = false
    }
    let read = try? JSONReader.decode(bytes) { reader throws(JSONError) -> Members in
      var members = Members()
      var object = try reader.object()
      while let key = try reader.key(&object) {
        switch key {
        case "id": members.id = try reader.string()
        case "index": members.index = try reader.unsigned()
        case "time": members.time = Timestamp(text: try reader.string())
        case "commitment":
          members.hasCommitment = true
          if !(try reader.takeNull()) {
            members.commitment = Digest(hex: try reader.string())
            if members.commitment == nil { reader.refuse("must be a hash") }
          }
        default: break
        }
      }
      return members
    }
    guard let read, let id = read.id, let index = read.index, let time = read.time, read.hasCommitment else {
      return nil
    }
    return EntryHeader(id: id, index: index, time: time, commitment: read.commitment)
  }
}

/// Walks over an entry of the known shape. Whatever is not quite as expected (an escape in a name, another order) makes it
/// give up, never guess.
private struct EntryScanner {
  private let bytes: UnsafeRawBufferPointer
  private var at = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func header() -> EntryHeader? {
    guard take("{\"actor\":\""), text() != nil, take(",\"body\":"), skipObject(), take(",\"commitment\":") else {
      return nil
    }
    var commitment: Digest?
    if !take("null") {
      guard take("\""), let digits = text(), digits.count == 2 * Digest.byteCount,
        let decoded = Hex.decode(RawSpan(_unsafeBytes: digits)), let digest = Digest(decoded)
      else { return nil }
      commitment = digest
    }
    guard take(",\"id\":\""), let id = text(), take(",\"index\":"), let index = number(), take(",\"subject\":"),
      take("null") || (take("\"") && text() != nil), take(",\"time\":\""), let moment = text(),
      let time = Timestamp(utf8: moment), take(",\"trace\":"), take("null") || (take("\"") && text() != nil),
      take(",\"type\":\""), text() != nil, take(",\"version\":1}"), at == bytes.count
    else { return nil }
    return EntryHeader(id: String(decoding: id, as: UTF8.self), index: index, time: time, commitment: commitment)
  }

  private mutating func take(_ literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    guard bytes.count - at >= count, memcmp(bytes.baseAddress.unsafelyUnwrapped + at, literal.utf8Start, count) == 0
    else { return false }
    at += count
    return true
  }

  /// Where the next quote is.
  private func quote() -> Int? {
    guard at < bytes.count else { return nil }
    let start = bytes.baseAddress.unsafelyUnwrapped
    guard let found = memchr(start + at, 0x22, bytes.count - at) else { return nil }
    return UnsafeRawPointer(found) - start
  }

  /// The rest of a text without escapes, and past its closing quote.
  private mutating func text() -> UnsafeRawBufferPointer? {
    guard let end = quote() else { return nil }
    let text = UnsafeRawBufferPointer(rebasing: bytes[at..<end])
    guard memchr(text.baseAddress.unsafelyUnwrapped, 0x5C, text.count) == nil else { return nil }
    at = end + 1
    return text
  }

  /// The rest of a text, escapes and all, and past its closing quote.
  private mutating func skipText() -> Bool {
    while let end = quote() {
      var escapes = 0
      while end - escapes > at, bytes[end - escapes - 1] == 0x5C { escapes += 1 }
      at = end + 1
      // A quote after an even number of backslashes is one that closes.
      if escapes % 2 == 0 { return true }
    }
    return false
  }

  private mutating func skipObject() -> Bool {
    guard at < bytes.count, bytes[at] == UInt8(ascii: "{") else { return false }
    var depth = 0
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return true }
      case 0x22: if !skipText() { return false }
      default: break
      }
    }
    return false
  }

  private mutating func number() -> UInt64? {
    let start = at
    var value: UInt64 = 0
    // Eighteen digits fit, and no index has more.
    while at < bytes.count, at - start < 18, 48...57 ~= bytes[at] {
      value = value * 10 + UInt64(bytes[at] - 48)
      at += 1
    }
    let isCanonical = at > start && (bytes[start] != 48 || at == start + 1)
    return isCanonical ? value : nil
  }
}
