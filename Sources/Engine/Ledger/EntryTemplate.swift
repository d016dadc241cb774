// An entry with gaps: its canonical JSON as far as the caller knows it, made on the caller's thread, so that the writer has
// only to put in the index and the time.
import Crypto
import JSON
import TransparencyLog

struct EntryTemplate: Sendable {
  static let version = 1
  /// Room for the digits of any index.
  private static let indexRoom = 20

  let bytes: [UInt8]
  /// Where a single digit stands for the index.
  private let indexAt: Int
  /// Where 27 bytes stand for the time.
  private let timeAt: Int

  init(_ draft: EntryDraft, commitment: Digest?) throws(LedgerError) {
    for (field, value) in [("type", draft.type), ("id", draft.id), ("actor", draft.actor)] where value.isEmpty {
      throw .invalidDraft(field: field, reason: "is required")
    }
    // One broken body would make the entry unreadable for ever, so the syntax is checked; the canonical form is trusted.
    assert(!draft.bodyIsWellFormed || Self.isObject(draft.body), "a promise was broken")
    guard draft.bodyIsWellFormed || Self.isObject(draft.body) else {
      throw .invalidDraft(field: "body", reason: "must be a canonical JSON object")
    }
    // The members stand in the order of RFC 8785, section 3.2.3.
    var writer = JSONWriter(capacity: draft.body.count + 640)
    writer.beginObject()
    writer.member("actor", draft.actor)
    writer.key("body")
    writer.raw(draft.body.span.bytes)
    writer.key("commitment")
    if let commitment { writer.string(commitment.hex) } else { writer.null() }
    writer.member("id", draft.id)
    writer.key("index")
    indexAt = writer.count
    writer.integer(0)
    writer.key("subject")
    if let subject = draft.subject { writer.string(subject) } else { writer.null() }
    writer.key("time")
    timeAt = writer.count + 1
    writer.string("0000-00-00T00:00:00.000000Z")
    writer.key("trace")
    if let trace = draft.trace { writer.string(trace) } else { writer.null() }
    writer.member("type", draft.type)
    writer.member("version", Self.version)
    writer.endObject()
    bytes = writer.array
    guard bytes.count + Self.indexRoom <= Tile.largestEntry else {
      throw .entryTooLarge(bytes: bytes.count + Self.indexRoom, limit: Tile.largestEntry)
    }
  }

  private static func isObject(_ body: [UInt8]) -> Bool {
    let kind = try? JSONReader.decode(body.span.bytes) { reader throws(JSONError) -> JSONKind in
      let kind = try reader.peek()
      try reader.skip()
      return kind
    }
    return kind == .object && body.first == UInt8(ascii: "{")
  }

  /// Appends the entry to `buffer`, complete.
  func append(index: UInt64, time: [UInt8], to buffer: inout [UInt8]) {
    precondition(time.count == Timestamp.textLength, "all times have one length")
    buffer.append(contentsOf: bytes[..<indexAt])
    let start = buffer.count
    var rest = index
    repeat {
      buffer.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    buffer[start...].reverse()
    buffer.append(contentsOf: bytes[(indexAt + 1)..<timeAt])
    buffer.append(contentsOf: time)
    buffer.append(contentsOf: bytes[(timeAt + Timestamp.textLength)...])
  }
}
