// From a request to a recorded answer: nothing without the ledger, no permit past a closed gate, one decision for many.
import Crypto
import JSON
import Ledger
import Locking
import Resilience
import Testing
import Tokens

@testable import Engine

@Suite("The proceedings")
struct ProceedingsTests {
  private func request(_ text: String, _ change: (inout DeliberationOptions) -> Void = { _ in }) throws
    -> DeliberationRequest
  {
    var options = DeliberationOptions()
    change(&options)
    return DeliberationRequest(matter: try Toy.matter(text), options: options)
  }

  private func json(_ answered: Answered) throws -> JSONValue { try JSONValue(parsing: answered.jsonBytes) }

  @Test("an allowed case is on record and has a permit that says so")
  func allowed() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger, signer: PlainSigner())
    let answered = try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: "t1")
    let answer = try json(answered)
    #expect(answer["verdict"]?.string == "allow")
    #expect(answer["gate"]?["review"] == .null)
    #expect(answer["receipt"]?["index"]?.integer == 0)
    #expect(answer["cache"]?.string == "miss")
    #expect(answer["trace_id"]?.string == "t1")
    let claims = try JSONValue(parsing: try #require(answer["permit"]?.string))
    #expect(claims["case_hash"]?.string == answered.decided.decision.matter.hash.hex)
    #expect(claims["verdict"]?.string == "allow")
    #expect(claims["ledger_index"]?.integer == 0)
    #expect(claims["opened_by"] == nil)
    #expect((claims["exp"]?.integer ?? 0) - (claims["iat"]?.integer ?? 0) == 300)
    let entry = try #require(ledger.entries.first)
    #expect(entry.type == "deliberation" && entry.actor == "svc" && entry.id == answered.id)
    #expect(try JSONCanonical.bytes(of: JSONValue(parsing: entry.body)) == entry.body)
    #expect(try ledger.record(of: answered.id).matter.hash == answered.decided.decision.matter.hash)
  }

  @Test("6: without the ledger there is no verdict and no permit", arguments: [LedgerError.diskFull, .outcomeUnknown])
  func notRecorded(_ error: LedgerError) async throws {
    let proceedings = Proceedings.simulated(SimulatedLedger { _ in .refused(error) }, signer: PlainSigner())
    await #expect(throws: DeliberationRefusal.notRecorded(error)) {
      try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: nil)
    }
  }

  @Test("7: a closed gate gives no permit until a human opens it, and then the permit names the human")
  func review() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger, signer: PlainSigner())
    let answered = try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil)
    #expect(answered.permit == nil)
    let id = try #require(answered.review?.id)
    #expect(try json(answered)["gate"]?["review"]?.string == "/v1/reviews/\(id)")
    #expect(proceedings.pendingReviews().map(\.id) == [id])

    let result = try await proceedings.answerReview(id, .determine(.proceed, rationale: "I looked at it."), by: "ada")
    #expect(result.review.outcome == .affirmed)
    let claims = try JSONValue(parsing: try #require(result.permit))
    #expect(claims["opened_by"] == ["ada"])
    #expect(claims["review"]?.string == id)
    #expect(claims["verdict"]?.string == "escalate")
    #expect(claims["ledger_index"]?.integer == 0)
    #expect(proceedings.pendingReviews().isEmpty)
  }

  @Test("a permit is a JWS that the public key verifies")
  func signature() async throws {
    let key = try SigningKey(PrivateKey.ed25519(Ed25519.PrivateKey()))
    let proceedings = Proceedings.simulated(SimulatedLedger(), signer: key)
    let answered = try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: nil)
    let permit = try #require(answered.permit)
    let parts = permit.split(separator: ".").map { Base64URL.decode(String($0)) ?? [] }
    #expect(try JSONValue(parsing: parts[0])["typ"]?.string == "witan-permit+jwt")
    #expect(try JSONValue(parsing: parts[0])["alg"]?.string == "EdDSA")
    let jws = try JWS(Array(permit.utf8))
    #expect(try JSONValue(parsing: jws.payload)["jti"]?.string?.hasPrefix("prm_") == true)
  }

  @Test(
    "only the right act, by another person, in time, once, opens a gate",
    arguments: [
      ("bot", ReviewAct.determine(.proceed, rationale: "mine"), ReviewRefusal.ownCase),
      (" BOT ", .determine(.proceed, rationale: "mine"), .ownCase),
      ("svc", .determine(.proceed, rationale: "posted for the bot"), .ownCase),
      ("Svc", .determine(.halt, rationale: "posted for the bot"), .ownCase),
      ("ada", .acknowledge(statement: "seen"), .needsDetermination),
    ])
  func refusals(_ reviewer: String, _ act: ReviewAct, _ refusal: ReviewRefusal) async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    let text = #"{"action": "refuse", "actor": "bot", "context": {"impact": "high", "contestable": false}}"#
    let answered = try await proceedings.deliberate(try request(text), by: "svc", trace: nil)
    let id = try #require(answered.review?.id)
    await #expect(throws: GovernanceRefusal.review(refusal)) {
      try await proceedings.answerReview(id, act, by: reviewer)
    }
    #expect(ledger.entries.count == 1)
    #expect(try proceedings.review(id).isPending)
  }

  @Test(
    "whoever hangs up gets no decision without the critic who was still being asked, nor does whoever waits with them, and the hearing goes on for those",
    arguments: [DeliberationOptions.Caching.standard, .bypass])
  func hangingUp(_ caching: DeliberationOptions.Caching) async throws {
    var constitution = Toy.constitution
    var charter = Charter(critic: "slow", principle: .truth)
    charter.deadlineMilliseconds = 3_600_000
    constitution.critics.append(charter)
    let slow = PatientWitness()
    let council = Council(constitution, critics: Toy.critics, outside: [slow], gatherer: WordGatherer())
    let ledger = SimulatedLedger()
    let proceedings = Proceedings(council: council, recorder: ledger, signer: PlainSigner())
    let asked = try request(Toy.harmless) { $0.caching = caching }
    let impatient = Task { try await proceedings.deliberate(asked, by: "svc", trace: nil) }
    while slow.calls < 1 { await Task.yield() }
    let patient = Task { try await proceedings.deliberate(asked, by: "other", trace: nil) }
    if caching == .bypass {
      while slow.calls < 2 { await Task.yield() }
    } else {
      try await Task.sleep(for: .milliseconds(20))
      #expect(slow.calls == 1)
    }
    impatient.cancel()
    if caching == .bypass {
      await #expect(throws: DeliberationRefusal.cancelled) { try await impatient.value }
    } else {
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(ledger.entries.isEmpty && slow.calls == (caching == .bypass ? 2 : 1))
    slow.answer()
    let answer = try await patient.value
    await #expect(throws: DeliberationRefusal.cancelled) { try await impatient.value }
    #expect(answer.decided.decision.verdict == .escalate && answer.permit == nil)
    #expect(answer.decided.decision.opinions.bySeat.last?.severity == 2)
    #expect(ledger.entries.count == 1)

    // In a batch it is an error in the place of each case.
    let other = try request(Toy.destructive) { $0.caching = caching }
    let calls = slow.calls
    let batch = Task { await proceedings.deliberateAll([other], by: "svc", trace: nil) }
    while slow.calls == calls { await Task.yield() }
    batch.cancel()
    let results = await batch.value
    #expect(throws: DeliberationRefusal.cancelled) { try results[0].get() }
    #expect(ledger.entries.count == 1)
    slow.answer()
  }

  @Test("a critic who says that it was cancelled, though nobody has gone, abstains, and that is on record")
  func saysItWasCancelled() async throws {
    var constitution = Toy.constitution
    constitution.critics.append(Charter(critic: "model", principle: .truth))
    let witness = OutsideWitness("model", .answers(.abstaining("model", .cancelled)))
    let council = Council(constitution, critics: Toy.critics, outside: [witness], gatherer: WordGatherer())
    let ledger = SimulatedLedger()
    let proceedings = Proceedings(council: council, recorder: ledger, signer: PlainSigner())
    let answer = try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: nil)
    #expect(answer.decided.decision.opinions.bySeat.last?.abstention == .cancelled && ledger.entries.count == 1)
  }

  /// Proceedings with a critic asked outside, who may take an hour.
  private func proceedings(asking slow: PatientWitness) -> Proceedings {
    var constitution = Toy.constitution
    var charter = Charter(critic: "slow", principle: .truth)
    charter.deadlineMilliseconds = 3_600_000
    constitution.critics.append(charter)
    let council = Council(constitution, critics: Toy.critics, outside: [slow], gatherer: WordGatherer())
    return Proceedings(council: council, recorder: SimulatedLedger(), signer: PlainSigner())
  }

  @Test("whoever has less time than a critic may take waits for nobody else's decision, and opens nothing by haste")
  func haste() async throws {
    let slow = PatientWitness()
    let proceedings = proceedings(asking: slow)
    for text in [Toy.harmless, Toy.unappealable] {
      let asked = try request(text)
      let calls = slow.calls
      let patient = Task { try await proceedings.deliberate(asked, by: "other", trace: nil) }
      while slow.calls == calls { await Task.yield() }
      let hasty = try await Deadline.within(.milliseconds(50)) {
        try await proceedings.deliberate(asked, by: "svc", trace: nil)
      }
      #expect(hasty.decided.isHurried && !hasty.decided.decision.gate.open)
      #expect(hasty.permit == nil && hasty.review == nil)
      slow.answer()
      let whole = try await patient.value
      #expect(!whole.decided.isHurried && whole.decided.decision.verdict == .escalate && whole.review != nil)
    }
  }

  @Test("whoever waits for the same decision with more time is not served with what another one had no time to hear")
  func unequalPatience() async throws {
    let slow = PatientWitness()
    let proceedings = proceedings(asking: slow)
    let asked = try request(Toy.harmless)
    let hasty = Task {
      try await Deadline.within(.milliseconds(200)) { try await proceedings.deliberate(asked, by: "svc", trace: nil) }
    }
    while slow.calls < 1 { await Task.yield() }
    let patient = Task { try await proceedings.deliberate(asked, by: "other", trace: nil) }
    let first = try await hasty.value
    #expect(first.decided.isHurried && first.permit == nil && first.decided.decision.verdict == .allow)
    #expect(first.degradations.map(\.part) == ["critic.slow"])
    while slow.calls < 2 { await Task.yield() }
    slow.answer()
    let second = try await patient.value
    #expect(second.decided.decision.verdict == .escalate)
    #expect(second.decided.decision.opinions.bySeat.last?.severity == 2)
  }

  @Test("the permit after a review lives as long as the constitution said under which the case was decided")
  func permitOfAReview() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger, signer: PlainSigner())
    let asked = try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil)
    let id = try #require(asked.review?.id)
    let given = try await proceedings.answerReview(id, .determine(.proceed, rationale: "heard"), by: "ada")
    let permit = try #require(given.permit)
    var other = Toy.constitution
    other.version = "sha256:other"
    other.permitSeconds = 86_400
    _ = try await proceedings.changeConstitution(
      Toy.council(other), expecting: proceedings.constitutionHistory.current?.version, reason: "r", by: "admin")
    #expect(proceedings.sitting.constitution.permitSeconds == 86_400)
    #expect(try proceedings.permit(after: try proceedings.review(id)) == permit)
    let rebuilt = Proceedings.simulated(ledger, signer: PlainSigner(), replaying: true)
    #expect(try rebuilt.permit(after: try rebuilt.review(id)) == permit)
  }

  @Test("an acknowledgment before the fact, or of another case, opens nothing")
  func strangers() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger, signer: PlainSigner())
    await #expect(throws: GovernanceRefusal.review(.noSuchReview("rev_0x2"))) {
      try await proceedings.answerReview("rev_0x2", .acknowledge(statement: "in advance"), by: "ada")
    }
    let one = try await proceedings.deliberate(try request(Toy.unconsented), by: "svc", trace: nil)
    let other = try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil)
    let id = try #require(one.review?.id)
    await #expect(throws: GovernanceRefusal.review(.otherCase)) {
      try await proceedings.answerReview(
        id, .acknowledge(statement: "seen"), by: "ada", caseHash: other.decided.decision.matter.hash)
    }
    _ = try await proceedings.answerReview(id, .acknowledge(statement: "seen"), by: "ada")
    #expect(try proceedings.review(try #require(other.review?.id)).isPending)
    // The same case once more, or changed: each needs an act of its own.
    for text in [Toy.unconsented, Toy.unconsented.replacing("enrol", with: "enrol!")] {
      let again = try await proceedings.deliberate(try request(text), by: "svc", trace: nil)
      #expect(again.permit == nil && again.review != nil && again.review?.id != id)
    }
  }

  @Test(
    "however a case is asked, from memory, anew, in a batch, dry or explained, under whatever weights, its gate stays shut",
    arguments: [Toy.unappealable, Toy.unconsented, Toy.degrading])
  func neverSkipped(_ text: String) async throws {
    let proceedings = Proceedings.simulated(SimulatedLedger(), signer: PlainSigner())
    let ways: [(inout DeliberationOptions) -> Void] = [
      { _ in }, { _ in }, { $0.caching = .bypass }, { $0.explain = true }, { $0.dryRun = true }, { $0.receipt = .none },
      { $0.critics = ["rights", "autonomy", "due_process", "risk"] },
    ]
    let verdict = try await proceedings.deliberate(try request(text), by: "svc", trace: nil).decided.decision.verdict
    for weight in [1, 0.1, 10] {
      let version = proceedings.sitting.weights.version
      _ = try await proceedings.changeWeights(
        Toy.weights.values.mapValues { _ in weight }, expecting: version, reason: "trial", by: "admin")
      let requests = try ways.map { try request(text, $0) }
      var answers = try await proceedings.deliberateAll(requests, by: "svc", trace: nil).map { try $0.get() }
      for request in requests {
        answers.append(try await proceedings.deliberate(request, by: "svc", trace: nil))
      }
      for answer in answers {
        #expect(!answer.decided.decision.gate.open && answer.permit == nil)
        #expect(answer.decided.decision.verdict == verdict)
      }
    }
  }

  @Test("a review is answered once, and what ran out is halted")
  func once() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger, signer: PlainSigner())
    let first = try await proceedings.deliberate(try request(Toy.unconsented), by: "svc", trace: nil)
    let id = try #require(first.review?.id)
    #expect(try await proceedings.answerReview(id, .acknowledge(statement: "seen"), by: "ada").permit != nil)
    await #expect(throws: GovernanceRefusal.review(.closed(.affirmed))) {
      try await proceedings.answerReview(id, .acknowledge(statement: "again"), by: "bob")
    }
    let second = try await proceedings.deliberate(try request(Toy.unconsented), by: "svc", trace: nil)
    let late = try #require(second.review)
    ledger.pass(seconds: 24 * 3600)
    await #expect(throws: GovernanceRefusal.review(.expired(at: late.expires))) {
      try await proceedings.answerReview(late.id, .acknowledge(statement: "late"), by: "ada")
    }
    #expect(try await proceedings.keepTime() == 1)
    #expect(try proceedings.review(late.id).outcome == .expired)
    #expect(try await proceedings.keepTime() == 0)
  }

  @Test("where two people are asked, two must agree, and disagreement halts")
  func twoPeople() async throws {
    var constitution = Toy.constitution
    constitution.reviews.determinationPeople = 2
    let proceedings = Proceedings.simulated(SimulatedLedger(), constitution: constitution, signer: PlainSigner())
    let proceed = ReviewAct.determine(.proceed, rationale: "fine")
    let one = try #require(
      try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil).review?.id)
    let half = try await proceedings.answerReview(one, proceed, by: "ada")
    #expect(half.permit == nil && half.review.isPending)
    await #expect(throws: GovernanceRefusal.review(.samePerson)) {
      try await proceedings.answerReview(one, proceed, by: "Ada")
    }
    let whole = try await proceedings.answerReview(one, proceed, by: "bob")
    #expect(try JSONValue(parsing: try #require(whole.permit))["opened_by"] == ["ada", "bob"])

    let two = try #require(
      try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil).review?.id)
    _ = try await proceedings.answerReview(two, proceed, by: "ada")
    let split = try await proceedings.answerReview(two, .determine(.halt, rationale: "no"), by: "bob")
    #expect(split.review.outcome == .contested && split.permit == nil)
  }

  @Test("of two people who answer at once one is told to look again, and the other counts once")
  func atOnce() async throws {
    var constitution = Toy.constitution
    constitution.reviews.determinationPeople = 3
    let proceedings = Proceedings.simulated(SimulatedLedger(), constitution: constitution, signer: PlainSigner())
    let proceed = ReviewAct.determine(.proceed, rationale: "fine")
    let id = try #require(
      try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil).review?.id)
    // Bob has looked before Ada answered.
    let draft = try proceedings.review(id).answer(proceed, by: "bob", at: proceedings.surroundings.now())
    _ = try await proceedings.answerReview(id, proceed, by: "ada")
    #expect(try await proceedings.append(draft).isFirst == false)
    #expect(try proceedings.review(id).answers.map(\.by) == ["ada"])
    #expect(try await proceedings.answerReview(id, proceed, by: "bob").permit == nil)
    #expect(try await proceedings.answerReview(id, proceed, by: "eve").permit != nil)
  }

  @Test(
    "halt and modify leave the gate shut",
    arguments: [(ReviewAct.Determination.halt, ReviewOutcome.rejected), (.modify, .modified)])
  func shut(_ determination: ReviewAct.Determination, _ outcome: ReviewOutcome) async throws {
    let proceedings = Proceedings.simulated(SimulatedLedger(), signer: PlainSigner())
    let id = try #require(
      try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil).review?.id)
    let answered = try await proceedings.answerReview(id, .determine(determination, rationale: "because"), by: "ada")
    #expect(answered.review.outcome == outcome && answered.permit == nil)
  }

  @Test(
    "a statement must say something, and not too much",
    arguments: ["", " \n", "\u{200B}\u{2060}", "…!", "🙂", String(repeating: "x", count: 4097)])
  func statements(_ text: String) async throws {
    let proceedings = Proceedings.simulated(SimulatedLedger())
    let id = try #require(
      try await proceedings.deliberate(try request(Toy.unconsented), by: "svc", trace: nil).review?.id)
    let refusal = await #expect(throws: GovernanceRefusal.self) {
      try await proceedings.answerReview(id, .acknowledge(statement: text), by: "ada")
    }
    #expect(Self.fields(of: refusal) == ["/statement"])
  }

  /// The pointers of the fields that a refusal names.
  private static func fields(of refusal: GovernanceRefusal?) -> [String] {
    switch refusal {
    case .review(.invalid(let errors)), .weights(.invalid(let errors)): errors.items.map(\.pointer.description)
    default: ["\(String(describing: refusal))"]
    }
  }

  @Test("no restart loses a review or a change: the books are rebuilt from the log")
  func restart() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    let waiting = try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil)
    let done = try await proceedings.deliberate(try request(Toy.unconsented), by: "svc", trace: nil)
    _ = try await proceedings.answerReview(try #require(done.review?.id), .acknowledge(statement: "ok"), by: "ada")
    _ = try await proceedings.changeWeights(["risk": 3], expecting: 1, reason: "more care", by: "admin")
    let again = Proceedings.simulated(ledger, replaying: true)
    #expect(again.reviews == proceedings.reviews)
    #expect(again.pendingReviews().map(\.id) == [try #require(waiting.review?.id)])
    #expect(again.weightsHistory.versions == proceedings.weightsHistory.versions)
    #expect(again.sitting.weights == proceedings.sitting.weights)
    for entry in ledger.entries { again.apply(entry) }
    #expect(again.reviews == proceedings.reviews && again.weightsHistory.versions.count == 1)
  }

  @Test("the reviewer sees the dissent first, and what the clauses ask")
  func sheet() async throws {
    let ledger = SimulatedLedger()
    var constitution = Toy.constitution
    constitution.critics[2].clauses[0].question = "Who can they turn to?"
    let proceedings = Proceedings.simulated(ledger, constitution: constitution)
    let answered = try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil)
    var writer = JSONWriter()
    try proceedings.review(try #require(answered.review?.id))
      .writeSheet(record: try ledger.record(of: answered.id), under: constitution, to: &writer)
    let sheet = try #require(try JSONValue(parsing: writer.array).object)
    #expect(sheet.members.first?.name == "dissent")
    #expect(sheet["dissent"]?[0]?["clause"]?.string == "DP1")
    #expect(sheet["questions"]?[0]?["question"]?.string == "Who can they turn to?")
    #expect(sheet["case"]?["action"]?.string == "refuse the loan")
  }

  // MARK: Weights

  @Test("weights change by compare-and-set, at once, within bounds, and roll back as a new version")
  func weights() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    #expect(
      try await proceedings.changeWeights(["risk": 2.5], expecting: 1, reason: "more care", by: "ada").version == 2)
    let answered = try await proceedings.deliberate(try request(Toy.destructive), by: "svc", trace: nil)
    #expect(try json(answered)["weights_version"]?.integer == 2)
    #expect(try json(answered)["opinions"]?[3]?["weight"]?.double == 2.5)
    await #expect(throws: GovernanceRefusal.weights(.versionConflict(current: 2))) {
      try await proceedings.changeWeights(["risk": 1], expecting: 1, reason: "late", by: "bob")
    }
    let refusal = await #expect(throws: GovernanceRefusal.self) {
      try await proceedings.changeWeights(
        ["risc": 1, "rights": 0.05, "autonomy": 11], expecting: 2, reason: " ", by: "bob")
    }
    #expect(
      Self.fields(of: refusal) == ["/weights/autonomy", "/weights/rights", "/weights/risc", "/reason"])
    #expect("\(String(describing: refusal))".contains("risk"))
    let back = try await proceedings.rollbackWeights(to: 1, expecting: 2, reason: "too careful", by: "ada")
    #expect(back.version == 3 && back.values["risk"] == 1)
    #expect(proceedings.weightsHistory.versions.last?.restores == 1)
    await #expect(throws: GovernanceRefusal.weights(.noSuchVersion(9))) {
      try await proceedings.rollbackWeights(to: 9, expecting: 3, reason: "?", by: "ada")
    }
    #expect(ledger.entries.map(\.type) == ["weights", "deliberation", "weights"])
  }

  @Test("of many who change the same version at once, one succeeds")
  func race() async throws {
    let proceedings = Proceedings.simulated(SimulatedLedger())
    let won = await withTaskGroup(of: Bool.self) { group in
      for writer in 0..<50 {
        group.addTask {
          do {
            _ = try await proceedings.changeWeights(["risk": 2], expecting: 1, reason: "race", by: "writer \(writer)")
            return true
          } catch { return false }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(won == 1)
    #expect(proceedings.weightsHistory.current.version == 2)
  }

  // MARK: Cache

  @Test("an equal case is decided once and logged each time; other weights make the old answer unreachable")
  func cache() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    let states = [
      try await proceedings.deliberate(try request(Toy.destructive), by: "svc", trace: nil),
      try await proceedings.deliberate(try request(Toy.destructive), by: "svc", trace: nil),
      try await proceedings.deliberate(try request(Toy.destructive) { $0.caching = .bypass }, by: "svc", trace: nil),
      try await proceedings.deliberate(try request(Toy.destructive) { $0.critics = ["risk"] }, by: "svc", trace: nil),
    ]
    #expect(states.map(\.cache) == [.miss, .hit, .bypass, .miss])
    #expect(states[0].decided.answer == states[1].decided.answer)
    #expect(Set(ledger.entries.map(\.id)).count == 4)
    _ = try await proceedings.changeWeights(["risk": 2], expecting: 1, reason: "more", by: "ada")
    let after = try await proceedings.deliberate(try request(Toy.destructive), by: "svc", trace: nil)
    #expect(after.cache == .miss && after.decided.governed.version == 2)
    ledger.pass(seconds: 3600)
    #expect(try await proceedings.deliberate(try request(Toy.destructive), by: "svc", trace: nil).cache == .miss)
  }

  @Test("a thousand equal requests at once are decided once and logged each")
  func thousand() async throws {
    let decisions = Counter()
    struct CountingCritic: Critic {
      let name: String
      let decisions: Counter
      func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
        decisions.next()
        return Opinion(critic: name, severity: 0, confidence: 1)
      }
    }
    let ledger = SimulatedLedger()
    let constitution = Constitution(version: "sha256:one", critics: [Charter(critic: "one", principle: .rights)])
    let proceedings = Proceedings(
      council: Council(
        constitution, critics: [CountingCritic(name: "one", decisions: decisions)], gatherer: WordGatherer()),
      recorder: ledger, signer: nil)
    let matter = try Toy.matter(Toy.harmless)
    let hits = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<1000 {
        group.addTask {
          try await proceedings.deliberate(DeliberationRequest(matter: matter), by: "svc", trace: nil).cache == .hit
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(decisions.count == 1)
    #expect(hits == 999)
    #expect(ledger.entries.count == 1000)
  }

  @Test("a thousand equal requests wait together for a critic who takes time")
  func thousandWaiting() async throws {
    var charter = Charter(critic: "slow", principle: .truth)
    charter.deadlineMilliseconds = 3_600_000
    let slow = PatientWitness()
    let ledger = SimulatedLedger()
    let proceedings = Proceedings(
      council: Council(
        Constitution(version: "sha256:slow", critics: [charter]), critics: [], outside: [slow], gatherer: WordGatherer()
      ),
      recorder: ledger, signer: nil)
    let matter = try Toy.matter(Toy.harmless)
    let begun = Counter()
    let hits = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<1000 {
        group.addTask {
          begun.next()
          return try await proceedings.deliberate(DeliberationRequest(matter: matter), by: "svc", trace: nil).cache
            == .hit
        }
      }
      while begun.count < 1000 || slow.calls < 1 { await Task.yield() }
      try await Task.sleep(for: .milliseconds(20))
      #expect(slow.calls == 1 && ledger.entries.isEmpty)
      slow.answer()
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(slow.calls == 1 && hits == 999)
    #expect(ledger.entries.count == 1000)
  }

  @Test("what failed is not kept in the cache")
  func failures() async throws {
    var constitution = Toy.constitution
    constitution.critics.append(Charter(critic: "absent", principle: .truth))
    let ledger = SimulatedLedger()
    let proceedings = Proceedings(
      council: Council(constitution, critics: Toy.critics, gatherer: WordGatherer()), recorder: ledger, signer: nil
    )
    for _ in 0..<2 {
      let answered = try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: nil)
      #expect(answered.cache == .miss)
      #expect(!answered.decided.isSettled)
      #expect(try json(answered)["abstentions"]?[0]?["code"]?.string == "failed")
    }
  }

  @Test("asking only some critics gives no permit and opens no review; unknown ones are refused")
  func someCritics() async throws {
    let proceedings = Proceedings.simulated(SimulatedLedger(), signer: PlainSigner())
    let allowed = try await proceedings.deliberate(
      try request(Toy.harmless) { $0.critics = ["risk"] }, by: "svc", trace: nil)
    #expect(allowed.permit == nil)
    let escalated = try await proceedings.deliberate(
      try request(Toy.unappealable) { $0.critics = ["due_process"] }, by: "svc", trace: nil)
    #expect(!escalated.decided.decision.gate.open && escalated.review == nil)
    let refusal = await #expect(throws: DeliberationRefusal.self) {
      try await proceedings.deliberate(try request(Toy.harmless) { $0.critics = ["rihgts"] }, by: "svc", trace: nil)
    }
    guard case .invalid(let errors) = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
    #expect(errors.items.map(\.pointer.description) == ["/options/critics/0"])
    #expect(errors.items.first?.message.contains("rights") == true)
  }

  @Test("a dry run writes nothing and gives no permit")
  func dryRun() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger, signer: PlainSigner())
    let answered = try await proceedings.deliberate(
      try request(Toy.harmless) { $0.dryRun = true }, by: "svc", trace: nil)
    #expect(answered.permit == nil && answered.receipt == nil && ledger.entries.isEmpty)
    #expect(try json(answered)["receipt"] == .null)
  }

  @Test("the same identifier is not decided twice")
  func identifiers() async throws {
    let proceedings = Proceedings.simulated(SimulatedLedger())
    let first = try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: nil, id: "dlb_same")
    let refusal = await #expect(throws: DeliberationRefusal.self) {
      try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: nil, id: "dlb_same")
    }
    guard case .identifierTaken(let receipt) = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
    #expect(receipt.index == first.receipt?.index)
  }

  // MARK: Constitution and precedents

  @Test("another constitution is in force at once, by compare-and-set on its version")
  func constitution() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    var stricter = Toy.constitution
    stricter.version = "sha256:stricter"
    stricter.formulas.constrainConcern = 1
    stricter.document = "the document"
    _ = try await proceedings.changeConstitution(
      Toy.council(), expecting: nil, reason: "beginning", by: "ada")
    _ = try await proceedings.changeConstitution(
      Toy.council(stricter), expecting: "sha256:toy", reason: "stricter", by: "ada")
    let answered = try await proceedings.deliberate(try request(Toy.destructive), by: "svc", trace: nil)
    #expect(answered.decided.decision.verdict == .allowWithConstraints)
    #expect(try json(answered)["constitution"]?.string == "sha256:stricter")
    await #expect(throws: GovernanceRefusal.constitution(.versionConflict(current: "sha256:stricter"))) {
      try await proceedings.changeConstitution(
        Toy.council(), expecting: "sha256:toy", reason: "back", by: "bob")
    }
    #expect(proceedings.constitutionHistory.versions.map(\.sequence) == [1, 2])
    #expect(ledger.entries[1].payload == Array("the document".utf8))
  }

  @Test(
    "an affirmed review becomes a candidate, a rejected one is quarantined; promoted, it is consulted until it sets")
  func precedents() async throws {
    let ledger = SimulatedLedger()
    let proceedings = Proceedings.simulated(ledger)
    let affirmed = try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil)
    let rejected = try await proceedings.deliberate(try request(Toy.degrading), by: "svc", trace: nil)
    _ = try await proceedings.answerReview(
      try #require(affirmed.review?.id), .determine(.proceed, rationale: "the law demands it"), by: "ada")
    _ = try await proceedings.answerReview(
      try #require(rejected.review?.id), .determine(.halt, rationale: "never"), by: "ada")
    let ids = [affirmed, rejected].map { PrecedentBook.id(of: $0.review?.id ?? "") }
    #expect(ids.map { proceedings.precedents.precedents[$0]?.state } == [.candidate, .quarantined])

    let before = try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil)
    #expect(before.cache == .hit && before.decided.decision.precedents.isEmpty)
    _ = try await proceedings.promotePrecedent(
      ids[0], record: try ledger.record(of: affirmed.id), reason: "settled", by: "admin")
    let after = try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil)
    #expect(after.cache == .miss)
    let consulted = try #require(after.decided.decision.precedents.first)
    #expect(consulted.id == ids[0] && consulted.similarity > 0.9 && consulted.outcome == 1)
    #expect(consulted.clauses == ["DP1"] && consulted.principles == [.dueProcess])
    let body = try JSONValue(parsing: try #require(ledger.entries.last?.body))
    #expect(body["precedents"] == [.string(ids[0])])
    let record = try ledger.record(of: after.id)
    #expect(Toy.council().replay(record).matches)
    let other = try await proceedings.deliberate(try request(Toy.harmless), by: "svc", trace: nil)
    #expect(other.decided.decision.precedents.isEmpty)

    let rebuilt = Proceedings.simulated(ledger, replaying: true)
    #expect(rebuilt.precedents.precedents == proceedings.precedents.precedents)
    #expect(rebuilt.sitting.state == proceedings.sitting.state)

    await #expect(throws: GovernanceRefusal.precedent(.wrongState(.quarantined))) {
      try await proceedings.renewPrecedent(ids[1], reason: "no", by: "admin")
    }
    ledger.pass(seconds: 200 * 86_400)
    _ = try await proceedings.renewPrecedent(ids[0], reason: "still right", by: "admin")
    ledger.pass(seconds: 200 * 86_400)
    try await proceedings.keepTime()
    #expect(proceedings.precedents.precedents[ids[0]]?.state == .active)
    ledger.pass(seconds: 165 * 86_400)
    try await proceedings.keepTime()
    #expect(proceedings.precedents.precedents[ids[0]]?.state == .sunset)
    let last = try await proceedings.deliberate(try request(Toy.unappealable), by: "svc", trace: nil)
    #expect(last.decided.decision.precedents.isEmpty)
  }
}

/// An outside critic that has much to say, once it is let, and heeds no cancellation.
private final class PatientWitness: OutsideCritic {
  let name = "slow"
  private let waiting = Locked<[CheckedContinuation<Void, Never>]>([])
  private let asked = Counter()

  var calls: Int { asked.count }

  func examine(_ examination: Examination, under charter: Charter) async throws(CriticFailure) -> Opinion {
    await withCheckedContinuation { continuation in
      waiting.withLock { $0.append(continuation) }
      asked.next()
    }
    return Opinion(
      critic: name, severity: 2, confidence: 1,
      escalations: [Escalation(critic: name, clause: "X", tier: .determination, rationale: "wait")])
  }

  func answer() {
    for continuation in waiting.withLock({ waiting in
      defer { waiting = [] }
      return waiting
    }) {
      continuation.resume()
    }
  }
}
