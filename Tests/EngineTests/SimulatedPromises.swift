// What the clients of a simulated service have been told, and what must be so for ever after: looked at after every end of
// the service, and more closely at the end of all.
import Chamber
import Crypto
import JSON
import Ledger
import TransparencyLog

@testable import Engine

extension SimulatedService {
  /// What clients have been told: it must be so for ever.
  struct Acknowledged {
    var receipts: [Receipt] = []
    var decisions: [Decided] = []
    var permits: [String] = []
    /// Reviews to which somebody was told the outcome.
    var reviews: [Review] = []
    var weights: [Weights] = []
    var constitutions: [ConstitutionVersion] = []
    var precedents: [(id: String, reason: String)] = []
    /// The payloads that were erased, each with those that held the same.
    var erasures: [UInt64: [UInt64]] = [:]
    /// Who used a permit, by its id.
    var uses: [String: String] = [:]
    var revocations: [Revocation] = []
    /// Answers under a key, by whoever gave it and the key.
    var repeats: [String: Decided] = [:]
    var jobs: [SimulatedJob] = []
    /// Jobs that somebody was told are cancelled.
    var cancelled: Set<String> = []
    /// Decisions for which a critic had too little time because whoever asked had no more.
    var hurried = 0

    /// How often clients were told of what.
    var kinds: [String: Int] {
      [
        "decisions": decisions.count, "permits": permits.count, "closed reviews": reviews.count { $0.outcome != nil },
        "weights": weights.count, "constitutions": constitutions.count, "precedents": precedents.count,
        "erasures": erasures.count, "copies erased": erasures.values.count { !$0.isEmpty }, "uses": uses.count,
        "revocations": revocations.count, "repeats": repeats.count, "jobs": jobs.count { !$0.known.isEmpty },
        "cancelled jobs": cancelled.count, "hurried decisions": hurried,
      ]
    }
  }

  struct Decided {
    let id: String
    let receipt: Receipt
    let core: [UInt8]
    let permit: String?

    var index: UInt64 { receipt.index }
  }

  /// Whether everything that clients were told is on record and true.
  func recall() throws {
    guard let ledger, let chamber else { return }
    let entries = try entries(of: ledger)
    try recallReceipts(ledger)
    recallReviews(chamber, entries)
    try recallGovernance(chamber, entries)
    try recallErasures(chamber, ledger, entries)
    recallJobs(chamber, entries)
    for (permit, user) in acknowledged.uses
    where !entries.contains(where: { $0.type == EntryType.permit && $0.id == "permit/\(permit)" && $0.actor == user }) {
      complain("the use of \(permit) was lost")
    }
  }

  private func recallReceipts(_ ledger: Ledger) throws {
    for receipt in acknowledged.receipts {
      guard receipt.index < ledger.size,
        try MerkleHash.leaf(ledger.entry(at: receipt.index).bytes) == receipt.leafHash
      else { return complain("entry \(receipt.index) was acknowledged and is not in the log") }
    }
  }

  private func recallReviews(_ chamber: Chamber, _ entries: [LoggedEntry]) {
    for review in acknowledged.reviews {
      for place in review.answers.indices where !entries.contains(where: { $0.id == "\(review.id)/\(place + 1)" }) {
        return complain("an answer to \(review.id) is not in the log")
      }
      guard let known = try? chamber.review(review.id) else { return complain("\(review.id) was lost") }
      guard known.answers.starts(with: review.answers), review.outcome == nil || review.outcome == known.outcome
      else { return complain("an answer to \(review.id) was lost: \(review.answers) is now \(known.answers)") }
    }
  }

  private func recallGovernance(_ chamber: Chamber, _ entries: [LoggedEntry]) throws {
    for weights in acknowledged.weights where chamber.weightsHistory.version(weights.version) != weights {
      complain("version \(weights.version) of the weights was lost")
    }
    let constitutions = chamber.constitutionHistory
    for version in acknowledged.constitutions where !constitutions.versions.contains(version) {
      complain("constitution \(version.sequence) was lost")
    }
    if chamber.inForce.constitution.version != constitutions.current?.version {
      complain("another constitution is in force than the log names last")
    }
    try recallFollowing(chamber)
    let changes = entries.filter { $0.type == EntryType.precedent }
    for (id, reason) in acknowledged.precedents {
      let isKnown = changes.contains {
        $0.id.hasPrefix("\(id)/") && String(decoding: $0.body, as: UTF8.self).contains("\"\(reason)\"")
      }
      if !isKnown { complain("a change of precedent \(id) was lost") }
    }
    for revocation in acknowledged.revocations {
      if chamber.revocations.revocation(revocation.id) != revocation { complain("\(revocation.id) was lost") }
      if !revoked.contains(revocation.id) { complain("\(revocation.id) is not obeyed after a restart") }
    }
  }

