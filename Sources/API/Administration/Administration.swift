// What administrators may ask of the running service. The executable knows how each is done; the API knows who may ask and
// how the answer looks.
import Ledger
import Resilience

package struct Administration: Sendable {
  /// What reading the configuration anew has changed.
  package struct Reloaded: Sendable {
    package let applied: [String]
    package let needRestart: [String]

    package init(applied: [String], needRestart: [String]) {
      self.applied = applied
      self.needRestart = needRestart
    }
  }

  /// The configuration that was found is no good, and the old one stays.
  package struct ReloadRefused: Error, Sendable {
    package let reason: String

    package init(reason: String) { self.reason = reason }
  }

  /// An address that is told of what happens.
  package struct Listener: Sendable {
    package let address: String
    /// The name of its breaker.
    package let breaker: String
    /// Announcements on their way.
    package var pending = 0
    /// Since the start.
    package var delivered = 0
    /// Given up since the start; each is an entry of the log.
    package var dead = 0
    package var lastFailure: String?

    package init(address: String, breaker: String) {
      self.address = address
      self.breaker = breaker
    }
  }

  /// Who is told of what happens, and how that goes.
  package var listeners: @Sendable () -> [Listener] = { [] }
  /// Does what SIGHUP does.
  package var reload: @Sendable () throws(ReloadRefused) -> Reloaded
  /// Copies the ledger into a new folder under the data folder and checks the copy. Blocks; runs on a thread of its own.
  package var backup: @Sendable () throws -> (folder: String, report: AuditReport)
  /// Verifies all of the ledger. Blocks; runs on a thread of its own.
  package var integrity: @Sendable () throws -> AuditReport
  package var breakers: @Sendable () -> [BreakerReport]
  /// What has fallen back now.
  package var degradations: @Sendable () -> [DegradationBoard.Standing] = { [] }
  /// Closes a breaker; false where there is none of this name.
  package var resetBreaker: @Sendable (_ name: String) -> Bool
  /// Runs work that blocks on a thread of its own.
  package var aside: @Sendable (_ name: String, _ work: @escaping @Sendable () -> Void) -> Void

  package init(
    reload: @escaping @Sendable () throws(ReloadRefused) -> Reloaded,
    backup: @escaping @Sendable () throws -> (folder: String, report: AuditReport),
    integrity: @escaping @Sendable () throws -> AuditReport,
    breakers: @escaping @Sendable () -> [BreakerReport], resetBreaker: @escaping @Sendable (_ name: String) -> Bool,
    aside: @escaping @Sendable (_ name: String, _ work: @escaping @Sendable () -> Void) -> Void
  ) {
    self.reload = reload
    self.backup = backup
    self.integrity = integrity
    self.breakers = breakers
    self.resetBreaker = resetBreaker
    self.aside = aside
  }
}
