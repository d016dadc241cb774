// How often a critic outside is asked again: where there was no connection, as long as its own budget lasts. In the process of
// the test, since no answer tells how often a connection was tried.
import HTTPClient
import Net
import Resilience
import TestSupport
import Testing

@testable import witan

@Suite("Calls to critics outside")
struct CriticCallTests {
  private static let time = Duration.seconds(10)

  private func run(_ body: (HTTPClient) async throws -> Void) async throws {
    var settings = OutgoingSettings()
    settings.addresses.allowsLoopback = true
    let group = try EventLoopGroup(count: 1)
    let client = try HTTPClient(on: group.loops, settings: settings)
    defer {
      client.close()
      group.stop()
    }
    try await body(client)
  }

  @Test("each critic has a budget of its own: one that is away spends it, and another one is asked again all the same")
  func budgets() async throws {
    let port = try FreePort.next()
    try await run { client in
      let calls = (0..<2).map { CriticCalls(url: "http://127.0.0.1:\(port)/\($0)", client: client) }
      // Ten at first, and a tenth for each call.
      #expect(calls.allSatisfy { $0.budget.left == 10 })
      func fail(_ call: CriticCalls) async {
        await #expect {
          try await call.post([], deadline: Self.time)
        } throws: { if case .notConnected? = $0 as? OutgoingError { true } else { false } }
      }
      await fail(calls[0])
      #expect(calls[0].budget.left == 9)
      for _ in 0..<29 { await fail(calls[0]) }
      #expect(calls[0].budget.left < 1.1, "thirty calls leave no thirty repetitions")
      #expect(calls[1].budget.left == 10)
      await fail(calls[1])
      #expect(calls[1].budget.left == 9, "it was asked again")
    }
  }

  @Test("what got through is not asked again, whatever became of it", arguments: [500, 503, 429])
  func once(status: Int) async throws {
    let critic = try await OutsideCriticServer(status: status)
    try await run { client in
      let call = CriticCalls(url: "http://127.0.0.1:\(critic.port)/", client: client)
      await #expect(throws: CriticRefused.self) {
        try await call.post(Array(#"{"cases":[{"id":"0","case":{"action":"look"}}]}"#.utf8), deadline: Self.time)
      }
      #expect(call.budget.left == 10 && critic.asked == 1)
    }
  }
}
