// What is counted for the detection of anomalies: the metrics that are kept anyway, and the verdicts of each client in a
// table of their own, since a scrape that anybody may read should not name clients.
import Engine
import Telemetry

struct AnomalyTally: Sendable {
  private let verdicts: CounterFamily
  private let denials: CounterFamily
  private let escalations: CounterFamily
  private let abstentions: CounterFamily
  private let severities: HistogramFamily
  /// By client and what happened; clients beyond the table's room are `other`.
  private let clients: CounterFamily

  init(
    verdicts: CounterFamily, denials: CounterFamily, escalations: CounterFamily, abstentions: CounterFamily,
    severities: HistogramFamily
  ) {
    self.verdicts = verdicts
    self.denials = denials
    self.escalations = escalations
    self.abstentions = abstentions
    self.severities = severities
    clients = Metrics().counters("clients", "Cases by client.", labels: ["client", "what"])
    // First of all, so that there is room for it.
    _ = clients[Self.everybody, Self.abstained]
  }

  fileprivate static let abstained = "abstain"
  /// No client is called so: a subject is not empty.
  fileprivate static let everybody = ""

  /// On the way of every answer: one to three additions.
  func count(_ verdict: Verdict, abstained: Bool, client: String) {
    clients[client, verdict.rawValue].add()
    if abstained {
      clients[client, Self.abstained].add()
      clients[Self.everybody, Self.abstained].add()
    }
  }

  /// What has been counted since the program began.
  struct Totals: Sendable {
    fileprivate var verdicts: [String: Int] = [:]
    fileprivate var byCritic: [AnomalyKind: [String: Int]] = [:]
    fileprivate var severities: [String: [Int]] = [:]
    fileprivate var clients: [String: [String: Int]] = [:]
  }

  func totals(critics: [String]) -> Totals {
    var totals = Totals()
    for (labels, value) in verdicts.all { totals.verdicts[labels[0], default: 0] += value }
    for (kind, family) in [(AnomalyKind.deny, denials), (.escalate, escalations), (.abstain, abstentions)] {
      totals.byCritic[kind] = Dictionary(family.all.map { ($0.labels[0], $0.value) }) { $0 + $1 }
    }
    for critic in critics { totals.severities[critic] = severities[critic].bucketCounts }
    for (labels, value) in clients.all { totals.clients[labels[0], default: [:]][labels[1]] = value }
    return totals
  }
}

extension AnomalyTally.Totals {
  /// What came between `earlier` and this.
  func window(since earlier: AnomalyTally.Totals) -> AnomalyWindow {
    var window = AnomalyWindow()
    let verdicts = difference(verdicts, earlier.verdicts)
    let cases = verdicts.values.reduce(0, +)
    func rate(_ kind: AnomalyKind, _ scope: AnomalyScope, _ hits: Int, _ cases: Int) {
      window.rates.append(AnomalyWindow.Rate(kind, scope, hits: min(hits, cases), cases: cases))
    }
    rate(.deny, .all, verdicts[Verdict.deny.rawValue] ?? 0, cases)
    rate(.escalate, .all, verdicts[Verdict.escalate.rawValue] ?? 0, cases)
    let abstained = AnomalyTally.abstained
    let all = difference(clients[AnomalyTally.everybody] ?? [:], earlier.clients[AnomalyTally.everybody] ?? [:])
    rate(.abstain, .all, all[abstained] ?? 0, cases)
    // What is counted as `other` is many clients.
    for name in clients.keys.sorted() where name != AnomalyTally.everybody && name != "other" {
      let counts = difference(clients[name] ?? [:], earlier.clients[name] ?? [:])
      let cases = counts.filter { $0.key != abstained }.values.reduce(0, +)
      rate(.deny, .client(name), counts[Verdict.deny.rawValue] ?? 0, cases)
      rate(.escalate, .client(name), counts[Verdict.escalate.rawValue] ?? 0, cases)
      rate(.abstain, .client(name), counts[abstained] ?? 0, cases)
    }
    for critic in severities.keys.sorted() {
      for kind in AnomalyKind.allCases {
        let hits = (byCritic[kind]?[critic] ?? 0) - (earlier.byCritic[kind]?[critic] ?? 0)
        rate(kind, .critic(critic), hits, cases)
      }
      let before = earlier.severities[critic] ?? []
      window.severities[critic] = (severities[critic] ?? []).enumerated().map { index, count in
        count - (index < before.count ? before[index] : 0)
      }
    }
    return window
  }

  private func difference(_ now: [String: Int], _ before: [String: Int]) -> [String: Int] {
    now.reduce(into: [:]) { $0[$1.key] = $1.value - (before[$1.key] ?? 0) }
  }
}
