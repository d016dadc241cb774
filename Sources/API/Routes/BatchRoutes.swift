// Many cases at once: a document of cases, or lines of them in both directions. Order is kept, and one bad case is an error
// in its place.
import Chamber
import Engine
import HTTP
import JSON

struct BatchRoutes {
  let chamber: Chamber
  let headroom: any Headroom

  static let mostCases = 10_000
  static let largestBody = 64 << 20
  /// Lines that are decided together.
  static let mostTogether = 256

  var operations: [Operation] { [decideAll] }

  private var decideAll: Operation {
    Operation(
      "deliberateAll", .post, "/v1/deliberations/batch", .deliberations,
      "Decides many cases: `{\"cases\": […]}`, or NDJSON in and NDJSON out, as they come.", access: .roles([.decider]),
      workload: .batch,
      body: .own(
        .object([
          Member("cases", .list(of: Schemas.deliberationRequest, count: 0...Self.mostCases), required: true)
        ]), types: ["application/json", "application/x-ndjson"], atMost: Self.largestBody,
        example:
          #"{"cases": [{"action": "send_newsletter"}, {"action": "delete_account", "context": {"impact": "high"}}]}"#),
      answers: [
        .json(
          .ok, "The results in the order of the cases, and a summary.", Schemas.batch),
        .other("application/x-ndjson", "A line for each line.", example: Examples.lines),
      ]
    ) { exchange in
      if exchange.request.hasContentType("application/x-ndjson") { return lines(exchange) }
      return try await whole(exchange)
    }
  }

  // MARK: A document

  private func whole(_ exchange: Exchange) async throws -> Response {
    let cases = try await exchange.request.decode(BatchBody.self, limit: Self.largestBody, limits: Self.limits).cases
    let results = await decide(cases, exchange)
    var writer = JSONWriter(capacity: 2048 * (results.count + 1))
    writer.beginObject()
    writer.key("results")
    writer.beginArray()
    for result in results { write(result, exchange, to: &writer) }
    writer.endArray()
    writer.key("summary")
    writer.value(BatchSummary(results))
    writer.endObject()
    return .json(writer.array)
  }

  private static let limits = JSONLimits(maximumDepth: 64, maximumBytes: largestBody)

  // MARK: Lines

  /// What arrived together is decided together; the next bytes are read when the answers to these have been taken.
  private func lines(_ exchange: Exchange) -> Response {
    .stream(contentType: .ndjson) { body in
      var lines = LineBuffer(limit: DeliberationRoutes.largestCase)
      while let piece = try await exchange.request.body.next() {
        for together in try lines.take(piece, atMost: Self.mostTogether) {
          try await body.write(await answers(to: together, exchange))
        }
      }
      if let last = lines.rest() { try await body.write(await answers(to: [last], exchange)) }
    }
  }

  private func answers(to lines: [[UInt8]], _ exchange: Exchange) async -> [UInt8] {
    let results = await decide(lines, exchange)
    var writer = JSONWriter(capacity: 2048 * (results.count + 1))
    for result in results {
      write(result, exchange, to: &writer)
      writer.endLine()
    }
    return writer.array
  }

  // MARK: Both

  /// Reads each case by itself, so that one that cannot be read takes no other with it.
  private func decide(_ cases: [[UInt8]], _ exchange: Exchange) async -> [Result<Answered, any Error>] {
    var results: [Result<Answered, any Error>?] = cases.map { _ in nil }
    var requests: [DeliberationRequest] = []
    var places: [Int] = []
    for (place, bytes) in cases.enumerated() {
      do throws(JSONRefusal) {
        requests.append(try JSONReader.decode(DeliberationRequest.self, from: bytes, limits: DeliberationRoutes.limits))
        places.append(place)
      } catch {
        results[place] = .failure(error)
      }
    }
    let decided = await together(requests, exchange)
    for (place, result) in zip(places, decided) { results[place] = result }
    return results.map { $0 ?? .failure(Problem(.internalServerError)) }
  }

  /// Decides all at once, or in small groups with pauses for as long as others are to come first. What is not let in any
  /// more is refused in its place.
  private func together(
    _ requests: [DeliberationRequest], _ exchange: Exchange
  ) async -> [Result<Answered, any Error>] {
    var results: [Result<Answered, any Error>] = []
    while results.count < requests.count {
      var group = requests[results.count...]
      if headroom.holdsBatchesBack {
        await headroom.giveWay()
        group = group.prefix(Self.mostTogether)
      }
      if let refusal = headroom.refusal(of: .interactive) {
        results += group.map { _ in .failure(refusal) }
        continue
      }
      results += await chamber.deliberateAll(
        Array(group), by: exchange.principal.subject, trace: exchange.traceID, watch: exchange.watch)
    }
    return results
  }

  private func write(_ result: Result<Answered, any Error>, _ exchange: Exchange, to writer: inout JSONWriter) {
    switch result {
    case .success(let answered): writer.value(answered)
    case .failure(let error):
      writer.beginObject()
      writer.key("error")
      let bytes = Problem.document(of: error, traceID: exchange.traceID)
      writer.raw(bytes.span.bytes)
      writer.endObject()
    }
  }
}

/// The cases of a batch, each as it was posted.
private struct BatchBody: JSONReadable, Sendable {
  var cases: [[UInt8]] = []

  init(from reader: inout JSONReader) throws(JSONError) {
    var object = try reader.object()
    var isThere = false
    while let key = try reader.key(&object) {
      guard key == "cases" else {
        reader.refuseUnknown(key, known: ["cases"])
        continue
      }
      isThere = true
      var array = try reader.array()
      while try reader.next(&array) { cases.append(try reader.raw().withUnsafeBytes { Array($0) }) }
      if cases.count > BatchRoutes.mostCases { reader.refuse("must have at most \(BatchRoutes.mostCases) cases") }
    }
    if !isThere { reader.missing("cases", of: object) }
  }
}

/// How a batch went.
private struct BatchSummary: JSONWritable {
  var decided = 0
  var errors = 0
  var verdicts: [Verdict: Int] = [:]

  init(_ results: [Result<Answered, any Error>]) {
    for result in results {
      switch result {
      case .success(let answered):
        decided += 1
        verdicts[answered.decided.decision.verdict, default: 0] += 1
      case .failure: errors += 1
      }
    }
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("total", decided + errors)
    writer.member("decided", decided)
    writer.member("errors", errors)
    writer.key("verdicts")
    writer.beginObject()
    for verdict in Verdict.allCases {
      writer.key(verdict.rawValue)
      writer.integer(verdicts[verdict] ?? 0)
    }
    writer.endObject()
    writer.endObject()
  }
}
