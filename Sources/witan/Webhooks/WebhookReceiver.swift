// One address that is told of things, and what stands before it: so many calls at once as it bears, a breaker, and retries
// within a budget.
import Crypto
import HTTPClient
import Resilience

struct WebhookReceiver: Sendable {
  let endpoint: String
  let breaker: Breaker
  /// Of one announcement. None is lost for want of budget: it waits longer.
  let retry: Retry
  private let bulkhead: Bulkhead

  init(_ endpoint: String, _ patience: WebhookPatience, _ breakers: BreakerBoard) {
    self.endpoint = endpoint
    var settings = BreakerSettings()
    settings.pause = patience.backoff.first
    settings.longest = max(patience.backoff.first, min(patience.backoff.longest, .seconds(60)))
    breaker = breakers.breaker(Self.breakerName(endpoint), settings: settings)
    var places = BulkheadSettings()
    (places.initial, places.most) = (patience.calls, patience.calls)
    places.queue = patience.pending
    bulkhead = Bulkhead(places)
    retry = Retry(
      tries: patience.attempts, backoff: patience.backoff, budget: RetryBudget(interval: .seconds(10)), spent: .waits)
  }

  /// The host, and by what addresses at one host differ. The address itself may be a secret.
  static func breakerName(_ endpoint: String) -> String {
    let host = endpoint.split(separator: "/").dropFirst().first ?? ""
    let plain = host.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }
    return "webhook.\(plain.prefix(64)).\(SHA256.digest(Array(endpoint.utf8)).hex.prefix(8))"
  }

  /// What has failed may be told again, but for what nobody wants any more: a receiver knows an announcement by its id.
  static func repetition(of error: any Error) -> Repetition {
    if let refused = error as? WebhookRefused, refused.isFinal { .unsafe } else { .safe }
  }

  /// One call, as soon as there may be one. Any answer but 2xx is a failure; 410 says that nobody wants it any more.
  func call(_ send: () async throws -> Int) async throws {
    while true {
      do {
        let status = try await bulkhead.run(patience: Self.patience, isOverload: Self.isOverload) {
          try await breaker.run(isFailure: Self.isFailure) {
            let status = try await send()
            // Whoever answers in any other way is there.
            if WebhookRefused(status: status).isOfReceiver { throw WebhookRefused(status: status) }
            return status
          }
        }
        guard 200..<300 ~= status else { throw WebhookRefused(status: status) }
        return
      } catch is BreakerOpen {
        try await breaker.rest()
      } catch is BulkheadFull {
        try Task.checkCancellation()
      }
    }
  }

  /// As many wait as are on their way, and nobody for them.
  private static let patience = Duration.seconds(3600)

  /// What says something of the address, and not of this service.
  private static func isFailure(_ error: any Error) -> Bool {
    switch error {
    case OutgoingError.cancelled, OutgoingError.closed, OutgoingError.overloaded: false
    default: !(error is CancellationError)
    }
  }

  private static func isOverload(_ error: any Error) -> Bool {
    switch error {
    case OutgoingError.deadlinePassed, OutgoingError.connectDeadlinePassed: true
    case let refused as WebhookRefused: refused.status == 429 || refused.status == 503
    default: false
    }
  }
}

/// The address answered, and not with success.
struct WebhookRefused: Error, CustomStringConvertible {
  let status: Int

  var isFinal: Bool { status == 410 }
  /// Whether it is the receiver that is ill, rather than what it was told.
  var isOfReceiver: Bool { status >= 500 || status == 429 || status == 408 }
  var description: String { "it answered with status \(status)" }
}
