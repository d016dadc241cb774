// All precedents: a projection of the ledger. A review that closes makes a candidate, or one in quarantine; people promote,
// renew and quarantine; time lets them set. The case that a precedent is found by is the payload of its promotion.
import JSON
import Ledger

package struct Precedent: Sendable, Hashable {
  package enum State: String, Sendable, Hashable, CaseIterable {
    /// A review affirmed the case; nobody has made it a rule.
    case candidate
    /// It is consulted.
    case active
    /// It was not renewed in time, and is consulted no more.
    case sunset
    /// It is not consulted, and must be looked at before it may be again.
    case quarantined
  }

  package let id: String
  package let review: String
  package let deliberation: String
  package let verdict: Verdict
  package let outcome: ReviewOutcome
  package internal(set) var state: State
  /// Since when it has been in this state; for an active one since it was promoted or renewed.
  package internal(set) var since: Timestamp
  package internal(set) var clauses: [String] = []
  package internal(set) var principles: [Principle] = []
  package internal(set) var reason = ""
  /// The past case; nil until it is promoted, and after its payload was erased.
  package internal(set) var matter: Case?

  /// −1 halted … +1 let through.
  package var lean: Double {
    switch outcome {
    case .affirmed: 1
    case .rejected: -1
    case .modified, .contested, .expired: 0
    }
  }

  package static func == (left: Precedent, right: Precedent) -> Bool {
    left.id == right.id && left.state == right.state && left.since == right.since && left.reason == right.reason
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

package enum PrecedentRefusal: Error, Sendable, Equatable {
  case noSuchPrecedent(String)
  /// Only a closed review makes a precedent.
  case reviewPending(String)
  /// The state that it is in does not allow this.
  case wrongState(Precedent.State)
  case invalid(FieldErrors)
  /// Somebody else changed it at the same time.
  case overtaken
}

package struct PrecedentBook: Sendable {
  package private(set) var precedents: [String: Precedent] = [:]
  /// Grows with every change of what is consulted.
  package private(set) var epoch = 0
  package private(set) var index: any PrecedentSearch = NoPrecedents()
  private var events: [String: Int] = [:]

  package init() {}

  /// A precedent bears the name of the review that it came of.
  package static func id(of review: String) -> String {
    "prc_" + (review.hasPrefix("rev_") ? String(review.dropFirst(4)) : review)
  }

  package func precedent(_ id: String) throws(PrecedentRefusal) -> Precedent {
    guard let precedent = precedents[id] else { throw .noSuchPrecedent(id) }
    return precedent
  }

  // MARK: Proposing

  /// The entry that puts a precedent in force. `record` is that of its deliberation.
  package func promote(
    _ id: String, record: DecisionRecord, reason: String, by actor: String, under constitution: Constitution
  ) throws(PrecedentRefusal) -> EntryDraft {
    let precedent = try precedent(id)
    guard precedent.state != .active else { throw .wrongState(.active) }
    var clauses: [String] = []
    let answer = try? JSONValue(parsing: record.answer)
    for part in (answer?["escalations"]?.array ?? []) + (answer?["dissent"]?.array ?? []) {
      if let clause = part["clause"]?.string, !clauses.contains(clause) { clauses.append(clause) }
    }
    var principles: [Principle] = []
    for charter in constitution.critics where charter.clauses.contains(where: { clauses.contains($0.id) }) {
      if !principles.contains(charter.principle) { principles.append(charter.principle) }
    }
    var draft = try draft(.promoted, precedent, reason, actor, clauses: clauses, principles: principles)
    draft.payload = record.matter.canonical
    return draft
  }

  /// The entry that lets an active precedent, or one that has set, live on.
  package func renew(_ id: String, reason: String, by actor: String) throws(PrecedentRefusal) -> EntryDraft {
    let precedent = try precedent(id)
    guard precedent.matter != nil, precedent.state == .active || precedent.state == .sunset else {
      throw .wrongState(precedent.state)
    }
    return try draft(.renewed, precedent, reason, actor)
  }

  package func quarantine(_ id: String, reason: String, by actor: String) throws(PrecedentRefusal) -> EntryDraft {
    let precedent = try precedent(id)
    guard precedent.state != .quarantined else { throw .wrongState(.quarantined) }
    return try draft(.quarantined, precedent, reason, actor)
  }

  /// The entries by which precedents set that were not renewed in time.
  package func sunsets(at now: Timestamp, under rules: PrecedentRules) -> [EntryDraft] {
    let lifetime = Int64(rules.lifetimeDays) * 86_400_000_000
    return precedents.values.filter { $0.state == .active && now.microseconds - $0.since.microseconds >= lifetime }
      .sorted { $0.id < $1.id }
      .compactMap { try? draft(.sunset, $0, "not renewed within \(rules.lifetimeDays) days", Review.clockwork) }
  }

  private func draft(
    _ event: PrecedentEvent.Kind, _ precedent: Precedent, _ reason: String, _ actor: String, clauses: [String] = [],
    principles: [Principle] = []
  ) throws(PrecedentRefusal) -> EntryDraft {
    if let fault = Statement.fault(in: reason) {
      var errors = FieldErrors()
      errors.add("/reason", fault)
      throw .invalid(errors)
    }
    let body = PrecedentEvent(
      kind: event, precedent: precedent.id, reason: reason, clauses: clauses, principles: principles)
    return EntryDraft(
      type: EntryType.precedent, id: "\(precedent.id)/\((events[precedent.id] ?? 0) + 1)", actor: actor,
      body: body.jsonBytes)
  }

  // MARK: Applying

  package mutating func apply(_ entry: LoggedEntry) throws(JSONRefusal) {
    switch entry.type {
    case EntryType.review: try note(JSONReader.decode(ClosedReview.self, from: entry.body), entry.time)
    case EntryType.precedent: try apply(JSONReader.decode(PrecedentEvent.self, from: entry.body), entry)
    default: break
    }
  }

  /// A review that closed leaves a candidate, or one in quarantine; one that ran out leaves nothing.
  private mutating func note(_ review: ClosedReview, _ time: Timestamp) {
    let id = PrecedentBook.id(of: review.review)
    guard let outcome = review.outcome, outcome != .expired, precedents[id] == nil else { return }
    var precedent = Precedent(
      id: id, review: review.review, deliberation: review.deliberation, verdict: review.verdict, outcome: outcome,
      state: outcome == .affirmed ? .candidate : .quarantined, since: time)
    precedent.reason = review.text
    precedents[id] = precedent
  }

  private mutating func apply(_ event: PrecedentEvent, _ entry: LoggedEntry) throws(JSONRefusal) {
    guard var precedent = precedents[event.precedent] else { return }
    // An entry is taken into account once; its id carries its number.
    guard entry.id == "\(event.precedent)/\((events[event.precedent] ?? 0) + 1)" else { return }
    events[event.precedent, default: 0] += 1
    switch event.kind {
    case .promoted:
      precedent.state = .active
      precedent.clauses = event.clauses
      precedent.principles = event.principles
      precedent.reason = event.reason
      if let payload = entry.payload { precedent.matter = try Case.decode(payload) }
    case .renewed: precedent.state = .active
    case .sunset: precedent.state = .sunset
    case .quarantined: precedent.state = .quarantined
    }
    precedent.since = entry.time
    precedents[event.precedent] = precedent
    epoch += 1
    index = PrecedentIndex(
      precedents.values.filter { $0.state == .active }.sorted { $0.id < $1.id }, epoch: epoch)
  }
}

/// What a review's entry says that makes a precedent.
private struct ClosedReview: JSONReadable {
  var (review, deliberation, text) = ("", "", "")
  var verdict = Verdict.escalate
  var outcome: ReviewOutcome?

  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "review": review = try reader.string()
      case "deliberation": deliberation = try reader.string()
      case "text": text = try reader.string()
      case "verdict": verdict = try reader.choice() ?? .escalate
      case "outcome": outcome = try reader.takeNull() ? nil : reader.choice()
      default: break
      }
    }
  }
}

