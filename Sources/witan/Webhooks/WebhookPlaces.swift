// How far each address has been told, kept beside the ledger so that a restart goes on there. Lost, or written a moment too
// late, it costs repetitions: each announcement has an id by which a receiver knows it again.
import Chamber
import Crypto
import JSON
import Locking

final class WebhookPlaces: Sendable {
  private let path: String
  private let places: Locked<[String: AnnouncementPlace]>

  /// An address that was never told anything begins at `beginning`.
  init(path: String, endpoints: [String], beginning: AnnouncementPlace) throws {
    self.path = path
    let known = try Self.read(path)
    var places: [String: AnnouncementPlace] = [:]
    for endpoint in endpoints { places[endpoint] = known[endpoint] ?? beginning }
    self.places = Locked(places)
    try write()
  }

  /// What the file says; nothing where there is none, or none that can be read.
  private static func read(_ path: String) throws(FileError) -> [String: AnnouncementPlace] {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try KeyFile.readPublic(path)
    } catch {
      guard case .missing = error else { throw error }
      return [:]
    }
    var known: [String: AnnouncementPlace] = [:]
    guard let members = (try? JSONValue(parsing: bytes))?.object?.members else { return known }
    for member in members {
      guard let next = member.value["next"]?.integer, next >= 0 else { continue }
      known[member.name] = AnnouncementPlace(next: UInt64(next), time: member.value["time"]?.string)
    }
    return known
  }

  subscript(endpoint: String) -> AnnouncementPlace { places.withLock { $0[endpoint] } ?? AnnouncementPlace(next: 0) }

  /// Remembers a place, on disk when this returns.
  func set(_ place: AnnouncementPlace, of endpoint: String) throws {
    let changed = places.withLock { places in
      guard places[endpoint] != place else { return false }
      places[endpoint] = place
      return true
    }
    if changed { try write() }
  }

  private func write() throws {
    let places = places.withLock { $0 }
    var writer = JSONWriter()
    writer.beginObject()
    for (endpoint, place) in places.sorted(by: { $0.key < $1.key }) {
      writer.key(endpoint)
      writer.beginObject()
      writer.member("next", Int(place.next))
      writer.member("time", place.time)
      writer.endObject()
    }
    writer.endObject()
    try KeyFile.write(writer.array, to: path, replacing: true)
  }
}
