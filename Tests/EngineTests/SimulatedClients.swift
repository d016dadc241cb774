// What clients ask of a simulated service, each held against the promises that concern it.
import CFaultyDisk
import JSON
import Ledger

@testable import Engine

extension SimulatedService {
  /// One of the requests that services get, of whatever kind.
  func askSomething(_ random: inout Randomness) {
    switch random.below(20) {
    case 0: askForTime()
    case 1, 2: askForWeights(random.pick([0.1, 1, 10]), rollsBack: random.chance(0.3))
    case 3, 4: askForPrecedent(random.next())
    case 5...9: askForReview(random.next())
    case 10, 11: askForBatch((0..<(1 + random.below(6))).map { _ in ToyCase.generate(&random) })
    default:
      var options = DeliberationOptions()
      if random.chance(0.2) { options.caching = .bypass }
      if random.chance(0.1) { options.critics = ["risk"] }
      let matter = random.chance(0.5) ? Case(action: "wipe") : ToyCase.generate(&random).matter
      let name = random.chance(0.1) ? "dlb_same\(random.below(3))" : nil
      askForDecision(
        matter, options, by: random.pick(["svc", "ada"]), name: name,
        patience: random.chance(0.15) ? .microseconds(random.below(6000)) : nil)
    }
  }

  func askForDecision(
    _ matter: Case, _ options: DeliberationOptions, by caller: String, name: String? = nil, patience: Duration? = nil
  ) {
    ask(hangingUpAfter: patience) { service, isHeard in
      let least = service.acknowledged.weights.map(\.version).max() ?? 1
      do {
        let answer = try await service.proceedings.deliberate(
          DeliberationRequest(matter: matter, options: options), by: caller, trace: nil, id: name)
        guard isHeard() else { return }
        service.take(answer)
        if answer.decided.governed.version < least { service.complain("weights are older than the last change") }
        if options.critics != nil && answer.permit != nil { service.complain("a permit without the whole council") }
      } catch DeliberationRefusal.notRecorded {
        // No verdict left; the entry may be on disk all the same, if the disk did not say.
      } catch DeliberationRefusal.cancelled where patience != nil {
      } catch DeliberationRefusal.identifierTaken where name != nil {
        // Somebody else was first under that name.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  private func askForBatch(_ cases: [ToyCase]) {
    ask { service, isHeard in
      let results = await service.proceedings.deliberateAll(
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

  private func take(_ answer: Answered) {
    var core = JSONWriter()
    answer.decided.answer.writeCore(to: &core)
    guard let receipt = answer.receipt else { return complain("an answer without an entry") }
    acknowledge {
      if $0.receipts.contains(where: { $0.index == receipt.index }) { complain("one entry for two answers") }
      $0.receipts.append(receipt)
      $0.decisions.append((answer.id, receipt.index, core.array))
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
    ask { service, isHeard in
      var random = Randomness(seed: seed)
      guard let review = service.proceedings.pendingReviews().randomElement(using: &random) else { return }
      let act: ReviewAct = random.pick([
        .acknowledge(statement: "I own it."), .determine(.proceed, rationale: "I looked."),
        .determine(.halt, rationale: "No."), .determine(.modify, rationale: "Change it."),
      ])
      let reviewer = random.pick(["svc", "ada", "bob", "eve"])
      let now = service.wall
      do {
        let result = try await service.proceedings.answerReview(review.id, act, by: reviewer)
        guard isHeard() else { return }
        service.acknowledge { $0.reviews.append(result.review) }
        if now >= review.opening.expires { service.complain("an answer after the end") }
        if reviewer == review.opening.actor { service.complain("the actor's own answer") }
        if result.review.caseHash != review.caseHash { service.complain("a review of another case") }
        guard let permit = result.permit else { return }
        service.acknowledge { $0.permits.append(permit) }
        let people = result.review.answers.map(\.by)
        if !permit.contains(#""opened_by":[\#(people.map { "\"\($0)\"" }.joined(separator: ","))]"#) {
          service.complain("a permit without the humans' names")
        }
        if Set(people).count < review.opening.people { service.complain("fewer people than must be") }
        if case .determine(let determination, _) = act, determination != .proceed {
          service.complain("a permit after a halt")
        }
        if review.tier == .determination, case .acknowledge = act {
          service.complain("an acknowledgment opened tier 3")
        }
      } catch GovernanceRefusal.review, GovernanceRefusal.notRecorded {
        // Refused, or not on record: nothing was opened.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  private func askForWeights(_ risk: Double, rollsBack: Bool) {
    ask { service, isHeard in
      let version = service.proceedings.weightsHistory.current.version
      do {
        let weights =
          rollsBack
          ? try await service.proceedings.rollbackWeights(to: 1, expecting: version, reason: "back", by: "admin")
          : try await service.proceedings.changeWeights(
            ["risk": risk], expecting: version, reason: "trial", by: "admin")
        guard isHeard() else { return }
        service.acknowledge { $0.weights.append(weights) }
        if service.proceedings.sitting.weights.version < weights.version {
          service.complain("new weights are not in force")
        }
      } catch GovernanceRefusal.notRecorded, GovernanceRefusal.weights {
        // Not in force, or overtaken.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  private func askForPrecedent(_ seed: UInt64) {
    ask { service, isHeard in
      var random = Randomness(seed: seed)
      let known = service.proceedings.precedents.precedents.values.sorted { $0.id < $1.id }
      guard let precedent = known.randomElement(using: &random) else { return }
      do {
        guard let review = try? service.proceedings.review(precedent.review),
          case .present(let payload)? = try? service.ledger?.payload(at: review.index)
        else { return }
        let record = try JSONReader.decode(DecisionRecord.self, from: payload)
        let reason = "reason \(seed)"
        switch random.below(3) {
        case 0: _ = try await service.proceedings.quarantinePrecedent(precedent.id, reason: reason, by: "admin")
        case 1: _ = try await service.proceedings.renewPrecedent(precedent.id, reason: reason, by: "admin")
        default:
          _ = try await service.proceedings.promotePrecedent(precedent.id, record: record, reason: reason, by: "admin")
        }
        guard isHeard() else { return }
        service.acknowledge { $0.precedents.append((precedent.id, reason)) }
      } catch GovernanceRefusal.precedent, GovernanceRefusal.notRecorded {
        // It was in another state, or is not known to be on record.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  private func askForTime() {
    ask { service, _ in _ = try? await service.proceedings.keepTime() }
  }
}
