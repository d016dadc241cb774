// What a batch finds in the cache that instances share, and what it leaves there. Only where a critic is asked outside: what the
// council says by itself is found out sooner than fetched, and would fill Redis with what nobody needs.
import Crypto
import JSON
import Resilience

/// What became of a batch's look into the shared cache, by the hashes of its cases.
struct BatchFindings: Sendable {
  /// What others have found out, ruled on here.
  var found: [Digest: DecidedCase] = [:]
  /// What nobody has, and under which key it belongs.
  var absent: [Digest: Digest] = [:]
  /// What could not be looked for.
  var unavailable: [Digest: Degradation] = [:]
}

extension Proceedings {
  /// Looks for what others have found out of the cases at `places`, in one look that takes no longer than its budget.
  func seek(
    _ places: [Int], of requests: [DeliberationRequest], asked: [String]?, _ sitting: Sitting,
    _ watch: (any DeliberationWatch)?
  ) async -> BatchFindings {
    guard let shared = settings.shared, sitting.council.asksOutside(asked) else { return BatchFindings() }
    let cases = Self.distinct(places.lazy.map { requests[$0] }.filter { $0.options.caching == .standard }.map(\.matter))
    if cases.isEmpty { return BatchFindings() }
    let work = SharedWork(cases.count, piece: Sitting.chunk, on: sitting.council.executor)
    let named = await work.run { range in
      cases[range].map { matter in
        let consulted = sitting.consult(matter, nil)
        return (key: sitting.findingsKey(of: matter, asked: asked, consulted: consulted), consulted: consulted)
      }
    }.flatMap { $0 }
    var timer = PartTimer(watch)
    let sought = await shared.findings(for: named.map(\.key))
    let ruled = await work.run { range in
      amongMany(watch) { watch in
        range.map { place -> DecidedCase? in
          guard case .found(let bytes) = sought[place] else { return nil }
          let known = try? JSONReader.decode(Findings.self, from: bytes)
          let decided = known.flatMap {
            sitting.council.decide(
              cases[place], from: $0, weights: sitting.weights, seats: sitting.seats,
              precedents: named[place].consulted, asked: asked, watch: watch)
          }
          if decided == nil { shared.disown(named[place].key) }
          return decided
        }
      }
    }.flatMap { $0 }
    var findings = BatchFindings()
    for (place, matter) in cases.enumerated() {
      if case .unavailable(let fallen) = sought[place] {
        findings.unavailable[matter.hash] = fallen
      } else if let decided = ruled[place] {
        findings.found[matter.hash] = decided
      } else {
        findings.absent[matter.hash] = named[place].key
      }
    }
    timer.passed(.sharedCache(hit: !findings.found.isEmpty))
    return findings
  }

  private static func distinct(_ cases: some Sequence<Case>) -> [Case] {
    var seen: Set<Digest> = []
    return cases.filter { seen.insert($0.hash).inserted }
  }

  /// Leaves for others what a batch has found out. In the background, and after the batch has been given to the ledger or
  /// beside it: nobody waits for it.
  func leave(_ decided: [(key: Digest, decided: DecidedCase)], _ sitting: Sitting) {
    guard let shared = settings.shared, !decided.isEmpty else { return }
    Task.detached(executorPreference: sitting.council.executor ?? WorkPool.shared, priority: .utility) {
      for begin in stride(from: 0, to: decided.count, by: Self.leftTogether) {
        let some = decided[begin..<min(decided.count, begin + Self.leftTogether)]
        await shared.keep(
          some.compactMap { each in Findings(each.decided).map { (key: each.key, findings: $0.jsonBytes) } })
      }
    }
  }

  /// Cases whose findings are written out and stored before the next ones are.
  private static let leftTogether = 128
}
