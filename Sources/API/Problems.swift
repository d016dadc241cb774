// How everything that can go wrong is told to clients: one place, so that the same mistake always gets the same answer.
import HTTP
import Ledger

extension LedgerError: ProblemConvertible {
  package var problem: Problem {
    switch self {
    case .queueFull, .waitedTooLong, .outcomeUnknown, .diskFull, .storageFailed, .closed, .inUse, .notYetIndexed:
      Problem(
        .serviceUnavailable, title: "The ledger cannot record this now", detail: description,
        headers: ["Retry-After": "1"])
    case .entryTooLarge, .payloadTooLarge:
      Problem(.contentTooLarge, title: "Too large for the ledger", detail: description)
    case .invalidDraft(let field, let reason):
      Problem(.unprocessableContent, detail: description, errors: [.init("/\(field)", reason)])
    case .noSuchEntry, .noPayload: Problem(.notFound, detail: description)
    case .noSuchSize, .badCursor:
      Problem(.unprocessableContent, detail: description)
    case .retained, .held: Problem(.conflict, title: "The payload must be kept", detail: description)
    case .inconsistent, .badKey: Problem(.internalServerError, detail: "the ledger refuses to work")
    }
  }
}

extension Problem {
  static func notFound(_ what: String) -> Problem { Problem(.notFound, detail: "there is no \(what)") }
}