/// A change of a precedent as it stands in the ledger.
struct PrecedentEvent: Sendable, Hashable {
  enum Kind: String, Sendable, CaseIterable { case promoted, renewed, sunset, quarantined }

  var kind: Kind
  var precedent: String
  var reason: String
  var clauses: [String] = []
  var principles: [Principle] = []
}

extension PrecedentEvent: JSONWritable {
  /// Canonical JSON.
  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    if !clauses.isEmpty { writer.member("clauses", clauses) }
    writer.member("event", kind.rawValue)
    writer.member("precedent", precedent)
    if !principles.isEmpty { writer.member("principles", principles.map(\.rawValue)) }
    writer.member("reason", reason)
    writer.endObject()
  }
}

extension PrecedentEvent: JSONReadable {
  init(from reader: inout JSONReader) throws(JSONError) {
    var kind: Kind?
    var (precedent, reason) = ("", "")
    var (clauses, principles): ([String], [String]) = ([], [])
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "clauses": clauses = try reader.strings()
      case "event": kind = try reader.choice()
      case "precedent": precedent = try reader.string()
      case "principles": principles = try reader.strings()
      case "reason": reason = try reader.string()
      default: break
      }
    }
    self.init(
      kind: kind ?? reader.missing("event", of: object, instead: .quarantined), precedent: precedent, reason: reason,
      clauses: clauses, principles: principles.map { Principle(rawValue: $0) })
  }
}

extension Precedent: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writeMembers(to: &writer)
    writer.endObject()
  }

  func writeMembers(to writer: inout JSONWriter) {
    writer.member("id", id)
    writer.member("state", state.rawValue)
    writer.member("since", since.text)
    writer.member("review", review)
    writer.member("deliberation", deliberation)
    writer.member("verdict", verdict.rawValue)
    writer.member("outcome", outcome.rawValue)
    writer.member("clauses", clauses)
    writer.member("principles", principles.map(\.rawValue))
    writer.member("reason", reason)
  }
}
