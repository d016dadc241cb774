// How previews are answered: with one report, or, to whoever wants to follow a long one, with how far it has come until then.
import Engine
import HTTP
import JSON

enum PreviewAnswer {
  static let declarations: [AnswerDeclaration] = [
    .json(.ok, "How many cases were evaluated and changed, from what to what, with examples.", Schemas.preview),
    .other(
      "text/event-stream",
      "With Accept: text/event-stream, `progress` with how many cases are done, now and then, and last `report`, or `problem`. Whoever goes away ends it."
    ),
  ]

  /// Runs a preview. `work` tells how many cases are done, of how many there are.
  static func response(
    to exchange: Exchange,
    _ work: @escaping @Sendable (_ progress: @escaping @Sendable (Int, Int) -> Void) async throws -> PreviewReport
  ) async throws -> Response {
    guard exchange.wantsEvents else { return .json(try await work { _, _ in }) }
    return Response.events { sink in
      let (heard, told) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(1))
      let report = Task {
        defer { told.finish() }
        return try await work { told.yield(#"{"done":\#($0),"of":\#($1)}"#) }
      }
      try await withTaskCancellationHandler {
        do {
          for await progress in heard { try await sink.send(progress, event: "progress") }
          // Where whoever asked has gone, the stream ends before the work does.
          try Task.checkCancellation()
        } catch {
          report.cancel()
          throw error
        }
        let (bytes, event): ([UInt8], String)
        do {
          (bytes, event) = (try await report.value.jsonBytes, "report")
        } catch { (bytes, event) = (Problem.document(of: error, traceID: exchange.traceID), "problem") }
        try await sink.send(String(decoding: bytes, as: UTF8.self), event: event)
      } onCancel: {
        report.cancel()
      }
    }.with("Vary", "Accept")
  }
}

extension Exchange {
  /// Whether the caller asks for events rather than for one document.
  var wantsEvents: Bool {
    request.headers("Accept").contains { $0.lowercased().contains("text/event-stream") }
  }
}
