// How far each address has been told, and what before that is still to be told, kept beside the ledger so that a restart goes
// on there. Lost, or written a moment too late, it costs repetitions: each announcement has an id by which a receiver knows it
// again.
import Chamber
import Crypto
import JSON
import Locking

/// What an address has been told of.
struct WebhookProgress: Sendable, Hashable {
  /// Where nothing was looked at yet.
  var place: AnnouncementPlace
  /// The entries before it of which the address was not told yet: no more than may be on their way at once.
  var open: [UInt64] = []
}

final class WebhookPlaces: Sendable {
  private let path: String
  private let places: Locked<[String: WebhookProgress]>

  /// An address that was never told anything begins at `beginning`.
  init(path: String, endpoints: [String], beginning: AnnouncementPlace) throws {
    self.path = path
    let known = try Self.read(path)
    var places: [String: WebhookProgress] = [:]
    for endpoint in endpoints { places[endpoint] = known[endpoint] ?? WebhookProgress(place: beginning) }
    self.places = Locked(places)
    try write()
  }

  /// What the file says; nothing where there is none, or none that can be read.
  private static func read(_ path: String) throws(FileError) -> [String: WebhookProgress] {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try KeyFile.readPublic(path)
    } catch {
      guard case .missing = error else { throw error }
      return [:]
    }
    var known: [String: WebhookProgress] = [:]
    guard let members = (try? JSONValue(parsing: bytes))?.object?.members else { return known }
    for member in members {
      guard let next = member.value["next"]?.integer, next >= 0 else { continue }
      known[member.name] = WebhookProgress(
        place: AnnouncementPlace(next: UInt64(next), time: member.value["time"]?.string),
        open: (member.value["open"]?.array ?? []).compactMap { $0.integer.flatMap { UInt64(exactly: $0) } })
    }
    return known
  }

  subscript(endpoint: String) -> WebhookProgress {
    places.withLock { $0[endpoint] } ?? WebhookProgress(place: AnnouncementPlace(next: 0))
  }

  /// Remembers how far an address is, on disk when this returns.
  func set(_ progress: WebhookProgress, of endpoint: String) throws {
    places.withLock { $0[endpoint] = progress }
    try write()
  }

  private func write() throws {
    let places = places.withLock { $0 }
    var writer = JSONWriter()
    writer.beginObject()
    for (endpoint, progress) in places.sorted(by: { $0.key < $1.key }) {
      writer.key(endpoint)
      writer.beginObject()
      writer.member("next", Int(progress.place.next))
      writer.member("time", progress.place.time)
      writer.key("open")
      writer.beginArray()
      for index in progress.open { writer.integer(Int(index)) }
      writer.endArray()
      writer.endObject()
    }
    writer.endObject()
    try KeyFile.write(writer.array, to: path, replacing: true)
  }
}
