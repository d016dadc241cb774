// Refused tokens and signatures, counted: one entry of the log for all of an interval, so that nobody can fill the log with
// them.
import Chamber
import Config
import Ledger
import Locking

final class ServiceRefusals: Sendable {
  static let interval = Setting<Duration>(
    "tokens.refusals_interval", default: .seconds(60), in: .range(.seconds(1) ... .seconds(3600)),
    "How often refused tokens and signatures are put on record: their number, in one entry.")

  private struct Tally: Sendable {
    var count = 0
    var since = Timestamp.now()
  }

  private let tally = Locked(Tally())
  private let microseconds: Int64

  init(_ configuration: Configuration) {
    microseconds = configuration[Self.interval].components.seconds * 1_000_000
  }

  func add() { tally.withLock { $0.count += 1 } }

  /// Puts what was counted on record, where there is something and its interval is over, or with `isLast` in any case.
  func record(in chamber: Chamber, isLast: Bool = false) async throws {
    let now = Timestamp.now()
    let due = tally.withLock { [microseconds] tally -> Tally? in
      guard isLast || now.microseconds - tally.since.microseconds >= microseconds else { return nil }
      defer { tally = Tally(count: 0, since: now) }
      return tally.count > 0 ? tally : nil
    }
    guard let due else { return }
    do {
      try await chamber.noteRefusals(due.count, since: due.since)
    } catch {
      // They are counted with the next ones.
      tally.withLock { tally in
        tally.count += due.count
        tally.since = due.since
      }
      throw error
    }
  }
}
