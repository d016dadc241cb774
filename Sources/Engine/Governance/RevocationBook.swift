// Tokens and keys that were revoked before their time: a projection of the ledger's entries of type `revocation`, so that
// who took what away, when and why is on record, and a restart forgets nothing.
import JSON
import Ledger
import Tokens

/// One revocation, with who made it and why.
package struct Revocation: Sendable, Hashable {
  package let id: String
  package let revoked: Revoked
  package let by: String
  package let reason: String
  package let time: Timestamp
  /// The entry's place in this log.
  package let index: UInt64
  /// Where it was made, if not here.
  package let origin: Origin?
}

/// Why nothing was revoked.
package enum RevocationRefusal: Error, Sendable, Equatable {
  case invalid(FieldErrors)
  /// So many are in force that a further one could not be kept to.
  case full(limit: Int)
}

package struct RevocationBook: Sendable {
  /// The most that may be in force at once. Whoever has more tokens to revoke retires the key that signed them.
  package static let limit = 100_000
  /// The longest `jti` or `kid` that can be revoked, in bytes.
  package static let longestName = 1024

  private var byID: [String: Revocation] = [:]

  package init() {}

  /// Those still in force, in the order in which they were made.
  package func inForce(at now: Timestamp) -> [Revocation] {
    byID.values.filter { !$0.isOver(at: now) }
      .sorted { ($0.time.microseconds, $0.id) < ($1.time.microseconds, $1.id) }
  }

  package func revocation(_ id: String) -> Revocation? { byID[id] }

  /// The entry that would revoke something. The same again has the same id, and so is written once.
  package func propose(
    _ revoked: Revoked, reason: String, by actor: String, at now: Timestamp
  ) throws(RevocationRefusal) -> EntryDraft {
    var errors = FieldErrors()
    if let fault = Statement.fault(in: reason) { errors.add("/reason", fault) }
    if let fault = RevocationBook.fault(in: revoked.name) { errors.add(JSONPointer(revoked.member), fault) }
    if case .token(_, let until) = revoked, until <= now.seconds {
      errors.add("/until", "is over already: the token is refused as it is")
    }
    if !errors.isEmpty { throw .invalid(errors) }
    let id = RevocationBook.id(of: revoked)
    if byID[id] == nil, byID.count >= RevocationBook.limit, inForce(at: now).count >= RevocationBook.limit {
      throw .full(limit: RevocationBook.limit)
    }
    return EntryDraft(
      type: EntryType.revocation, id: id, actor: actor, body: RevocationBook.body(revoked, reason: reason))
  }

  private static func fault(in name: String) -> String? {
    if name.isEmpty { return "must not be empty" }
    return name.utf8.count > longestName ? "must have at most \(longestName) bytes" : nil
  }

  /// A token revoked for longer than before is a further revocation: the end is part of the name.
  package static func id(of revoked: Revoked) -> String {
    switch revoked {
    case .key(let name): Identifier.derived("rvk_", from: "key", name)
    case .token(let id, let until): Identifier.derived("rvk_", from: "token", id, text(until) ?? "")
    }
  }

  private static func text(_ until: Double) -> String? {
    until.isFinite ? Timestamp(microseconds: Int64(until * 1_000_000)).text : nil
  }

  /// The entry of a revocation that another instance made.
  static func draft(of revoked: Revoked, _ change: SharedChange) -> EntryDraft {
    EntryDraft(
      type: EntryType.revocation, id: id(of: revoked), actor: change.by,
      body: body(revoked, reason: change.reason, origin: change.origin))
  }

  /// Canonical JSON: members in the order of RFC 8785.
  private static func body(_ revoked: Revoked, reason: String, origin: Origin? = nil) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    if let origin { writer.member("from", origin) }
    if case .key(let name) = revoked { writer.member("key", name) }
    writer.member("reason", reason)
    if case .token(let id, let until) = revoked {
      writer.member("token", id)
      if let text = text(until) { writer.member("until", text) }
    }
    writer.endObject()
    return writer.array
  }

  /// Takes an entry of the log into account, and returns the revocation if it is a new one.
  package mutating func apply(_ entry: LoggedEntry) throws(JSONRefusal) -> Revocation? {
    guard entry.type == EntryType.revocation, byID[entry.id] == nil else { return nil }
    let body = try JSONReader.decode(RevocationEntry.self, from: entry.body)
    let revocation = Revocation(
      id: entry.id, revoked: body.revoked, by: entry.actor, reason: body.reason, time: entry.time,
      index: entry.index, origin: body.origin)
    // What is over before it could be obeyed takes no room.
    if byID.count >= RevocationBook.limit { byID = byID.filter { !$0.value.isOver(at: entry.time) } }
    byID[entry.id] = revocation
    return revocation
  }
}

extension Revocation {
  /// Seconds since 1970 at which it means nothing any more; nil for never.
  private var end: Double? {
    if case .token(_, let until) = revoked, until.isFinite { return until }
    return nil
  }

  func isOver(at now: Timestamp) -> Bool { end.map { $0 + TokenPolicy.maximumLeeway <= now.seconds } ?? false }
}

extension Revoked {
  /// What the ledger and the API call it.
  fileprivate var member: String { if case .key = self { "key" } else { "token" } }

  fileprivate var name: String {
    switch self {
    case .key(let name): name
    case .token(let id, _): id
    }
  }
}

extension Timestamp {
  fileprivate var seconds: Double { Double(microseconds) / 1_000_000 }
}

extension Revocation: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    switch revoked {
    case .key(let name): writer.member("key", name)
    case .token(let id, let until):
      writer.member("token", id)
      writer.member("until", until.isFinite ? Timestamp(microseconds: Int64(until * 1_000_000)).text : nil)
    }
    writer.member("by", by)
    writer.member("reason", reason)
    writer.member("time", time.text)
    writer.endObject()
  }
}

private struct RevocationEntry: JSONReadable {
  var revoked: Revoked
  var reason = ""
  var origin: Origin?

  init(from reader: inout JSONReader) throws(JSONError) {
    var origin: Origin?
    var reason = ""
    var key: String?
    var token: String?
    var until = Double.infinity
    var object = try reader.object()
    while let member = try reader.key(&object) {
      switch member {
      case "from": origin = try Origin(from: &reader)
      case "key": key = try reader.string()
      case "reason": reason = try reader.string()
      case "token": token = try reader.string()
      case "until":
        guard let time = Timestamp(text: try reader.string()) else {
          reader.refuse("must be a time in RFC 3339")
          continue
        }
        until = time.seconds
      default: break
      }
    }
    self.origin = origin
    self.reason = reason
    if let token {
      revoked = .token(id: token, until: until)
    } else {
      revoked = .key(key ?? reader.missing("key", of: object, instead: ""))
    }
  }
}
