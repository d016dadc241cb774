// What can go wrong between a handler and its client while a body is on its way.

package enum BodyError: Error, Equatable, Sendable, ProblemConvertible {
  /// The body is longer than this many bytes.
  case tooLarge(limit: Int)
  /// A line of the body is longer than this many bytes.
  case lineTooLong(limit: Int)
  /// The coding of the body is broken.
  case malformed(Refusal)
  /// The client was slower than the rate floor allows.
  case tooSlow
  /// The client has finished sending before the body was whole, or the connection is gone.
  case disconnected
  /// The request has been answered already: its body can no longer be read, its answer no longer written.
  case over

  package var problem: Problem {
    switch self {
    case .tooLarge(let limit): Problem(.contentTooLarge, detail: "the body is larger than \(limit) bytes")
    case .lineTooLong(let limit): Problem(.contentTooLarge, detail: "a line is longer than \(limit) bytes")
    case .malformed(let refusal): Problem(refusal)
    case .tooSlow: Problem(.requestTimeout, detail: "the body arrived too slowly")
    case .disconnected: Problem(.badRequest, detail: "the body ended early")
    case .over: Problem(.internalServerError, detail: "the request is over")
    }
  }
}
