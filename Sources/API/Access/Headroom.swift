// Whether new work is let in just now. Batch work gives way to people who wait for one answer, and where something that
// every case needs would run out, nothing new is begun: a case that was refused can be posted again, one that was cut off in
// the middle is harder to tell from one that was decided.
import HTTP

/// How urgent work is.
package enum Workload: String, Sendable, CaseIterable {
  /// Somebody waits for this one answer.
  case interactive
  /// Many cases, or many decided again: what can wait a little.
  case batch
}

/// Looks at how the service is doing; the executable knows how. Asked on the way of every case, so it must not wait and
/// takes no lock.
package protocol Headroom: Sendable {
  /// Nil where work of this kind may begin, else what the caller is told.
  func refusal(of work: Workload) -> Problem?
  /// Nil where a batch that was let in may go on with its next cases. Not a request that asks to be let in: a batch does not
  /// give way to itself.
  func refusalOfMore() -> Problem?
  /// Whether batch work has to give way.
  var holdsBatchesBack: Bool { get }
  /// Waits for as long as batch work has to give way, within a bound.
  func giveWay() async
}

/// Lets everything in: where nobody watches the resources.
package struct AmpleHeadroom: Headroom {
  package init() {}
  package func refusal(of work: Workload) -> Problem? { nil }
  package func refusalOfMore() -> Problem? { nil }
  package var holdsBatchesBack: Bool { false }
  package func giveWay() async {}
}
