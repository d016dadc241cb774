// How the council's remote critics are reached: over the service's own client, under its rules about addresses.
import Critics
import Engine
import Evidence
import HTTPClient
import Resilience

/// Posts questions to one remote critic.
struct CriticCalls: RemoteTransport {
  let url: String
  let client: HTTPClient
  /// This critic's alone.
  let budget = RetryBudget()

  /// A question has no effect, but it costs: it is put again only where it did not get through.
  private func repetition(of error: any Error) -> Repetition {
    if case .notConnected? = error as? OutgoingError { .safe } else { .unsafe }
  }

  func post(_ body: [UInt8], deadline: Duration) async throws -> [UInt8] {
    var fields = [OutgoingRequest.Field("Content-Type", "application/json"), .init("Accept", "application/json")]
    if let carrier = TraceCarrier.current {
      fields.append(.init("traceparent", carrier.traceparent))
      if !carrier.tracestate.isEmpty { fields.append(.init("tracestate", carrier.tracestate)) }
    }
    let request = OutgoingRequest(.post, url, fields: fields, body: body)
    let retry = Retry(tries: 2, backoff: Backoff(first: .milliseconds(20), longest: .milliseconds(100)), budget: budget)
    let answer = try await Deadline.within(deadline) {
      try await retry.run(judge: repetition) { _ in
        try await client.send(request, deadline: deadline)
      }
    }
    guard answer.status == 200 else { throw CriticRefused(status: answer.status) }
    return answer.body
  }
}

/// Why a remote critic's opinion did not come.
struct CriticRefused: Error, CustomStringConvertible {
  let status: Int
  var description: String { "it answered with status \(status)" }
}

extension Council {
  /// The council of a constitution, with those seats that ask outside filled over `client`.
  static func seated(
    by constitution: Constitution, gatherer: OnePassGatherer, client: HTTPClient, breakers: BreakerBoard
  ) -> Council {
    Council(
      constitution, critics: constitution.critics.filter { $0.remote == nil }.map { Bench.critic(for: $0) },
      outside: Bench.remoteCritics(of: constitution, breakers: breakers) {
        CriticCalls(url: $0.url, client: client)
      }, gatherer: gatherer)
  }
}
