// Changes of what is in force, told from one instance to the others. Each instance has a log of its own, and nothing is in
// force that is not in it: a change made elsewhere becomes an entry here, by the same person for the same reason, with the
// log and the place where it was made first.
import JSON
import Ledger
import Tokens

/// Where a change was made, as the entries of other instances say.
package struct Origin: Sendable, Hashable {
  /// The verifier key of the log.
  package let log: String
  package let index: Int
  package let time: Timestamp

  package init(log: String, index: Int, time: Timestamp) {
    self.log = log
    self.index = index
    self.time = time
  }

  /// Of two changes of the same thing, the later one holds on every instance, in whatever order they come; of two of the same
  /// instant, that of the log with the greater name.
  package func supersedes(_ other: Origin) -> Bool {
    (other.time.microseconds, other.log, other.index) < (time.microseconds, log, index)
  }
}

extension Origin: JSONWritable, JSONReadable {
  /// Canonical: members in the order of RFC 8785.
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("index", index)
    writer.member("log", log)
    writer.member("time", time.text)
    writer.endObject()
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var (index, log) = (0, "")
    var time: Timestamp?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "index": index = try reader.integer(in: 0...Int.max)
      case "log": log = try reader.string(maximumBytes: 1024)
      case "time":
        time = Timestamp(text: try reader.string())
        if time == nil { reader.refuse("must be a time in RFC 3339") }
      default: break
      }
    }
    self.init(
      log: log, index: index,
      time: time ?? reader.missing("time", of: object, instead: Timestamp(microseconds: 0)))
  }
}

/// A change as it is told.
package struct SharedChange: Sendable, Hashable {
  package enum Matter: Sendable, Hashable {
    case weights(version: Int, values: [String: Double], restores: Int?)
    /// The document of a constitution.
    case constitution([UInt8])
    case revocation(Revoked)
  }

  package let matter: Matter
  package let by: String
  package let reason: String
  package let origin: Origin

  package init(_ matter: Matter, by: String, reason: String, origin: Origin) {
    self.matter = matter
    self.by = by
    self.reason = reason
    self.origin = origin
  }
}

extension SharedChange: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("by", by)
    writer.member("reason", reason)
    writer.member("from", origin)
    switch matter {
    case .weights(let version, let values, let restores):
      writer.member("version", version)
      if let restores { writer.member("restores", restores) }
      writer.key("weights")
      Weights.write(values, to: &writer)
    case .constitution(let document):
      writer.member("document", String(decoding: document, as: UTF8.self))
    case .revocation(.key(let name)): writer.member("key", name)
    case .revocation(.token(let id, let until)):
      writer.member("token", id)
      if until.isFinite {
        writer.member("until", Timestamp(microseconds: Int64(until * 1_000_000)).text)
      }
    }
    writer.endObject()
  }
}

extension SharedChange: JSONReadable {
  package init(from reader: inout JSONReader) throws(JSONError) {
    var (by, reason) = ("", "")
    var origin: Origin?
    var (version, restores): (Int?, Int?)
    var values: [String: Double]?
    var (document, key, token): (String?, String?, String?)
    var until = Double.infinity
    var object = try reader.object()
    while let member = try reader.key(&object) {
      switch member {
      case "by": by = try reader.string()
      case "reason": reason = try reader.string()
      case "from": origin = try Origin(from: &reader)
      case "version": version = try reader.integer(in: 1...Int.max)
      case "restores": restores = try reader.integer()
      case "weights": values = try Weights.values(from: &reader)
      case "document": document = try reader.string()
      case "key": key = try reader.string()
      case "token": token = try reader.string()
      case "until":
        if let time = Timestamp(text: try reader.string()) {
          until = Double(time.microseconds) / 1e6
        }
      default: break
      }
    }
    let matter: Matter
    if let values, let version {
      matter = .weights(version: version, values: values, restores: restores)
    } else if let document {
      matter = .constitution(Array(document.utf8))
    } else if let token {
      matter = .revocation(.token(id: token, until: until))
    } else {
      matter = .revocation(.key(key ?? reader.missing("key", of: object, instead: "")))
    }
    self.init(
      matter, by: by, reason: reason,
      origin: origin
        ?? reader.missing(
          "from", of: object, instead: Origin(log: "", index: 0, time: Timestamp(microseconds: 0))))
  }
}

extension Proceedings {
  /// Takes a change into account that another instance made: it is written to this log first. False where it changes
  /// nothing, because it is known, or because a later one holds. `assemble` makes the council of a document.
  package func adopt(
    _ change: SharedChange, assemble: (_ document: [UInt8]) throws -> Council
  ) async throws -> Bool {
    switch change.matter {
    case .weights(let version, let values, let restores):
      let history = weightsHistory
      guard !history.knows(change.origin),
        history.origin(of: settings.logName).map(change.origin.supersedes) ?? true
      else {
        return false
      }
      if values == history.current.values, version <= history.current.version { return false }
      let draft = history.draft(
        of: Weights(version: max(version, history.current.version + 1), values: values), change,
        restores)
      return try await append(draft).isFirst
    case .constitution(let document):
      let council = try assemble(document)
      let history = constitutionHistory
      guard !history.knows(change.origin),
        history.origin(of: settings.logName).map(change.origin.supersedes) ?? true
      else {
        return false
      }
      if history.current?.version == council.constitution.version { return false }
      let isFirst = try await append(history.draft(of: council.constitution, document, change))
        .isFirst
      if isFirst { seat(council) }
      return isFirst
    case .revocation(let revoked):
      if revocations.revocation(RevocationBook.id(of: revoked)) != nil { return false }
      return try await append(RevocationBook.draft(of: revoked, change)).isFirst
    }
  }
}
