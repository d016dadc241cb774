// All precedents: a projection of the ledger. A review that closes makes a candidate, or one in quarantine; people promote,
// renew and quarantine; time lets them set; erasures take the case away. The case that a precedent is found by is the payload
// of its promotion: a copy, which is erased with the record that it was made of.
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
    /// Its case was erased: it is not consulted, and nobody can put it in force again.
    case erased
  }

  package let id: String
  package let review: String
  package let deliberation: String
  package let verdict: Verdict
  package let outcome: ReviewOutcome
  /// When its review was answered.
  package let decided: Timestamp
  /// What people and time have made of it, whether or not its case was erased.
  package internal(set) var standing: State
  /// Since when it stands so; for an active one since it was promoted or renewed.
  fileprivate var stands: Timestamp
  package fileprivate(set) var erased: Timestamp?
  package internal(set) var clauses: [String] = []
  package internal(set) var principles: [Principle] = []
  package internal(set) var reason = ""
  /// The past case; nil until it is promoted, and once it was erased.
  package internal(set) var matter: Case?

  /// As its review leaves it: one that was affirmed may be promoted, others must be looked at first.
  init(
    id: String, review: String, deliberation: String, verdict: Verdict, outcome: ReviewOutcome, decided: Timestamp
  ) {
    self.id = id
    self.review = review
    self.deliberation = deliberation
    self.verdict = verdict
    self.outcome = outcome
    self.decided = decided
    standing = outcome == .affirmed ? .candidate : .quarantined
    stands = decided
  }

  package var state: State { erased == nil ? standing : .erased }
  /// Since when it has been in this state.
  package var since: Timestamp { erased ?? stands }

  /// −1 halted … +1 let through.
  package var lean: Double {
    switch outcome {
    case .affirmed: 1
    case .rejected: -1
    case .modified, .contested, .expired: 0
    }
  }

  fileprivate var isConsulted: Bool { state == .active && matter != nil }

  package static func == (left: Precedent, right: Precedent) -> Bool {
    left.id == right.id && left.state == right.state && left.since == right.since && left.standing == right.standing
      && left.decided == right.decided && left.clauses == right.clauses && left.principles == right.principles
      && left.reason == right.reason && left.matter?.hash == right.matter?.hash
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
  /// As many are in force as every decision can be compared with.
  case full(limit: Int)
  /// Somebody else changed it at the same time.
  case overtaken
}

