// Erasing payloads, and what stands against it: the retention floor and legal holds. Erasures and holds are entries
// themselves, written by the same writer, so that who erased what, when and on what ground stays on record.
import Crypto
import JSON
import TransparencyLog

/// The types that only the ledger itself writes.
package enum LedgerEntryType {
  package static let erasure = "erasure"
  package static let hold = "hold"
  package static let holdRelease = "hold_release"
  package static let keyRotation = "key_rotation"

  static let reserved: Set<String> = [erasure, hold, holdRelease, keyRotation]

  /// Whose payloads are never erased: no person's data, and without them nothing could be decided again.
  static let permanent: Set<String> = ["constitution"]
}

/// A legal hold: payloads of entries that match the filter are not erased while it stands.
package struct LegalHold: Sendable, Hashable {
  package let name: String
  /// Only its filters and its time range count.
  package let filter: LedgerQuery
  package let reason: String

  package init(name: String, filter: LedgerQuery, reason: String) {
    self.name = name
    self.filter = filter
    self.reason = reason
  }

  func covers(_ entry: [UInt8]) -> Bool {
    guard let terms = EntryTerms(entry.span.bytes), let time = terms.time else { return true }
    let isInTime =
      (filter.from.flatMap { Timestamp(text: $0) }.map { time >= $0 } ?? true)
      && (filter.to.flatMap { Timestamp(text: $0) }.map { time < $0 } ?? true)
    return isInTime && filter.filters.allSatisfy { terms.has($0, $1) }
  }
}

extension Ledger {
  static let erasurePrefix = "erasure:"
  /// Ids that only the ledger itself gives: audits rely on them.
  static let reservedPrefixes = [erasurePrefix, KeyEndorsement.idPrefix]

  /// Destroys the key of a payload, and the payload with it, and so for `copies`, the payloads that repeat it: all of them or
  /// none; the entries, their commitments and every proof remain. Within the retention time only on a stated legal `ground`;
  /// never under a legal hold. A second erasure returns the first receipt.
  package func erase(
    index: UInt64, copies: [UInt64] = [], actor: String, ground: String? = nil, reason: String? = nil,
    trace: String? = nil
  ) async throws(LedgerError) -> Receipt {
    let asOf = size
    let holds = try await holds()
    for index in [index] + copies { try checkErasable(index, ground, holds) }
    var writer = JSONWriter()
    writer.beginObject()
    if !copies.isEmpty {
      writer.key("copies")
      writer.beginArray()
      for copy in copies { writer.unsigned(copy) }
      writer.endArray()
    }
    writer.key("erased")
    writer.unsigned(index)
    writer.key("ground")
    if let ground { writer.string(ground) } else { writer.null() }
    writer.key("reason")
    if let reason { writer.string(reason) } else { writer.null() }
    writer.endObject()
    let draft = EntryDraft(
      type: LedgerEntryType.erasure, id: "\(Self.erasurePrefix)\(index)", actor: actor, trace: trace, body: writer.array
    )
    let receipt = try await append(draft, special: .erasure(of: [index] + copies, holdsAsOf: asOf), receipt: .index)
    // The frames that held the key are copied, and their place is given up.
    shared.checkpointer.ask(toEmpty: true)
    return receipt
  }

  private func checkErasable(_ index: UInt64, _ ground: String?, _ holds: [LegalHold]) throws(LedgerError) {
    let entry = try entry(at: index)
    guard let header = EntryHeader(entry.bytes) else { throw .inconsistent("entry \(index) cannot be read") }
    guard header.commitment != nil else { throw .noPayload(index: index) }
    let terms = EntryTerms(entry.bytes.span.bytes)
    for type in LedgerEntryType.permanent where terms?.has(.type, type) ?? true {
      throw .permanent(index: index, type: type)
    }
    let floor = Int64(shared.configuration.retentionDays) * 86_400_000_000
    let until = Timestamp(microseconds: header.time.microseconds + floor)
    if until > shared.configuration.now(), ground.map(\.isEmpty) ?? true {
      throw .retained(index: index, until: until.text)
    }
    for hold in holds where hold.covers(entry.bytes) { throw .held(index: index, by: hold.name) }
  }

