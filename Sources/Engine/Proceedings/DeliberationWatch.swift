// Who watches a deliberation from outside: told of each part when it is over. The engine reads no clock by itself; a watch
// brings its own, so that without one a deliberation is the same pure function.

/// A part of the way from a case to its answer.
package enum DeliberationPart: Sendable, Hashable {
  /// Looking for a case that was decided before.
  case cache(hit: Bool)
  /// Looking for what another instance has found out.
  case sharedCache(hit: Bool)
  /// Waiting while another request decides the same case.
  case sharedDecision
  case precedents(found: Int)
  case evidence(signals: Int)
  /// One seat's answer.
  case critic(String, severity: Double, abstention: Abstention?, isOutside: Bool)
  /// Closing the opinions and checking them against the constitution.
  case sealing
  /// How the opinions lie to the precedents consulted.
  case alignment
  case uncertainty
  case aggregation
  /// Verdict and gate.
  case gate
  /// The verdict in words.
  case wording
  /// Many cases, decided together.
  case batch(cases: Int)
  /// From the finished entry to the receipt.
  case ledger(entries: Int)
  case permit
}

package protocol DeliberationWatch: AnyObject, Sendable {
  /// Whether it wants to hear of the parts of the decision itself, from sealing to wording.
  var wantsDetail: Bool { get }
  /// What outside critics are told of the request that they are asked for; nil for nothing.
  var carrier: TraceCarrier? { get }
  /// Nanoseconds of a clock that never steps back.
  func now() -> UInt64
  /// Called on whatever thread the part ran on; it must not wait.
  func passed(_ part: DeliberationPart, from begin: UInt64, to end: UInt64)
  /// The answer is complete.
  func concluded(_ answered: Answered)
  /// Whether it wants to hear of stages.
  var wantsStages: Bool { get }
  /// A stage was reached. Called where `wantsStages`, on whatever thread reaches it; it must not wait.
  func reached(_ stage: Stage)
  /// The watch on some of the cases of a request that has many, so that what they came to can be told together.
  func ofMany() -> any DeliberationWatch
  /// Nothing more will be heard by this watch, which came from `ofMany`.
  func isDone()
}

extension DeliberationWatch {
  package var wantsStages: Bool { false }
  package func reached(_ stage: Stage) {}
  package func ofMany() -> any DeliberationWatch { self }
  package func isDone() {}
}

/// Has `work` on some of many cases watched.
func amongMany<Result>(
  _ watch: (any DeliberationWatch)?, _ work: ((any DeliberationWatch)?) -> Result
) -> Result {
  let some = watch?.ofMany()
  defer { some?.isDone() }
  return work(some)
}

/// The fields by which a call made for a request belongs to its trace (W3C Trace Context).
package struct TraceCarrier: Sendable, Hashable {
  package let traceparent: String
  /// Empty where there is none.
  package let tracestate: String

  package init(traceparent: String, tracestate: String) {
    self.traceparent = traceparent
    self.tracestate = tracestate
  }

  /// That of the request for which the current task works.
  @TaskLocal package static var current: TraceCarrier?
}

/// Parts that follow one another: each begins where the one before it ended. Without a watch it does nothing.
struct PartTimer {
  private let watch: (any DeliberationWatch)?
  private var begin: UInt64

  init(_ watch: (any DeliberationWatch)?) {
    self.watch = watch
    begin = watch?.now() ?? 0
  }

  mutating func passed(_ part: @autoclosure () -> DeliberationPart) {
    guard let watch else { return }
    let end = watch.now()
    watch.passed(part(), from: begin, to: end)
    begin = end
  }
}
