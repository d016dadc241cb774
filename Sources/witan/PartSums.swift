// What a part of a deliberation came to over many cases.
import Engine

/// One part, heard of once or many times.
struct PartSum {
  /// Without what differs from case to case.
  let part: DeliberationPart
  var times = 1
  /// From the first beginning to the last end.
  var begin: UInt64
  var end: UInt64
  /// Nanoseconds at work, on all cores together.
  var busy: UInt64
  /// Hits, signals, precedents, cases or entries.
  var count: Int
  /// A critic's highest.
  var severity: Double
  var abstentions: Int
  /// Abstentions because something went wrong.
  var failures: Int

  init(_ part: DeliberationPart, from begin: UInt64, to end: UInt64) {
    self.part = part.kind
    self.begin = begin
    self.end = end
    busy = end &- begin
    (severity, abstentions, failures) = (0, 0, 0)
    switch part {
    case .cache(let hit), .sharedCache(let hit): count = hit ? 1 : 0
    case .precedents(let number), .evidence(let number), .batch(let number), .ledger(let number): count = number
    case .critic(_, let severity, let abstention, _):
      count = 0
      self.severity = severity
      if let abstention {
        abstentions = 1
        failures = abstention.isFailure ? 1 : 0
      }
    case .sharedDecision, .sealing, .alignment, .uncertainty, .aggregation, .gate, .wording, .permit: count = 0
    }
  }

  mutating func add(_ other: PartSum) {
    times += other.times
    begin = min(begin, other.begin)
    end = max(end, other.end)
    busy &+= other.busy
    count += other.count
    severity = max(severity, other.severity)
    abstentions += other.abstentions
    failures += other.failures
  }
}

/// The sums of all parts. There are a few dozen at most, and each case tells of them in the same order.
struct PartSums {
  private var sums: [PartSum] = []
  private var last = 0

  /// By their beginnings.
  var inOrder: [PartSum] { sums.sorted { $0.begin < $1.begin } }

  mutating func add(_ part: DeliberationPart, from begin: UInt64, to end: UInt64) {
    add(PartSum(part, from: begin, to: end))
  }

  mutating func add(_ others: PartSums) { for other in others.sums { add(other) } }

  mutating func removeAll() { sums.removeAll(keepingCapacity: true) }

  private mutating func add(_ sum: PartSum) {
    for step in 1...max(1, sums.count) {
      let place = (last + step) % max(1, sums.count)
      guard place < sums.count, sums[place].part == sum.part else { continue }
      sums[place].add(sum)
      last = place
      return
    }
    sums.append(sum)
    last = sums.count - 1
  }
}

extension DeliberationPart {
  /// The part without what differs from case to case.
  var kind: DeliberationPart {
    switch self {
    case .cache: .cache(hit: false)
    case .sharedCache: .sharedCache(hit: false)
    case .precedents: .precedents(found: 0)
    case .evidence: .evidence(signals: 0)
    case .critic(let name, _, _, let isOutside): .critic(name, severity: 0, abstention: nil, isOutside: isOutside)
    case .batch: .batch(cases: 0)
    case .ledger: .ledger(entries: 0)
    case .sharedDecision, .sealing, .alignment, .uncertainty, .aggregation, .gate, .wording, .permit: self
    }
  }
}
