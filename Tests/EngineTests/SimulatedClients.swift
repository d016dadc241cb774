// What clients ask of a simulated service, each held against the promises that concern it.
import Chamber
import JSON
import Ledger
import Resilience
import Tokens

@testable import Engine

extension SimulatedService {
  /// One of the requests that services get, of whatever kind.
  func askSomething(_ random: inout Randomness) {
    switch random.below(32) {
    case 0: askForTime()
    case 1: askForWeights(random.pick([0.1, 1, 10]), rollsBack: random.chance(0.3))
    case 2: askForConstitution(random.next())
    case 3: askForPreview(random.next())
    case 4: askForRevocation(random.below(8))
    case 5, 6: askForErasure(random.next())
    case 7, 8: askForUse(random.next())
    case 9: askForJob(random.next())
    case 10, 21: askForJobChange(random.next())
    case 11, 12: askAgain(random.below(3), by: random.pick(["svc", "ada"]))
    case 13, 14, 22: askForPrecedent(random.next())
    case 15...19: askForReview(random.next())
    case 20: askForBatch((0..<(1 + random.below(6))).map { _ in ToyCase.generate(&random) })
    default: askForDecision(&random)
    }
  }

  func askForDecision(_ random: inout Randomness) {
    var options = DeliberationOptions()
    if random.chance(0.2) { options.caching = .bypass }
    if random.chance(0.1) { options.critics = ["risk"] }
    let matter = random.chance(0.5) ? Case(action: "wipe") : ToyCase.generate(&random).matter
    let name = random.chance(0.1) ? "dlb_same\(random.below(3))" : nil
    askForDecision(
      matter, options, by: random.pick(["svc", "ada"]), name: name,
      patience: random.chance(0.15) ? .microseconds(random.below(6000)) : nil,
      haste: random.chance(0.3) ? .microseconds(random.below(25_000)) : nil)
  }