  /// Where the constitution before had the say over a critic's weight, the one in force has it now.
  private func recallFollowing(_ chamber: Chamber) throws {
    let versions = chamber.constitutionHistory.versions
    guard let current = versions.last, let last = versions.dropLast().last else { return }
    let history = chamber.weightsHistory.versions
    let later = history.filter { $0.index > current.index }
    if later.contains(where: { $0.reason.hasPrefix("They follow") }) { return }
    let before = try constitution(last.version)
    let then = history.last { $0.index < current.index }?.weights ?? chamber.weightsHistory.initial
    for critic in then.following(chamber.inForce.constitution, after: before).keys
    where chamber.inForce.weights.values[critic] == then.values[critic] {
      complain("the weight of \(critic) does not follow constitution \(current.sequence)")
    }
  }

  private func recallErasures(_ chamber: Chamber, _ ledger: Ledger, _ entries: [LoggedEntry]) throws {
    var erased: Set<UInt64> = []
    for entry in entries where entry.type == LedgerEntryType.erasure {
      erased.formUnion(try JSONReader.decode(ErasedPayloads.self, from: entry.body).indexes)
    }
    for (index, copies) in acknowledged.erasures {
      if !erased.isSuperset(of: [index] + copies) { complain("the erasure of \(index) was lost") }
      // Whoever holds a proof of what was erased can still show it.
      let bundle = try ledger.proofBundle(index: index)
      _ = try bundle.verify(
        entry: ledger.entry(at: index).bytes, origin: ledger.origin, verifiers: [ledger.verifier])
    }
    for entry in entries {
      let payload = try ledger.payload(at: entry.index)
      if erased.contains(entry.index), payload != .erased { complain("payload \(entry.index) came back") }
      if !erased.contains(entry.index), payload == .erased { complain("payload \(entry.index) is gone") }
    }
    for precedent in chamber.precedents.precedents.values {
      guard let record = try? chamber.review(precedent.review).index, erased.contains(record) else { continue }
      if precedent.state != .erased || precedent.matter != nil { complain("\(precedent.id) outlived its case") }
      let copies = entries.filter { $0.type == EntryType.precedent && $0.id.hasPrefix("\(precedent.id)/") }
      if copies.contains(where: { $0.payload != nil }) { complain("a copy of what \(precedent.id) came of is left") }
    }
  }

  func constitution(_ version: String) throws -> Constitution {
    for number in Edition.numbers {
      let constitution = Edition(number: number, people: edition.people).constitution
      if constitution.version == version { return constitution }
    }
    throw LedgerError.inconsistent("no edition is \(version)")
  }

  /// At the end: every answer decides to the same bytes again, and two services make the same of one log.
  func audit() throws {
    guard let ledger, let chamber else { return }
    weather.clear()
    for decided in acknowledged.decisions {
      guard case .present(let payload) = try ledger.payload(at: decided.index) else { continue }
      let record = try JSONReader.decode(DecisionRecord.self, from: payload)
      if record.answer != decided.core { return complain("the record of \(decided.id) differs from its answer") }
      // A critic that judged on a whim judges otherwise today; all else must come out the same.
      let isWhim = String(decoding: decided.core, as: UTF8.self).contains("a whim")
      let council = try council(Array(constitution(record.constitution).document.utf8))
      let replay = council.replay(record)
      if !replay.matches && !isWhim {
        return complain("\(decided.id) is decided otherwise today: \(replay.differences)")
      }
    }
    for entry in try entries(of: ledger) where entry.type == EntryType.deliberation {
      guard let payload = entry.payload else { continue }
      let record = try JSONReader.decode(DecisionRecord.self, from: payload)
      if record.recorded.contains(where: { $0.abstention == .cancelled }) {
        complain("\(entry.id) was decided without a critic who was still being asked")
      }
    }
    if Set(acknowledged.permits).count != acknowledged.permits.count { complain("a permit was given twice") }
    let versions = acknowledged.weights.map(\.version)
    if Set(versions).count != versions.count { complain("a version of the weights was given twice") }
    try auditReading(chamber, ledger)
  }

  private func auditReading(_ chamber: Chamber, _ ledger: Ledger) throws {
    let (proceedings, again) = (chamber.proceedings, try read(ledger))
    if again.reviews.count < proceedings.reviews.count { complain("a review was lost") }
    for (id, review) in proceedings.reviews where again.reviews[id] != review && review.outcome != nil {
      complain("a review is told otherwise after a restart: \(id)")
    }
    if proceedings.sitting.state != again.sitting.state { complain("a restarted service reads the log differently") }
    if proceedings.precedents.precedents != again.precedents.precedents {
      complain("precedents differ after a restart")
    }
  }
}
