// The human act: a review that a closed gate calls for. It is bound to the hash of the case and to the verdict, is answered
// once, runs out to a halt, and never by the case's own actor or whoever posted it. All transitions are pure; time is an
// argument.
import Crypto
import JSON
import Ledger

/// What the entry of a deliberation says of the review that it opens.
package struct ReviewOpening: Sendable, Hashable, JSONWritable {
  package let id: String
  /// Who acts in the case; whoever posted it, where the case does not say.
  package let actor: String
  package let expires: Timestamp
  /// How many different people must answer.
  package let people: Int
  /// How long a permit lives that comes of it: by the constitution under which the case was decided, whatever is in force later.
  package let permitSeconds: Int

  package init(id: String, actor: String, expires: Timestamp, people: Int, permitSeconds: Int) {
    self.id = id
    self.actor = actor
    self.expires = expires
    self.people = people
    self.permitSeconds = permitSeconds
  }

  /// The opening that a gate calls for; nil for one that is open, for one that nothing opens, and where not the whole
  /// council was heard.
  package init?(
    id: @autoclosure () -> String, for decided: DecidedCase, postedBy poster: String, at now: Timestamp
  ) {
    let decision = decided.decision
    guard !decision.gate.open, let tier = decision.gate.tier, decided.isByWholeCouncil else { return nil }
    let rules = decision.constitution.reviews
    let seconds = tier == .determination ? rules.determinationSeconds : rules.acknowledgmentSeconds
    self.init(
      id: id(), actor: decision.matter.actor ?? poster,
      expires: Timestamp(microseconds: now.microseconds + Int64(seconds) * 1_000_000),
      people: max(1, tier == .determination ? rules.determinationPeople : rules.acknowledgmentPeople),
      permitSeconds: decision.constitution.permitSeconds)
  }

  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("actor", actor)
    writer.member("expires", expires.text)
    writer.member("id", id)
    writer.member("people", people)
    writer.member("permit_seconds", permitSeconds)
    writer.endObject()
  }
}

/// What a reviewer does.
package enum ReviewAct: Sendable, Hashable {
  package enum Determination: String, Sendable, Hashable, CaseIterable { case proceed, modify, halt }

  /// Tier 2: the risk is known and owned.
  case acknowledge(statement: String)
  /// Tier 3: a human decides.
  case determine(Determination, rationale: String)

  /// Whether it lets the action go ahead.
  package var proceeds: Bool {
    switch self {
    case .acknowledge: true
    case .determine(let determination, _): determination == .proceed
    }
  }

  package var text: String {
    switch self {
    case .acknowledge(let statement): statement
    case .determine(_, let rationale): rationale
    }
  }
}

/// How a review ended.
package enum ReviewOutcome: String, Sendable, Hashable, CaseIterable {
  /// The action may go ahead; the case becomes a candidate for a precedent.
  case affirmed
  /// It may not go ahead as it is; a changed case needs a review of its own.
  case modified
  /// The people asked do not agree: it may not go ahead.
  case contested
  /// It may not go ahead; a precedent that comes of it is quarantined.
  case rejected
  /// Nobody answered in time: it may not go ahead.
  case expired
}

/// Why an answer is not accepted.
package enum ReviewRefusal: Error, Sendable, Equatable {
  case noSuchReview(String)
  /// It was answered already, and is not answered twice.
  case closed(ReviewOutcome)
  case expired(at: Timestamp)
  /// The reviewer is the actor of the case, or has posted it.
  case ownCase
  /// The same person has answered already; another one must.
  case samePerson
  /// An acknowledgment does not open a gate of tier 3.
  case needsDetermination
  /// The answer names another case than the one under review.
  case otherCase
  /// The case was erased: nobody can judge it any more, and it does not go ahead.
  case erased
  case invalid(FieldErrors)
  /// Somebody else answered at the same time; the review must be looked at again.
  case overtaken
}

