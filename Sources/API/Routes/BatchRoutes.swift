// Many cases at once: a document of cases, or lines of them in both directions. Order is kept, and one bad case is an error
// in its place.
import Chamber
import Engine
import HTTP
import JSON
import Resilience

struct BatchRoutes {
  let chamber: Chamber
  let headroom: any Headroom

  static let mostCases = 10_000
  static let largestBody = 64 << 20
  /// Cases of a document that are decided together while others come first.
  static let mostTogether = 256
  /// Cases that a core reads or writes at a time.
  static let piece = 16

  var operations: [Operation] { [decideAll] }

  private var decideAll: Operation {
    Operation(
      "deliberateAll", .post, "/v1/deliberations/batch", .deliberations,
      "Decides many cases: `{\"cases\": […]}`, or NDJSON in and NDJSON out, as they come.", access: .roles([.decider]),
      workload: .batch, parameters: [Patience.parameter],
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
      if exchange.request.hasContentType("application/x-ndjson") {
        return .stream(contentType: .ndjson) { try await BatchLines(routes: self, exchange: exchange).run(to: $0) }
      }
      return try await Deadline.within(exchange.time) { try await whole(exchange) }
    }
  }

  // MARK: A document

  private func whole(_ exchange: Exchange) async throws -> Response {
    let cases = try await exchange.request.decode(BatchBody.self, limit: Self.largestBody, limits: Self.limits).cases
    var results: [Result<Answered, any Error>] = []
    while results.count < cases.count {
      var group = cases[results.count...]
      if headroom.holdsBatchesBack {
        await headroom.giveWay()
        group = group.prefix(Self.mostTogether)
      }
      results += await conclude(await begin(Array(group), exchange))
    }
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

  // MARK: Cases

  /// Reads each case by itself, so that one that cannot be read takes no other with it; decides all of them, and gives them
  /// to the ledger.
  func begin(_ cases: [[UInt8]], _ exchange: Exchange) async -> CasesUnderWay {
    if let refusal = headroom.refusalOfMore() { return CasesUnderWay(results: cases.map { _ in .failure(refusal) }) }
    let read = await SharedWork(cases.count, piece: Self.piece).run { range in
      cases[range].map { bytes in
        Result { () throws(JSONRefusal) in
          try JSONReader.decode(DeliberationRequest.self, from: bytes, limits: DeliberationRoutes.limits)
        }
      }
    }.joined()
    var begun = CasesUnderWay(results: cases.map { _ in .failure(Problem(.internalServerError)) })
    var requests: [DeliberationRequest] = []
    for (place, result) in read.enumerated() {
      switch result {
      case .success(let request):
        requests.append(request)
        begun.places.append(place)
      case .failure(let error): begun.results[place] = .failure(error)
      }
    }
    begun.batch = await chamber.beginAll(
      requests, by: exchange.principal.subject, trace: exchange.traceID, watch: exchange.watch)
    return begun
  }

  /// Waits for the ledger; the results in the order of the cases.
  func conclude(_ begun: CasesUnderWay) async -> [Result<Answered, any Error>] {
    guard let batch = begun.batch else { return begun.results }
    var results = begun.results
    for (place, result) in zip(begun.places, await chamber.conclude(batch)) { results[place] = result }
    return results
  }

  /// A line for each result.
  func lines(of results: [Result<Answered, any Error>], _ exchange: Exchange) async -> [UInt8] {
    let pieces = await SharedWork(results.count, piece: Self.piece).run { range in
      var writer = JSONWriter(capacity: 4096 * range.count)
      for result in results[range] {
        write(result, exchange, to: &writer)
        writer.endLine()
      }
      return writer.array
    }
    var lines: [UInt8] = []
    lines.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
    for piece in pieces { lines += piece }
    return lines
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

/// Cases that the ledger has been given, and those that were refused before.
struct CasesUnderWay: Sendable {
  var results: [Result<Answered, any Error>]
  /// Where the results of the batch go.
  var places: [Int] = []
  var batch: BatchUnderWay?
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
