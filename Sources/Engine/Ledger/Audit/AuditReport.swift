// What an audit found.
import Crypto
import Locking
import TransparencyLog

/// One thing that is not as it was written.
package struct AuditFault: Sendable, Hashable, CustomStringConvertible {
  /// The entry, where the fault can be laid at one.
  package let index: UInt64?
  package let reason: String

  package init(index: UInt64?, reason: String) {
    self.index = index
    self.reason = reason
  }

  package var description: String { index.map { "entry \($0): \(reason)" } ?? reason }
}

package struct AuditReport: Sendable {
  /// Further faults are counted, not told.
  package static let mostFaults = 100

  package internal(set) var origin = ""
  /// How many entries the signed checkpoint covers.
  package internal(set) var size: UInt64 = 0
  /// How many entries were hashed.
  package internal(set) var entries: UInt64 = 0
  package internal(set) var checkpoint: Checkpoint?
  /// Payload records held against their entries' commitments.
  package internal(set) var payloads: UInt64 = 0
  /// Of these, how many were decrypted as well.
  package internal(set) var openedPayloads: UInt64 = 0
  package internal(set) var erasedPayloads: UInt64 = 0
  /// The first ones, in the order of their entries; what concerns no single entry comes last.
  package internal(set) var faults: [AuditFault] = []
  package internal(set) var faultCount = 0
  /// What could not be checked, and why.
  package internal(set) var remarks: [String] = []

  package var isFine: Bool { faultCount == 0 }

  mutating func add(_ found: [AuditFault]) {
    faultCount += found.count
    faults = (faults + found).sorted { ($0.index ?? .max) < ($1.index ?? .max) }
    if faults.count > Self.mostFaults { faults.removeLast(faults.count - Self.mostFaults) }
  }

  mutating func add(_ index: UInt64?, _ reason: String) { add([AuditFault(index: index, reason: reason)]) }
}

/// Hears how many entries of how many are done.
package typealias AuditProgress = @Sendable (_ done: UInt64, _ total: UInt64) -> Void

/// What several threads do of a row of jobs, and the results in the order of the jobs.
func inParallel<Value: Sendable>(
  _ count: Int, threads: Int, _ job: @escaping @Sendable (Int) -> Value
) -> [Value] {
  let board = Monitor(JobBoard<Value>(count: count))
  let workers = (0..<min(max(1, threads), max(1, count))).map { _ in
    NamedThread(name: "audit") {
      while true {
        let mine = board.withLock { board -> Int in
          defer { board.next += 1 }
          return board.next
        }
        guard mine < count else { return }
        let value = job(mine)
        board.withLock { $0.results[mine] = value }
      }
    }
  }
  for worker in workers { worker.join() }
  return board.withLock { $0.results.compactMap { $0 } }
}

private struct JobBoard<Value> {
  var next = 0
  var results: [Value?]

  init(count: Int) { results = Array(repeating: nil, count: count) }
}
