// Weights as governed data: a projection of the ledger's entries of type `weights`. A change is proposed against a version,
// becomes an entry, and only then is in force; taking one back is a further version.
import JSON
import Ledger

/// A version of the weights, with who made it and why.
package struct WeightsVersion: Sendable, Hashable {
  package let weights: Weights
  package let by: String
  package let reason: String
  package let time: Timestamp
  /// The version whose values were restored.
  package let restores: Int?
  /// The entry's place in this log.
  package let index: UInt64
  /// Where it was made, if not here.
  package let origin: Origin?
}

/// Why a change of weights cannot be.
package enum WeightsRefusal: Error, Sendable, Equatable {
  /// Somebody else was quicker.
  case versionConflict(current: Int)
  /// Wrong fields of the proposal, each with what is wrong.
  case invalid(FieldErrors)
  case noSuchVersion(Int)
}

package struct WeightsHistory: Sendable {
  /// Those of the constitution that the log begins with, in force until the first change.
  package private(set) var initial: Weights
  /// In the order of their versions, from 2 on.
  package private(set) var versions: [WeightsVersion] = []

  package init(of constitution: Constitution) { initial = Weights(of: constitution) }

  /// The log turns out to begin with another constitution.
  mutating func begin(with constitution: Constitution) { initial = Weights(of: constitution) }

  package var current: Weights { versions.last?.weights ?? initial }

  /// Those that were in force when an entry was written.
  package func inForce(before index: UInt64) -> Weights { versions.last { $0.index < index }?.weights ?? initial }

  package func version(_ number: Int) -> Weights? {
    number == initial.version ? initial : versions.first { $0.weights.version == number }?.weights
  }

  /// The entry that would put these values in force. Critics that are not named keep what they have.
  package func propose(
    _ values: [String: Double], expecting version: Int, reason: String, by actor: String, restores: Int? = nil,
    under constitution: Constitution
  ) throws(WeightsRefusal) -> EntryDraft {
    guard version == current.version else { throw .versionConflict(current: current.version) }
    var errors = WeightsHistory.faults(in: values, under: constitution)
    if values.isEmpty && restores == nil { errors.add("/weights", "must name at least one critic") }
    if let fault = Statement.fault(in: reason) { errors.add("/reason", fault) }
    if !errors.isEmpty { throw .invalid(errors) }
    let merged = current.values.merging(values, uniquingKeysWith: { _, new in new })
    let next = Weights(version: version + 1, values: merged.filter { constitution.charter(of: $0.key) != nil })
    return EntryDraft(
      type: EntryType.weights, id: "weights/\(next.version)", actor: actor,
      body: WeightsHistory.body(next, reason: reason, restores: restores))
  }

  /// The entry that would restore the values of an earlier version.
  package func rollback(
    to number: Int, expecting version: Int, reason: String, by actor: String, under constitution: Constitution
  ) throws(WeightsRefusal) -> EntryDraft {
    guard let earlier = self.version(number) else { throw .noSuchVersion(number) }
    let seated = earlier.values.filter { constitution.charter(of: $0.key) != nil }
    return try propose(
      seated, expecting: version, reason: reason, by: actor, restores: number, under: constitution)
  }

  /// What is wrong with proposed values: unknown critics, and weights out of bounds.
  package static func faults(in values: [String: Double], under constitution: Constitution) -> FieldErrors {
    var errors = FieldErrors()
    let bounds = constitution.weightBounds
    let names = constitution.critics.map(\.critic)
    for name in values.keys.sorted(by: JSONCanonical.precedes) {
      let pointer = JSONPointer("weights", name)
      if !names.contains(name) {
        let meant = NearestName.suggestion(for: name, among: names)
        errors.add(pointer, "is no critic of this council" + (meant.map { "; did you mean “\($0)”?" } ?? ""))
      } else if let value = values[name], !bounds.contains(value) {
        errors.add(pointer, "must be from \(bounds.lowerBound) to \(bounds.upperBound)")
      }
    }
    return errors
  }

  /// Whether a change of another instance is on record here.
  func knows(_ origin: Origin) -> Bool { versions.contains { $0.origin == origin } }

  /// Where and when the version in force was made; `own` is the name of this log. Nil for the constitution's own weights.
  func origin(of own: String) -> Origin? {
    versions.last.map { $0.origin ?? Origin(log: own, index: Int($0.index), time: $0.time) }
  }

  /// The entry of a change that another instance made.
  func draft(of weights: Weights, _ change: SharedChange, _ restores: Int?) -> EntryDraft {
    EntryDraft(
      type: EntryType.weights, id: "weights/\(weights.version)", actor: change.by,
      body: WeightsHistory.body(weights, reason: change.reason, restores: restores, origin: change.origin))
  }

  /// Canonical JSON of a change.
  static func body(_ weights: Weights, reason: String, restores: Int?, origin: Origin? = nil) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    if let origin { writer.member("from", origin) }
    writer.member("reason", reason)
    if let restores { writer.member("restores", restores) }
    writer.member("version", weights.version)
    writer.key("weights")
    weights.writeValues(to: &writer)
    writer.endObject()
    return writer.array
  }

  /// Takes an entry of the log into account. Entries of other types, and of versions already passed, change nothing.
  package mutating func apply(_ entry: LoggedEntry) throws(JSONRefusal) {
    guard entry.type == EntryType.weights else { return }
    let change = try JSONReader.decode(WeightsChange.self, from: entry.body)
    // A change made elsewhere keeps its number, so that all instances name the same weights alike.
    let next = current.version + 1
    guard change.weights.version == next || change.origin != nil && change.weights.version > next else { return }
    versions.append(
      WeightsVersion(
        weights: change.weights, by: entry.actor, reason: change.reason, time: entry.time, restores: change.restores,
        index: entry.index, origin: change.origin))
  }
}

private struct WeightsChange: JSONReadable {
  var weights: Weights
  var reason = ""
  var restores: Int?
  var origin: Origin?

  init(from reader: inout JSONReader) throws(JSONError) {
    var version: Int?
    var values: [String: Double] = [:]
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "from": origin = try Origin(from: &reader)
      case "reason": reason = try reader.string()
      case "restores": restores = try reader.integer()
      case "version": version = try reader.integer()
      case "weights": values = try Weights.values(from: &reader)
      default: break
      }
    }
    weights = Weights(version: version ?? reader.missing("version", of: object, instead: 0), values: values)
  }
}

extension WeightsVersion: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("version", weights.version)
    writer.key("weights")
    weights.writeValues(to: &writer)
    writer.member("by", by)
    writer.member("reason", reason)
    writer.member("time", time.text)
    writer.member("restores", restores)
    if let origin { writer.member("from", origin) }
    writer.endObject()
  }
}