  /// Places a hold. Holds placed twice under one name: the first counts.
  package func place(_ hold: LegalHold, actor: String, trace: String? = nil) async throws(LedgerError) -> Receipt {
    guard !hold.name.isEmpty else { throw .invalidDraft(field: "name", reason: "is required") }
    for (field, value) in [("from", hold.filter.from), ("to", hold.filter.to)]
    where value.map({ Timestamp(text: $0) == nil }) ?? false {
      throw .invalidDraft(field: field, reason: "must be a time in RFC 3339")
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("filter")
    writer.beginObject()
    // In the order of RFC 8785.
    let filter = hold.filter
    for (name, value) in [
      ("actor", filter.actor), ("clause", filter.clause), ("critic", filter.critic), ("from", filter.from),
      ("subject", filter.subject), ("to", filter.to), ("trace", filter.trace), ("type", filter.type),
      ("verdict", filter.verdict),
    ] {
      guard let value else { continue }
      writer.key(name)
      writer.string(value)
    }
    writer.endObject()
    writer.member("hold", hold.name)
    writer.member("reason", hold.reason)
    writer.endObject()
    let draft = EntryDraft(
      type: LedgerEntryType.hold, id: "hold:\(hold.name)", actor: actor, trace: trace, body: writer.array)
    return try await append(draft, special: .hold, receipt: .index)
  }

  /// Ends a hold.
  package func releaseHold(
    _ name: String, actor: String, reason: String, trace: String? = nil
  ) async throws(LedgerError) -> Receipt {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("hold", name)
    writer.member("reason", reason)
    writer.endObject()
    let draft = EntryDraft(
      type: LedgerEntryType.holdRelease, id: "hold_release:\(name)", actor: actor, trace: trace, body: writer.array)
    return try await append(draft, special: .hold, receipt: .index)
  }

  /// The holds that stand, as the log says now.
  package func holds() async throws(LedgerError) -> [LegalHold] {
    var holds: [String: LegalHold] = [:]
    for type in [LedgerEntryType.hold, LedgerEntryType.holdRelease] {
      var query = LedgerQuery()
      query.type = type
      query.order = .oldestFirst
      query.limit = LedgerQuery.largestPage
      query.atLeastIndex = size == 0 ? nil : size - 1
      repeat {
        let page = try await self.query(query)
        for entry in page.entries {
          guard let hold = LegalHold(entry: entry.bytes) else {
            throw .inconsistent("the hold in entry \(entry.index) cannot be read")
          }
          holds[hold.name] = type == LedgerEntryType.hold ? hold : nil
        }
        query.cursor = page.next
      } while query.cursor != nil
    }
    return holds.values.sorted { $0.name < $1.name }
  }
}

extension LegalHold {
  init?(entry: [UInt8]) {
    let read = try? JSONReader.decode(entry.span.bytes) { reader throws(JSONError) -> LegalHold? in
      var hold: LegalHold?
      var object = try reader.object()
      while let key = try reader.key(&object) {
        if key == "body" { hold = try Self.read(&reader) } else { try reader.skip() }
      }
      return hold
    }
    guard let hold = read ?? nil else { return nil }
    self = hold
  }

  private static func read(_ reader: inout JSONReader) throws(JSONError) -> LegalHold? {
    var name: String?
    var reason = ""
    var filter = LedgerQuery()
    var body = try reader.object()
    while let key = try reader.key(&body) {
      switch key {
      case "hold": name = try reader.string()
      case "reason": reason = try reader.string()
      case "filter":
        var members = try reader.object()
        while let member = try reader.key(&members) {
          switch member {
          case "actor": filter.actor = try reader.string()
          case "clause": filter.clause = try reader.string()
          case "critic": filter.critic = try reader.string()
          case "from": filter.from = try reader.string()
          case "subject": filter.subject = try reader.string()
          case "to": filter.to = try reader.string()
          case "trace": filter.trace = try reader.string()
          case "type": filter.type = try reader.string()
          case "verdict": filter.verdict = try reader.string()
          default: reader.refuse("is no filter", at: member)
          }
        }
      default: try reader.skip()
      }
    }
    return name.map { LegalHold(name: $0, filter: filter, reason: reason) }
  }
}

/// The payloads that the body of an erasure's entry says it erased.
package struct ErasedPayloads: JSONReadable {
  package private(set) var indexes: [UInt64] = []

  package init(from reader: inout JSONReader) throws(JSONError) {
    var body = try reader.object()
    while let key = try reader.key(&body) {
      switch key {
      case "erased": indexes.append(try reader.unsigned())
      case "copies":
        var copies = try reader.array()
        while try reader.next(&copies) { indexes.append(try reader.unsigned()) }
      default: break
      }
    }
  }
}

extension EntryHeader {
  /// The payloads that an entry says it erased; none unless the ledger itself wrote it as an erasure.
  func erasures(in entry: RawSpan) -> [UInt64] {
    guard id.hasPrefix(Ledger.erasurePrefix) else { return [] }
    let read = try? JSONReader.decode(entry) { reader throws(JSONError) -> [UInt64] in
      var erased: [UInt64] = []
      var object = try reader.object()
      while let key = try reader.key(&object) {
        if key == "body" { erased = try ErasedPayloads(from: &reader).indexes }
      }
      return erased
    }
    return read ?? []
  }
}