package struct Review: Sendable, Hashable {
  package struct Answer: Sendable, Hashable {
    package let by: String
    package let act: ReviewAct
    package let time: Timestamp
  }

  package let opening: ReviewOpening
  /// Who posted the case, in whosever name.
  package let poster: String
  package let deliberation: String
  /// The deliberation's place in the ledger.
  package let index: UInt64
  package let caseHash: Digest
  package let verdict: Verdict
  package let tier: Tier
  package let opened: Timestamp
  package internal(set) var answers: [Answer] = []
  package internal(set) var outcome: ReviewOutcome?

  package var id: String { opening.id }
  package var isPending: Bool { outcome == nil }

  /// Who opened the gate; nil while it is shut.
  package var openedBy: [String]? { outcome == .affirmed ? answers.map(\.by) : nil }

  /// The outcome once `act` is added to the answers; nil while more people must answer.
  private func outcome(adding act: ReviewAct) -> ReviewOutcome? {
    let acts = answers.map(\.act) + [act]
    if acts.contains(where: \.proceeds) && acts.contains(where: { !$0.proceeds }) { return .contested }
    switch act {
    case .determine(.halt, _): return .rejected
    case .determine(.modify, _): return .modified
    case .determine(.proceed, _), .acknowledge: return acts.count >= opening.people ? .affirmed : nil
    }
  }

  /// The entry by which a person answers. `caseHash`, where it is given, must be that of the case under review.
  package func answer(
    _ act: ReviewAct, by reviewer: String, at now: Timestamp, caseHash: Digest? = nil
  ) throws(ReviewRefusal) -> EntryDraft {
    if let outcome { throw .closed(outcome) }
    if now >= opening.expires { throw .expired(at: opening.expires) }
    if let caseHash, caseHash != self.caseHash { throw .otherCase }
    if Review.isSame(reviewer, opening.actor) || Review.isSame(reviewer, poster) { throw .ownCase }
    if answers.contains(where: { Review.isSame($0.by, reviewer) }) { throw .samePerson }
    if tier == .determination, case .acknowledge = act { throw .needsDetermination }
    if let fault = Statement.fault(in: act.text) {
      var errors = FieldErrors()
      if case .acknowledge = act { errors.add("/statement", fault) } else { errors.add("/rationale", fault) }
      throw .invalid(errors)
    }
    return draft(by: reviewer, event: ReviewEvent(review: id, act: act, outcome: outcome(adding: act)))
  }

  /// The entry by which a review that ran out is closed; nil while it has time or where it is closed.
  package func expiry(at now: Timestamp) -> EntryDraft? {
    guard isPending, now >= opening.expires else { return nil }
    return draft(by: Review.clockwork, event: ReviewEvent(review: id, act: nil, outcome: .expired))
  }

  /// Who closes reviews that ran out.
  static let clockwork = "witan"

  /// The id of the entry that the next answer takes.
  var nextEntry: String { "\(id)/\(answers.count + 1)" }

  /// Each answer takes the next place; of two at the same time only one is first in the ledger.
  private func draft(by actor: String, event: ReviewEvent) -> EntryDraft {
    EntryDraft(
      type: EntryType.review, id: nextEntry, actor: actor,
      body: event.body(caseHash: caseHash, deliberation: deliberation, verdict: verdict))
  }

  /// Two spellings of one name are one person: case and surrounding space do not count.
  static func isSame(_ one: String, _ other: String) -> Bool {
    func plain(_ name: String) -> String {
      var name = name.lowercased()[...]
      while name.first?.isWhitespace == true { name.removeFirst() }
      while name.last?.isWhitespace == true { name.removeLast() }
      return String(name)
    }
    return plain(one) == plain(other)
  }

  /// Takes an answer that stands in the ledger into account.
  mutating func apply(_ event: ReviewEvent, by actor: String, at time: Timestamp) {
    guard isPending else { return }
    if let act = event.act { answers.append(Answer(by: actor, act: act, time: time)) }
    outcome = event.outcome
  }
}