package struct PrecedentBook: Sendable {
  package private(set) var precedents: [String: Precedent] = [:]
  package private(set) var index = PrecedentIndex(epoch: 0)
  /// Grows with every change of what is consulted.
  package var epoch: Int { index.epoch }
  private var events: [String: Int] = [:]
  /// Of each payload that was erased, when.
  private var erasures: [UInt64: Timestamp] = [:]
  /// The precedents that live in a payload or stem from it.
  private var precedentsOfPayloads: [UInt64: String] = [:]
  /// The payloads of a precedent's promotions.
  private var promotions: [String: [UInt64]] = [:]
  /// More are not put in force: each decision is compared with all of them, at about half a microsecond each.
  var mostInForce = 10_000

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
    guard precedent.state != .active, precedent.state != .erased else { throw .wrongState(precedent.state) }
    try checkRoom()
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
    if precedent.state == .sunset { try checkRoom() }
    return try draft(.renewed, precedent, reason, actor)
  }

  private func checkRoom() throws(PrecedentRefusal) {
    if index.count >= mostInForce { throw .full(limit: mostInForce) }
  }

  package func quarantine(_ id: String, reason: String, by actor: String) throws(PrecedentRefusal) -> EntryDraft {
    let precedent = try precedent(id)
    guard precedent.state != .quarantined, precedent.state != .erased else { throw .wrongState(precedent.state) }
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

  // MARK: Copies

  /// The payloads that hold the case of a precedent again, where it lives in the payload of an entry or stems from it. They
  /// must go when that one goes.
  package func copies(of index: UInt64) -> [UInt64] {
    guard let id = precedentsOfPayloads[index] else { return [] }
    return (promotions[id] ?? []).filter { $0 != index && erasures[$0] == nil }
  }

  /// The copies that were left when a precedent's case was erased: they came into the log behind the erasure.
  package var copiesLeft: [UInt64] {
    promotions.filter { precedents[$0.key]?.erased != nil }.flatMap(\.value).filter { erasures[$0] == nil }.sorted()
  }

  // MARK: Applying

  /// Takes an entry into account; `reviews` knows those that have been opened. An erasure may come before or behind what it
  /// is about: the book comes out the same.
  package mutating func apply(_ entry: LoggedEntry, of reviews: ReviewBook) throws(JSONRefusal) {
    switch entry.type {
    case EntryType.review: try note(JSONReader.decode(ClosedReview.self, from: entry.body), entry.time, reviews)
    case EntryType.precedent: try apply(JSONReader.decode(PrecedentEvent.self, from: entry.body), entry)
    case LedgerEntryType.erasure: try note(JSONReader.decode(ErasedPayloads.self, from: entry.body), entry.time)
    default: break
    }
  }

  /// A review that closed leaves a candidate, or one in quarantine; one that ran out leaves nothing.
  private mutating func note(_ review: ClosedReview, _ time: Timestamp, _ reviews: ReviewBook) {
    let id = PrecedentBook.id(of: review.review)
    guard let outcome = review.outcome, outcome != .expired, precedents[id] == nil else { return }
    var precedent = Precedent(
      id: id, review: review.review, deliberation: review.deliberation, verdict: review.verdict, outcome: outcome,
      decided: time)
    precedent.reason = review.text
    if let record = reviews.reviews[review.review]?.index { bind(&precedent, to: record) }
    precedents[id] = precedent
  }

  private mutating func apply(_ event: PrecedentEvent, _ entry: LoggedEntry) throws(JSONRefusal) {
    guard let before = precedents[event.precedent] else { return }
    // An entry is taken into account once; its id carries its number.
    guard entry.id == "\(event.precedent)/\((events[event.precedent] ?? 0) + 1)" else { return }
    var precedent = before
    switch event.kind {
    case .promoted:
      precedent.clauses = event.clauses
      precedent.principles = event.principles
      precedent.reason = event.reason
      if let payload = entry.payload { precedent.matter = try Case.decode(payload) }
      precedent.standing = .active
      promotions[event.precedent, default: []].append(entry.index)
      bind(&precedent, to: entry.index)
    case .renewed: precedent.standing = .active
    case .sunset: precedent.standing = .sunset
    case .quarantined: precedent.standing = .quarantined
    }
    events[event.precedent, default: 0] += 1
    precedent.stands = entry.time
    if precedent.erased != nil { precedent.matter = nil }
    index.epoch += 1
    replace(before, by: precedent)
  }

  private mutating func note(_ erasure: ErasedPayloads, _ time: Timestamp) {
    for payload in erasure.indexes where erasures[payload] == nil {
      erasures[payload] = time
      guard let id = precedentsOfPayloads[payload], let before = precedents[id] else { continue }
      var precedent = before
      erase(&precedent, at: time)
      replace(before, by: precedent)
    }
  }

  /// From now on what befalls a payload befalls the precedent; it may have befallen it already.
  private mutating func bind(_ precedent: inout Precedent, to payload: UInt64) {
    precedentsOfPayloads[payload] = precedent.id
    if let time = erasures[payload] { erase(&precedent, at: time) }
  }

  /// The first erasure counts, and none before there was anything to erase.
  private mutating func erase(_ precedent: inout Precedent, at time: Timestamp) {
    if precedent.erased == nil { index.epoch += 1 }
    precedent.erased = max(precedent.decided, min(time, precedent.erased ?? time))
    precedent.matter = nil
  }

  private mutating func replace(_ before: Precedent, by precedent: Precedent) {
    precedents[precedent.id] = precedent
    if before.isConsulted, !precedent.isConsulted { index.remove(precedent.id) }
    if !before.isConsulted, precedent.isConsulted { index.insert(precedent) }
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
    writer.member("decided", decided.text)
    writer.member("review", review)
    writer.member("deliberation", deliberation)
    writer.member("verdict", verdict.rawValue)
    writer.member("outcome", outcome.rawValue)
    writer.member("clauses", clauses)
    writer.member("principles", principles.map(\.rawValue))
    writer.member("reason", reason)
  }
}
