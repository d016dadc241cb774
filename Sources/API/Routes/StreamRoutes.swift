// Deliberations that are followed while they go on: server-sent events for one case, a WebSocket for many. The last message
// of a case is its answer, byte for byte what a plain request would have got.
import Chamber
import Engine
import HTTP
import JSON
import Locking
import Resilience
import Synchronization

/// One message of a followed deliberation.
private enum StreamMessage: Sendable {
  case stage(Stage)
  case answer([UInt8])
  /// What went wrong after the stream had begun.
  case problem([UInt8])
}

extension DeliberationRoutes {
  /// One case as server-sent events: `evidence`, `opinion` for each critic, `aggregation`, `gate`, `receipt`, and last
  /// `answer`, or `problem` where there is none.
  func events(_ request: DeliberationRequest, _ exchange: Exchange) async throws -> Response {
    if let refusal = chamber.refusal(of: request) { throw refusal }
    if let key = try IdempotencyKey(exchange.request, for: request) {
      // Whether this is a repeat is known only when the entry is written: the stages are told behind it, of the decision
      // that counts.
      let answered = try await Deadline.within(exchange.time) {
        try await chamber.deliberateOnce(
          request, key: key.text, by: exchange.principal.subject, trace: exchange.traceID, watch: exchange.watch)
      }
      return .events { sink in
        for stage in answered.stages { try await sink.send(stage) }
        try await sink.send(String(decoding: answered.jsonBytes, as: UTF8.self), event: "answer")
      }
    }
    return .events { sink in
      try await followed(chamber, request, exchange) { message in
        switch message {
        case .stage(let stage): try await sink.send(stage)
        case .answer(let bytes): try await sink.send(String(decoding: bytes, as: UTF8.self), event: "answer")
        case .problem(let bytes): try await sink.send(String(decoding: bytes, as: UTF8.self), event: "problem")
        }
      }
    }
  }
}

extension Answered {
  /// The stages that led here.
  fileprivate var stages: [Stage] {
    let told = Locked<[Stage]>([])
    decided.retell(to: StageTeller(beside: nil) { stage in told.withLock { $0.append(stage) } })
    return told.withLock { $0 } + (receipt.map { [.receipt($0)] } ?? [])
  }
}

extension EventSink {
  fileprivate func send(_ stage: Stage) async throws {
    try await send(String(decoding: stage.jsonBytes, as: UTF8.self), event: stage.name)
  }
}

/// Decides a case and sends what happens as it happens. A reader that goes away ends the sending and not the deliberation,
/// which is on its way into the log. What waits for a slow reader is one case's stages: a few for each critic.
private func followed(
  _ chamber: Chamber, _ request: DeliberationRequest, _ exchange: Exchange,
  to send: (StreamMessage) async throws -> Void
) async throws {
  let (stages, reached) = AsyncStream<Stage>.makeStream()
  let deliberation = Task(executorPreference: exchange.request.eventLoop) { () -> StreamMessage in
    defer { reached.finish() }
    do {
      let answered = try await Deadline.within(exchange.time) {
        try await chamber.deliberate(
          request, by: exchange.principal.subject, trace: exchange.traceID,
          watch: chamber.teller(beside: exchange.watch) { reached.yield($0) })
      }
      return .answer(answered.jsonBytes)
    } catch {
      return .problem(Problem.document(of: error, traceID: exchange.traceID))
    }
  }
  for await stage in stages { try await send(.stage(stage)) }
  try await send(await deliberation.value)
}

struct StreamRoutes {
  let chamber: Chamber
  let settings: StreamSettings
  let headroom: any Headroom
  private let open = OpenStreams()

  init(chamber: Chamber, settings: StreamSettings, headroom: any Headroom) {
    self.chamber = chamber
    self.settings = settings
    self.headroom = headroom
  }

  var operations: [Operation] { [stream] }

