// What is posted to have a case decided: the members of the case and `options` beside them.
import JSON

package struct DeliberationOptions: Sendable, Hashable {
  package enum Caching: String, Sendable, Hashable, CaseIterable {
    /// Answer from the cache where it holds the decision.
    case standard = "default"
    /// Decide anew, and neither read nor fill the cache.
    case bypass
  }

  package enum ReceiptDetail: String, Sendable, Hashable, CaseIterable { case none, index, proof }

  /// Ask these critics only, and those that the constitution requires. Such a decision leaves the gate shut.
  package var critics: [String]?
  /// Put the explanation into the answer.
  package var explain = false
  /// Decide, but write nothing to the ledger and give no permit.
  package var dryRun = false
  package var caching = Caching.standard
  package var receipt = ReceiptDetail.index

  package init() {}
}

extension DeliberationOptions: JSONReadable {
  static let members = ["critics", "explain", "dry_run", "cache", "receipt"]
  package static let mostCritics = 64

  package init(from reader: inout JSONReader) throws(JSONError) {
    self.init()
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if try reader.takeNull() { continue }
      switch key {
      case "critics":
        critics = try reader.strings(maximumCount: Self.mostCritics, maximumLength: CaseReading.longestName)
      case "explain": explain = try reader.boolean()
      case "dry_run": dryRun = try reader.boolean()
      case "cache": caching = try reader.choice() ?? .standard
      case "receipt": receipt = try reader.choice() ?? .index
      default: reader.refuseUnknown(key, known: Self.members)
      }
    }
  }
}

package struct DeliberationRequest: Sendable, JSONReadable {
  package let matter: Case
  package let options: DeliberationOptions

  package init(matter: Case, options: DeliberationOptions = DeliberationOptions()) {
    self.matter = matter
    self.options = options
  }

  package init(from reader: inout JSONReader) throws(JSONError) {
    var reading = CaseReading()
    var options = DeliberationOptions()
    var object = try reader.object()
    while let key = try reader.key(&object) {
      if try reading.take(key, from: &reader) { continue }
      switch key {
      case "options": if try !reader.takeNull() { options = try DeliberationOptions(from: &reader) }
      default: reader.refuseUnknown(key, known: CaseReading.members + ["options"])
      }
    }
    self.init(matter: reading.finish(object, &reader), options: options)
  }
}
