// How everything that can go wrong is told to clients: one place, so that the same mistake always gets the same answer.
import Chamber
import Engine
import HTTP
import JSON
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
    case .retained, .held, .permanent: Problem(.conflict, title: "The payload must be kept", detail: description)
    case .inconsistent, .badKey: Problem(.internalServerError, detail: "the ledger refuses to work")
    }
  }
}

extension WeightsRefusal: ProblemConvertible {
  package var problem: Problem {
    switch self {
    case .versionConflict(let current):
      Problem(.preconditionFailed, detail: "the weights have changed since; the current version is \(current)")
    case .invalid(let errors): errors.problem
    case .noSuchVersion(let number):
      Problem(
        .unprocessableContent, detail: "some fields are wrong",
        errors: [.init("/version", "there is no version \(number)")])
    }
  }
}

extension ConstitutionRefusal: ProblemConvertible {
  package var problem: Problem {
    switch self {
    case .versionConflict(let current):
      Problem(.preconditionFailed, detail: "the constitution has changed since; the current version is \(current)")
    case .invalid(let errors): errors.problem
    case .unchanged: Problem(.conflict, detail: "this constitution is the one in force")
    case .noSuchVersion(let sequence): .notFound("version \(sequence) of the constitution")
    }
  }
}

extension ConstitutionErrors: ProblemConvertible {
  package var problem: Problem {
    Problem(
      .unprocessableContent, title: "Not a constitution of this council", detail: "the document is wrong",
      errors: problems.map {
        .init("/constitution", "line \($0.position.line), column \($0.position.column): \($0.message)")
      })
  }
}

extension PrecedentRefusal: ProblemConvertible {
  package var problem: Problem {
    switch self {
    case .noSuchPrecedent(let id): .notFound("precedent \(id)")
    case .reviewPending(let review): Problem(.conflict, detail: "the review \(review) is not closed")
    case .wrongState(let state): Problem(.conflict, detail: "the precedent is \(state.rawValue)")
    case .invalid(let errors): errors.problem
    case .full(let limit):
      Problem(.conflict, detail: "\(limit) precedents are in force; quarantine some that are of no use any more")
    case .overtaken: Problem(.conflict, detail: "somebody else changed it at the same time; look at it again")
    }
  }
}

extension RevocationRefusal: ProblemConvertible {
  package var problem: Problem {
    switch self {
    case .invalid(let errors): errors.problem
    case .full(let limit):
      Problem(
        .conflict, title: "Too many revocations",
        detail: "\(limit) are in force; revoke the key that signed the tokens instead")
    }
  }
}

extension ChamberError: ProblemConvertible {
  package var problem: Problem {
    switch self {
    case .noSuchDeliberation(let id): .notFound("deliberation \(id)")
    case .erased(let id): Problem(.conflict, title: "Erased", detail: "the record of \(id) was erased")
    case .constitutionMissing(let version):
      Problem(.conflict, detail: "the constitution \(version) is not at hand")
    case .stillRunning:
      Problem(.conflict, title: "Still running", detail: "the first request with this Idempotency-Key is at work")
    case .otherRequest:
      Problem(
        .unprocessableContent, title: "Idempotency-Key used before", detail: "the key came with another request")
    }
  }
}

extension JobRefusal: ProblemConvertible {
  package var problem: Problem {
    switch self {
    case .noSuchJob(let id): .notFound("job \(id)")
    case .ended(let state): Problem(.conflict, title: "Already ended", detail: "the job is \(state.rawValue)")
    case .tooMany(let limit):
      Problem(
        .tooManyRequests, title: "Too many jobs", detail: "\(limit) jobs have not ended; wait, or cancel one",
        headers: ["Retry-After": "60"])
    case .tooManyCases(let limit): Problem(.contentTooLarge, detail: "a job has at most \(limit) cases")
    case .empty: Problem(.unprocessableContent, detail: "there is no case: a line of NDJSON is a case")
    case .overtaken: Problem(.conflict, detail: "somebody else changed it at the same time; look at it again")
    }
  }
}

extension ReviewRefusal: ProblemConvertible {
  package var problem: Problem {
    switch self {
    case .noSuchReview(let id): .notFound("review \(id)")
    case .closed(let outcome): Problem(.conflict, title: "Already closed", detail: "the review was \(outcome.rawValue)")
    case .expired(let time): Problem(.conflict, title: "Expired", detail: "the review ran out at \(time.text)")
    case .ownCase: Problem(.forbidden, detail: "nobody answers the review of a case that they act in or have posted")
    case .samePerson: Problem(.conflict, detail: "another person must answer: you have answered already")
    case .needsDetermination:
      Problem(.conflict, title: "Needs a determination", detail: "an acknowledgment does not open this gate")
    case .erased:
      Problem(
        .conflict, title: "Erased",
        detail: "the case was erased, so nobody can judge it any more: it can only be halted")
    case .otherCase: Problem(.conflict, title: "Another case", detail: "the review is of a case with another hash")
    case .invalid(let errors): errors.problem
    case .overtaken: Problem(.conflict, detail: "somebody else answered at the same time; look at the review again")
    }
  }
}

extension Problem {
  /// The document by which clients are told of `error`.
  package static func document(of error: any Error, traceID: String?) -> [UInt8] {
    ((error as? any ProblemConvertible)?.problem ?? Problem(.internalServerError)).bytes(traceID: traceID)
  }

  static func notFound(_ what: String) -> Problem { Problem(.notFound, detail: "there is no \(what)") }
}