  private var stream: Operation {
    Operation(
      "streamDeliberations", .get, "/v1/stream", .deliberations,
      "A WebSocket: each message in is a case as for POST /v1/deliberations; out come its stages as they happen and then its answer. Cases are decided one after the other.",
      access: .roles([.decider]), workload: .interactive,
      parameters: [
        Parameter("stages", .boolean, "Whether stages are sent; true if not given. Answers always are."),
        Patience.parameter,
      ],
      answers: [
        AnswerDeclaration(
          status: .switchingProtocols, summary: "The connection is a WebSocket.", type: "", schema: .any),
        .problem(.upgradeRequired, "This path speaks WebSocket only."),
      ]
    ) { exchange in
      var options = WebSocketOptions()
      options.limits.messageBytes = DeliberationRoutes.largestCase
      options.limits.frameBytes = DeliberationRoutes.largestCase
      return try .webSocket(exchange.request, options) { socket in
        guard open.enter(atMost: settings.connections) else {
          return await socket.close(.tryAgainLater, reason: "too many streams are open")
        }
        defer { open.leave() }
        try await serve(socket, exchange)
      }
    }
  }

  /// The next message is read when the one before has been answered: a client that sends faster waits.
  private func serve(_ socket: WebSocket, _ exchange: Exchange) async throws {
    let tellsStages = exchange.query.boolean("stages") ?? true
    var number = 0
    while let message = try await socket.next() {
      guard exchange.principal.validUntil > WallClock.seconds() else {
        return await socket.close(.policyViolation, reason: "the token has run out")
      }
      number += 1
      // The first message is what the connection was opened for.
      if number > 1 {
        do throws(Problem) { try await exchange.charge?() } catch {
          try await socket.send(.text(error.bytes(traceID: exchange.traceID)))
          continue
        }
      }
      let bytes: [UInt8] =
        switch message {
        case .text(let text): Array(text.utf8)
        case .binary(let bytes): bytes
        }
      let request: DeliberationRequest
      do throws(JSONRefusal) {
        request = try JSONReader.decode(DeliberationRequest.self, from: bytes, limits: DeliberationRoutes.limits)
      } catch {
        try await socket.send(.text(error.problem.bytes(traceID: exchange.traceID)))
        continue
      }
      if let refusal = headroom.refusal(of: .interactive) {
        try await socket.send(.text(refusal.bytes(traceID: exchange.traceID)))
        continue
      }
      let place = number
      try await followed(chamber, request, exchange) { message in
        switch message {
        case .stage(let stage): if tellsStages { try await socket.send(.text(Self.told(stage, of: place))) }
        case .answer(let bytes), .problem(let bytes): try await socket.send(.text(bytes))
        }
      }
    }
  }

  /// `{"stage": "gate", "case": 3, "data": {…}}`, with the number of the message that brought the case.
  private static func told(_ stage: Stage, of place: Int) -> [UInt8] {
    var writer = JSONWriter(capacity: 512)
    writer.beginObject()
    writer.member("stage", stage.name)
    writer.member("case", place)
    writer.member("data", stage)
    writer.endObject()
    return writer.array
  }
}

/// How many streams may be open.
package struct StreamSettings: Sendable {
  /// WebSockets open at once on `/v1/stream`; one more is closed with 1013.
  package var connections = 1024

  package init() {}
}

private final class OpenStreams: Sendable {
  private let count = Atomic<Int>(0)

  func enter(atMost limit: Int) -> Bool {
    guard count.add(1, ordering: .relaxed).newValue <= limit else {
      leave()
      return false
    }
    return true
  }

  func leave() { count.subtract(1, ordering: .relaxed) }
}

extension WebSocketMessage {
  fileprivate static func text(_ bytes: [UInt8]) -> WebSocketMessage { .text(String(decoding: bytes, as: UTF8.self)) }
}

extension Problem {
  /// The document that clients get.
  func bytes(traceID: String?) -> [UInt8] {
    if case .bytes(let bytes) = response(traceID: traceID).body { return bytes }
    return Array("{}".utf8)
  }
}
