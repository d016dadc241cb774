// Which trace a request belongs to, and what goes along with it from its route to its answer.
import Foundation
import HTTP
import Locking
import Net
import TestSupport
import Testing

@Suite struct TraceTests {
  private static let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  private func traceparent(_ fields: String) async throws -> String {
    try await Service.run(options: Service.options()) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      return try #require(try connection.get("/", fields)["traceparent"])
    }
  }

  @Test func `A valid traceparent is continued with a span of this server's own`() async throws {
    let answer = try await traceparent("traceparent: \(Self.caller)\r\n")
    #expect(answer.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") && answer.hasSuffix("-01"))
    #expect(!answer.contains("b7ad6b7169203331"))
  }

  @Test(arguments: [
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
      + "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
    "traceparent: ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
    "traceparent: 00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01\r\n",
    "traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01\r\n",
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01\r\n",
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more\r\n",
  ])
  func `What is no single valid traceparent begins a trace`(fields: String) async throws {
    #expect(try await !traceparent(fields).contains("0af7651916cd43dd8448eb211c80319c"))
  }

  private final class Companion: Sendable {}

  @Test func `Whoever hears of a route first may leave a companion and say whether the trace is recorded`() async throws
  {
    let seen = Seen()
    var options = Service.options()
    options.routed = { request in
      request.companion = Companion()
      request.setSampled(request.path == "/waiting")
    }
    options.answered = { request, _, _ in
      seen.answers.withLock { $0.append("\(request.path) \(request.companion is Companion)") }
    }
    try await Service.run(options: options) { (service: Service) async throws in
      var connection = try RawConnection(port: service.port)
      #expect(try connection.get("/")["traceparent"]?.hasSuffix("-02") == true)
      #expect(try connection.get("/waiting")["traceparent"]?.hasSuffix("-03") == true)
      // Also where there is none.
      #expect(try connection.get("/nowhere").status == 404)
    }
    #expect(seen.answers.withLock { $0 } == ["/ true", "/waiting true", "/nowhere true"])
  }

  private final class Seen: Sendable {
    let answers = Locked<[String]>([])
  }
}