  func askForDecision(
    _ matter: Case, _ options: DeliberationOptions, by caller: String, name: String? = nil, patience: Duration? = nil,
    haste: Duration? = nil
  ) {
    ask(hangingUpAfter: patience) { service, chamber, isHeard in
      let least = service.acknowledged.weights.map(\.version).max() ?? 1
      let newest = service.acknowledged.constitutions.map(\.sequence).max() ?? 1
      do {
        let deadline = haste.map { Deadline(service.time + $0) }
        let answer = try await Deadline.$current.withValue(deadline) {
          try await chamber.proceedings.deliberate(
            DeliberationRequest(matter: matter, options: options), by: caller, trace: nil, id: name)
        }
        guard isHeard() else { return }
        service.take(answer)
        if answer.decided.isHurried { service.judge(hurried: answer, haste) }
        if answer.decided.governed.version < least { service.complain("weights are older than the last change") }
        let named = answer.decided.decision.constitution.version
        if !chamber.constitutionHistory.versions.contains(where: { $0.sequence >= newest && $0.version == named }) {
          service.complain("the constitution is older than the last change")
        }
        if options.critics != nil && answer.permit != nil { service.complain("a permit without the whole council") }
      } catch DeliberationRefusal.notRecorded {
        // No verdict left; the entry may be on disk all the same, if the disk did not say.
      } catch DeliberationRefusal.cancelled where patience != nil {
      } catch DeliberationRefusal.identifierTaken where name != nil {
        // Somebody else was first under that name.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  /// A decision for which a critic had less time than its seat gives it is one for nobody but whoever had no more.
  private func judge(hurried answer: Answered, _ haste: Duration?) {
    acknowledge { $0.hurried += 1 }
    if haste == nil { complain("a critic was hurried for nobody") }
    if answer.cache == .hit || answer.cache == .shared { complain("a hurried decision was used again") }
    if answer.permit != nil || answer.review != nil || answer.decided.decision.gate.open {
      complain("haste opened something")
    }
  }

  private func askForBatch(_ cases: [ToyCase]) {
    ask { service, chamber, isHeard in
      let results = await chamber.proceedings.deliberateAll(
        cases.map { DeliberationRequest(matter: $0.matter) }, by: "svc", trace: nil)
      guard isHeard() else { return }
      for (toy, result) in zip(cases, results) {
        switch result {
        case .success(let answer):
          service.take(answer)
          if answer.decided.decision.matter.hash != toy.matter.hash { service.complain("another case's answer") }
        case .failure(.notRecorded): break
        case .failure(let error): service.complain("\(error)")
        }
      }
    }
  }

  /// What a client keeps of an answer.
  func decided(_ answer: Answered) -> Decided? {
    var core = JSONWriter()
    answer.decided.answer.writeCore(to: &core)
    return answer.receipt.map { Decided(id: answer.id, receipt: $0, core: core.array, permit: answer.permit) }
  }

  func take(_ answer: Answered) {
    guard let decided = decided(answer) else { return complain("an answer without an entry") }
    acknowledge {
      if $0.receipts.contains(where: { $0.index == decided.index }) { complain("one entry for two answers") }
      $0.receipts.append(decided.receipt)
      $0.decisions.append(decided)
      if let permit = answer.permit { $0.permits.append(permit) }
    }
    let decision = answer.decided.decision
    if answer.permit != nil && !decision.gate.open { complain("a permit past a closed gate") }
    for opinion in decision.opinions.bySeat where opinion.abstention?.isFailure == true {
      if !decision.wouldHelp.contains(where: { $0.contains(opinion.critic) }) { complain("a silent failure") }
      if opinion.critic == "rights" && decision.verdict < .escalate { complain("a required critic was missed") }
      if case .malformed = opinion.abstention, decision.verdict < .escalate { complain("a lie went through") }
    }
    if decision.opinions.bySeat.allSatisfy({ $0.abstention != nil }) && decision.gate.open {
      complain("all failed, and open")
    }
  }

  private func askForReview(_ seed: UInt64) {
    ask { service, chamber, isHeard in
      var random = Randomness(seed: seed)
      guard let review = chamber.pendingReviews(tier: nil).randomElement(using: &random) else { return }
      let act: ReviewAct = random.pick([
        .acknowledge(statement: "I own it."), .determine(.proceed, rationale: "I looked."),
        .determine(.halt, rationale: "No."), .determine(.modify, rationale: "Change it."),
      ])
      let reviewer = random.pick(["svc", "ada", "bob", "eve"])
      let now = service.wall
      let isErased = service.acknowledged.erasures[review.index] != nil
      do {
        let result = try await chamber.answer(act, to: review.id, caseHash: nil, by: reviewer)
        guard isHeard() else { return }
        service.acknowledge { $0.reviews.append(result.review) }
        if now >= review.opening.expires { service.complain("an answer after the end") }
        if reviewer == review.opening.actor { service.complain("the actor's own answer") }
        if reviewer == review.poster { service.complain("the poster's own answer") }
        if result.review.caseHash != review.caseHash { service.complain("a review of another case") }
        guard let permit = result.permit else { return }
        service.acknowledge { $0.permits.append(permit) }
        let people = result.review.answers.map(\.by)
        let claims = try? JSONValue(parsing: JWS(Array(permit.utf8)).payload)
        if claims?["opened_by"]?.array?.map(\.string) != people {
          service.complain("a permit without the humans' names")
        }
        if isErased { service.complain("a permit for a case that was erased") }
        if Set(people).count < review.opening.people { service.complain("fewer people than must be") }
        if case .determine(let determination, _) = act, determination != .proceed {
          service.complain("a permit after a halt")
        }
        if review.tier == .determination, case .acknowledge = act {
          service.complain("an acknowledgment opened tier 3")
        }
      } catch is ReviewRefusal, is LedgerError {
        // Refused, or not on record: nothing was opened.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  private func askForPrecedent(_ seed: UInt64) {
    ask { service, chamber, isHeard in
      var random = Randomness(seed: seed)
      let known = chamber.precedents.precedents.values.sorted { $0.id < $1.id }
      guard let precedent = known.randomElement(using: &random) else { return }
      let reason = "reason \(seed)"
      do {
        switch random.below(4) {
        case 0: _ = try await chamber.quarantinePrecedent(precedent.id, reason: reason, by: "admin")
        case 1: _ = try await chamber.renewPrecedent(precedent.id, reason: reason, by: "admin")
        default: _ = try await chamber.promotePrecedent(precedent.id, reason: reason, by: "admin")
        }
        guard isHeard() else { return }
        service.acknowledge { $0.precedents.append((precedent.id, reason)) }
      } catch is PrecedentRefusal, is LedgerError, ChamberError.erased {
        // It was in another state, or is not known to be on record.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  private func askForTime() {
    ask { service, chamber, isHeard in
      do {
        try await chamber.closeExpiredReviews()
      } catch is LedgerError {
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  /// The same request under the same key: of all answers within a day there is one.
  private func askAgain(_ number: Int, by caller: String) {
    ask { service, chamber, isHeard in
      let name = "\(caller) \(number)"
      let before = service.acknowledged.repeats[name]
      let began = service.wall
      do {
        let answer = try await chamber.deliberateOnce(
          DeliberationRequest(matter: Case(action: "report \(number)")), key: "key\(number)", by: caller, trace: "t")
        guard isHeard(), let decided = service.decided(answer) else { return }
        if let first = service.acknowledged.decisions.first(where: { $0.index == decided.index }) {
          // The critics of the house judge again: what they say on a whim, or lie, they may say otherwise.
          let isSound = service.weather.isClear && !String(decoding: first.core, as: UTF8.self).contains("a whim")
          if isSound && (first.core != decided.core || first.permit != decided.permit) || first.id != decided.id {
            service.complain("\(decided.id) was answered in two ways")
          }
        } else {
          service.take(answer)
          let isRecent = before.flatMap { Timestamp(text: $0.receipt.time) }.map {
            max(began, service.wall).microseconds - $0.microseconds < 50_000_000_000
          }
          if isRecent == true { service.complain("a second entry for \(name)") }
        }
        service.acknowledge { $0.repeats[name] = decided }
      } catch is LedgerError, ChamberError.erased, ChamberError.stillRunning, ChamberError.otherRequest {
        // Not known to be on record, or erased, or still at work.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }
}
