// Deliberations whose stages somebody follows.
import Engine
import Ledger

extension Chamber {
  /// What would keep a request from being decided, as far as it can be known beforehand: whoever streams an answer has to
  /// know before its first byte.
  package func refusal(of request: DeliberationRequest) -> (any Error)? {
    let errors = inForce.council.faults(inAsked: request.options.critics ?? [])
    if !errors.isEmpty { return errors }
    return ledger.health.isWritable || request.options.dryRun ? nil : LedgerError.closed
  }

  /// A watch that tells stages beside `watch`, or beside the one of the service where there is none.
  package func teller(
    beside watch: (any DeliberationWatch)?, _ told: @escaping @Sendable (Stage) -> Void
  ) -> StageTeller {
    StageTeller(beside: watch ?? proceedings.settings.watch, told)
  }
}
