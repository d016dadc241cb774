// How previews are answered: with one report, or, to whoever wants to follow a long one, with how far it has come until then.
import Engine
import HTTP
import JSON
import Locking

enum PreviewAnswer {
  static let declarations: [AnswerDeclaration] = [
    .json(.ok, "How many cases were evaluated and changed, from what to what, with examples.", Schemas.preview),
    .other(
      "text/event-stream",
      "With Accept: text/event-stream, `progress` with how many cases are done, now and then, and last `report`, or `problem`. Whoever goes away ends it."
    ),
  ]

  /// Runs a preview. `work` tells how many cases are done.
  static func response(
    to exchange: Exchange, last count: Int,
    _ work: @escaping @Sendable (_ progress: @escaping @Sendable (Int) -> Void) async throws -> PreviewReport
  ) async throws -> Response {
    guard exchange.wantsEvents else { return .json(try await work { _ in }) }
    return Response.events { sink in
      let (heard, told) = AsyncStream<Int>.makeStream(bufferingPolicy: .bufferingNewest(1))
      let report = Task {
        defer { told.finish() }
        return try await work { told.yield($0) }
      }
      do {
        for await done in heard {
          try await sink.send(#"{"done":\#(done),"of":\#(count)}"#, event: "progress")
        }
      } catch {
        report.cancel()
        throw error
      }
      let (bytes, event): ([UInt8], String)
      do {
        (bytes, event) = (try await report.value.jsonBytes, "report")
      } catch { (bytes, event) = (Problem.document(of: error, traceID: exchange.traceID), "problem") }
      try await sink.send(String(decoding: bytes, as: UTF8.self), event: event)
    }.with("Vary", "Accept")
  }
}

extension Exchange {
  /// Whether the caller asks for events rather than for one document.
  var wantsEvents: Bool {
    request.headers("Accept").contains { $0.lowercased().contains("text/event-stream") }
  }
}
