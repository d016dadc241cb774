// What others are told of: reviews opened and closed, alerts, changed weights. Each is read off the log, so that none is
// lost and nobody who decides a case has to wait for anybody who listens.
import Engine
import JSON
import Ledger

package struct Announcement: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case reviewOpened = "review.opened"
    case reviewClosed = "review.closed"
    case alert
    case weightsChanged = "weights.changed"
  }

  package let kind: Kind
  /// Follows from the log and the entry that says so: whoever is told twice knows it by this, and each of several instances has
  /// a log of its own.
  package let id: String
  /// Of the entry, in its own log.
  package let index: UInt64
  package let time: Timestamp
  /// The entry's own words, without what only belongs into a log.
  package let data: JSONObject

  /// Nil for an entry that nobody is told of. `log` names the log that it stands in.
  package init?(_ entry: LoggedEntry, log: String) {
    guard let body = try? JSONValue(parsing: entry.body).object else { return nil }
    var data = JSONObject()
    func take(_ names: String...) { for name in names { data[name] = body[name] } }
    switch entry.type {
    case EntryType.deliberation:
      guard let review = body["review"]?.object else { return nil }
      kind = .reviewOpened
      data["review"] = review["id"]
      data["expires"] = review["expires"]
      data["people"] = review["people"]
      data["deliberation"] = .string(entry.id)
      take("verdict", "score", "gate", "reason", "escalations")
    case EntryType.review:
      guard let outcome = body["outcome"], !outcome.isNull else { return nil }
      kind = .reviewClosed
      take("review", "deliberation", "act", "determination", "verdict")
      data["outcome"] = outcome
      data["by"] = .string(entry.actor)
    case EntryType.alert:
      kind = .alert
      take("name", "severity", "summary", "details")
    case EntryType.weights:
      // What was changed at another instance is told there.
      guard body["from"] == nil else { return nil }
      kind = .weightsChanged
      take("version", "weights", "reason", "restores")
      data["by"] = .string(entry.actor)
    default: return nil
    }
    index = entry.index
    time = entry.time
    // With the time: a log that was restored from a backup has other entries under numbers that were used before.
    id = Identifier.derived("evt_", from: log, "\(entry.index)", entry.time.text)
    self.data = data
  }
}

extension Announcement: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("type", kind.rawValue)
    writer.member("time", time.text)
    writer.member("index", Int(index))
    writer.member("data", JSONValue.object(data))
    writer.endObject()
  }
}

/// How far somebody has been told.
package struct AnnouncementPlace: Sendable, Hashable {
  /// The first entry that was not looked at.
  package var next: UInt64
  /// When the last one that was looked at was written: where a search may begin.
  package var time: String?

  package init(next: UInt64, time: String? = nil) {
    self.next = next
    self.time = time
  }
}

extension Chamber {
  /// Those that come at a place, at most `limit`, and the place behind them.
  package func announcements(
    at place: AnnouncementPlace, limit: Int
  ) async throws -> ([Announcement], AnnouncementPlace) {
    var reviews = LedgerQuery()
    reviews.review = ""
    var queries = [reviews]
    for type in [EntryType.alert, EntryType.weights] {
      var query = LedgerQuery()
      query.type = type
      queries.append(query)
    }
    let log = proceedings.settings.logName
    var found: [Announcement] = []
    var end = UInt64.max
    var time = place.time
    for var query in queries {
      query.order = .oldestFirst
      query.limit = min(limit, LedgerQuery.largestPage)
      query.from = place.time
      // Entries of one group have one time: those that were looked at already may come first.
      repeat {
        let page = try await ledger.query(query)
        let entries = try page.entries.map { try JSONReader.decode(LoggedEntry.self, from: $0.bytes) }
        found += entries.filter { $0.index >= place.next }.compactMap { Announcement($0, log: log) }
        query.cursor = page.next
        // What a page leaves out, the next call finds.
        if let last = entries.last, page.next != nil, last.index >= place.next {
          end = min(end, last.index + 1)
          break
        }
        end = min(end, max(place.next, page.indexedTo))
      } while query.cursor != nil
    }
    found = found.filter { $0.index < end }.sorted { $0.index < $1.index }
    if found.count > limit {
      found.removeSubrange(limit...)
      end = found.last.map { $0.index + 1 } ?? end
    }
    if let last = found.last { time = last.time.text }
    return (found, AnnouncementPlace(next: end, time: time))
  }

  /// Puts on record that somebody could not be told. Once for each of them and each announcement.
  package func noteDeadLetter(_ announcement: Announcement, to endpoint: String, attempts: Int, last: String)
    async throws
  {
    let body: JSONValue = [
      "attempts": .integer(attempts), "endpoint": .string(endpoint), "event": .string(announcement.id),
      "index": .integer(Int(announcement.index)), "last": .string(last), "type": .string(announcement.kind.rawValue),
    ]
    _ = try await ledger.append(
      EntryDraft(
        type: EntryType.deadLetter, id: Identifier.derived("dead_", from: endpoint, announcement.id),
        actor: Chamber.clockwork, body: try JSONCanonical.bytes(of: body)))
  }

  /// The announcement of an entry; nil where it is none.
  package func announcement(of index: UInt64) throws -> Announcement? {
    try Announcement(
      JSONReader.decode(LoggedEntry.self, from: ledger.entry(at: index).bytes), log: proceedings.settings.logName)
  }
}

extension EntryType {
  /// Somebody who should have been told of something, and could not be reached.
  package static let deadLetter = "dead_letter"
}
