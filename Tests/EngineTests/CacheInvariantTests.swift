// The third invariant where decisions are kept: by whatever way one comes, it says the same, and nothing raised is lost.
import Crypto
import Locking
import Testing

@testable import Engine

@Suite("Invariants of what is kept")
struct CacheInvariantTests {
  @Test("3: no state of the cache changes a verdict or removes an escalation")
  func cacheStates() {
    forAll(runs: 10_000, Rivals.generate) { rivals in
      OneThread().result { await CachedCouncils(rivals).fault() } ?? "it never ends"
    }
  }
}

/// What instances find out, kept for each other.
private final class KeptFindings: OpinionCache {
  private let kept = Locked<[Digest: [UInt8]]>([:])

  nonisolated(nonsending) func findings(for key: Digest, work: Duration) async -> SharedFindings {
    kept.withLock { $0[key] }.map { .found($0) } ?? .absent(claim: nil)
  }
  nonisolated(nonsending) func findings(for keys: [Digest]) async -> [SharedFindings] {
    kept.withLock { kept in keys.map { kept[$0].map { .found($0) } ?? .absent(claim: nil) } }
  }
  nonisolated(nonsending) func keep(_ findings: [(key: Digest, findings: [UInt8])]) async {
    kept.withLock { kept in for each in findings { kept[each.key] = each.findings } }
  }
  func keep(_ findings: [UInt8], for key: Digest, _ claim: FindingsClaim?) { kept.withLock { $0[key] = findings } }
  func giveUp(_ key: Digest, _ claim: FindingsClaim?) {}
  func disown(_ key: Digest) { kept.withLock { $0[key] = nil } }
}

/// Instances of one council that share what they find out.
private struct CachedCouncils {
  let scenario: Scenario
  let weights: [String: Double]
  let shared = KeptFindings()

  init(_ rivals: Rivals) {
    scenario = rivals.scenario
    let weights = rivals.weights.filter { (0.1...10).contains($0.value) }
    self.weights = weights.isEmpty ? [scenario.constitution.critics[0].critic: 2] : weights
  }

  private func instance(_ change: (inout ProceedingsSettings) -> Void = { _ in }) -> Proceedings {
    var settings = ProceedingsSettings()
    (settings.shared, settings.cacheBytes) = (shared, 1 << 20)
    change(&settings)
    let ledger = SimulatedLedger()
    return Proceedings(
      council: Council(
        scenario.constitution, critics: scenario.answers.map { FixedCritic(name: $0.critic, opinion: $0) },
        gatherer: WordGatherer()), recorder: ledger, signer: PlainSigner(),
      surroundings: Surroundings(now: { ledger.now }, identifier: { "\($0)\(ledger.entries.count)" }),
      settings: settings)
  }

  private func request(_ caching: DeliberationOptions.Caching = .standard) -> DeliberationRequest {
    var options = DeliberationOptions()
    options.caching = caching
    return DeliberationRequest(matter: scenario.matter, options: options)
  }

  func fault() async -> String? {
    do {
      let (first, second, governed) = (instance(), instance(), instance())
      let (uncached, alone) = (instance { ($0.cacheBytes, $0.shared) = (0, nil) }, instance { $0.shared = nil })
      let miss = try await first.deliberate(request(), by: "svc", trace: nil)
      let kept = miss.decided.isSettled
      let ways: [(Answered, Answered.CacheState)] = [
        (miss, .miss), (try await first.deliberate(request(), by: "svc", trace: nil), kept ? .hit : .miss),
        (try await first.deliberate(request(.bypass), by: "svc", trace: nil), .bypass),
        (try await second.deliberate(request(), by: "svc", trace: nil), kept ? .shared : .miss),
        (try await uncached.deliberate(request(), by: "svc", trace: nil), .bypass),
      ]
      let batch = try await second.deliberateAll(
        [request(), request(.bypass)], by: "svc", trace: nil, ids: ["dlb_a", "dlb_b"]
      ).map { try $0.get() }
      for (answer, state) in ways + [(batch[0], kept ? .hit : .miss), (batch[1], .bypass)] {
        if answer.cache != state { return "\(answer.cache) where \(state) was due" }
        if answer.decided.answer.bytes != miss.decided.answer.bytes { return "\(state) says something else" }
        if let fault = lost(answer) { return "\(state): \(fault)" }
      }
      for each in [governed, alone] {
        _ = try await each.changeWeights(weights, expecting: 1, reason: "others", by: "admin")
      }
      let found = try await governed.deliberate(request(), by: "svc", trace: nil)
      let own = try await alone.deliberate(request(), by: "svc", trace: nil)
      if found.cache != (kept ? .shared : .miss) { return "\(found.cache) under other weights" }
      if found.decided.answer.bytes != own.decided.answer.bytes { return "what others found is weighed otherwise" }
      return lost(found)
    } catch { return "\(error)" }
  }

  /// An escalation that is gone, or a gate or permit that is open in spite of one.
  private func lost(_ answer: Answered) -> String? {
    let decision = answer.decided.decision
    for raised in scenario.answers.flatMap(\.escalations) {
      let isKept = decision.ruling.escalations.contains {
        $0.critic == raised.critic && $0.clause == raised.clause && $0.tier >= raised.tier
      }
      if !isKept { return "lost: \(raised)" }
      if decision.gate.open || answer.permit != nil { return "it is open before \(raised)" }
      if raised.tier == .determination && decision.verdict < .escalate { return "\(decision.verdict) before \(raised)" }
    }
    return nil
  }
}
