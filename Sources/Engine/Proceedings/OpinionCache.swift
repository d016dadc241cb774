// What the proceedings need of a cache that several instances share. Whoever has one provides it.
import Crypto
import JSON
import Resilience

/// What a shared cache says of a key.
package enum SharedFindings: Sendable {
  case found([UInt8])
  /// Nobody has them. With a claim, other instances wait for this one.
  case absent(claim: FindingsClaim?)
  /// The cache was of no use.
  case unavailable(Degradation)
}

/// That this instance finds out, and others may wait for it. To be ended by `keep` or `giveUp`.
package struct FindingsClaim: Sendable {
  package let holder: [UInt8]
  /// Holds it while this instance is at work; nil where that takes no time.
  package let renewal: Task<Void, Never>?

  package init(holder: [UInt8], renewal: Task<Void, Never>? = nil) {
    self.holder = holder
    self.renewal = renewal
  }
}

/// Findings by what they depend on. It never fails, and what it is kept in never costs more than its budget.
package protocol OpinionCache: Sendable {
  /// `work`: how long the critics outside may take where there are none; zero where none is asked. So long another instance
  /// may be waited for that asks them.
  nonisolated(nonsending) func findings(for key: Digest, work: Duration) async -> SharedFindings
  /// The same for many in one look, in the order of the keys. It claims none: nobody waits for whoever has so many to find out.
  nonisolated(nonsending) func findings(for keys: [Digest]) async -> [SharedFindings]
  /// Stores them and ends the claim; nobody waits for it.
  func keep(_ findings: [UInt8], for key: Digest, _ claim: FindingsClaim?)
  /// Stores many; returns when they are stored or lost.
  nonisolated(nonsending) func keep(_ findings: [(key: Digest, findings: [UInt8])]) async
  /// Ends a claim with nothing found that would hold.
  func giveUp(_ key: Digest, _ claim: FindingsClaim?)
  /// What was found is not of this council, or cannot be read.
  func disown(_ key: Digest)
}

/// A decision with the way that it came.
struct Found: Sendable {
  let decided: DecidedCase
  let state: Answered.CacheState
  /// What was missed on the way.
  var degradation: Degradation?
}

extension Sitting {
  /// SHA-256 over all that findings depend on: the case, the constitution, the precedents consulted, the critics asked.
  /// Weights are none of it: they order what was found.
  func findingsKey(of matter: Case, asked: [String]?, consulted: [ConsultedPrecedent]) -> Digest {
    var hash = SHA256()
    hash.update(matter.hash.bytes)
    hash.update(Array(constitution.version.utf8))
    hash.update(Array("/\(consulted.count)/".utf8))
    for precedent in consulted { hash.update(precedent.jsonBytes) }
    hash.update(Array(asked == nil ? "/all/".utf8 : "/some/".utf8))
    for name in asked?.sorted() ?? [] { hash.update(Array("\(name.utf8.count):\(name)".utf8)) }
    return hash.finish()
  }

  /// Decides a case with what other instances have found out of it, or finds out for them.
  func deliberate(
    _ matter: Case, asked: [String]?, sharing shared: any OpinionCache, watch: (any DeliberationWatch)?
  ) async -> Found {
    let consulted = consult(matter, watch)
    let key = findingsKey(of: matter, asked: asked, consulted: consulted)
    var timer = PartTimer(watch)
    let sought = await shared.findings(for: key, work: council.timeOutside(asked))
    var claim: FindingsClaim?
    var degradation: Degradation?
    switch sought {
    case .found(let bytes):
      if let findings = try? JSONReader.decode(Findings.self, from: bytes),
        let decided = council.decide(
          matter, from: findings, weights: weights, seats: seats, precedents: consulted, asked: asked, watch: watch)
      {
        timer.passed(.sharedCache(hit: true))
        return Found(decided: decided, state: .shared)
      }
      shared.disown(key)
    case .absent(let free): claim = free
    case .unavailable(let fallen): degradation = fallen
    }
    timer.passed(.sharedCache(hit: false))
    let decided = await council.deliberate(
      matter, weights: weights, seats: seats, precedents: consulted, asked: asked, watch: watch)
    if let findings = Findings(decided) {
      if degradation == nil { shared.keep(findings.jsonBytes, for: key, claim) }
    } else {
      shared.giveUp(key, claim)
    }
    return Found(decided: decided, state: .miss, degradation: degradation)
  }
}
