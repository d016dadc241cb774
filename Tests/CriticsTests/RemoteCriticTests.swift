// A remote critic: many cases in one call, its answers held to their schema, a dead address costing nobody their time,
// and a real one, written in Python, answering over a real socket.
import Foundation
import JSON
import Locking
import Resilience
import TestSupport
import Testing

@testable import Critics
@testable import Engine

/// A transport that answers by a closure, and remembers what it was asked.
private final class Scripted: RemoteTransport {
  private let asked = Locked<[JSONValue]>([])
  private let answer: @Sendable (JSONValue) async throws -> String

  init(_ answer: @escaping @Sendable (JSONValue) async throws -> String) { self.answer = answer }

  func post(_ body: [UInt8], deadline: Duration) async throws -> [UInt8] {
    let question = try JSONValue(parsing: body)
    asked.withLock { $0.append(question) }
    return Array(try await answer(question).utf8)
  }

  var sizes: [Int] { asked.withLock { $0.map { $0["cases"]?.array?.count ?? 0 } } }

  static func ids(_ question: JSONValue) -> [String] {
    (question["cases"]?.array ?? []).compactMap { $0["id"]?.string }
  }

  static func opinions(_ question: JSONValue, _ rest: String) -> String {
    "{\"opinions\": [" + ids(question).map { "{\"id\": \"\($0)\", \(rest)}" }.joined(separator: ", ") + "]}"
  }
}

/// A transport that answers by a closure, which hears how long it may take.
private struct Timed: RemoteTransport {
  let answer: @Sendable (_ body: [UInt8], _ time: Duration) async throws -> [UInt8]

  func post(_ body: [UInt8], deadline: Duration) async throws -> [UInt8] { try await answer(body, deadline) }
}

/// Holds everybody who passes until it is opened.
private final class Hold: Sendable {
  private let state = Locked<(open: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

  func pass() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.open { state.waiting.append(continuation) }
        return state.open
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.open = true
      return state.waiting
    }
    for each in waiting { each.resume() }
  }
}

@Suite("Remote critic")
struct RemoteCriticTests {
  private static let charter = Charter(
    critic: "brevity", principle: "proportion", deadlineMilliseconds: 5000,
    clauses: [Clause(id: "B1", title: "Too long", tier: .acknowledgment, principle: "proportion")],
    remote: RemoteSeat(url: "http://127.0.0.1:1/"))

  private func ask(
    _ critic: RemoteCritic, _ output: String = "text", under charter: Charter = charter
  ) async throws(CriticFailure) -> Opinion {
    let matter = Case(action: "Answer", output: .text(output))
    return try await critic.examine(
      Examination(matter: matter, evidence: .none, constitution: BuiltInConstitution.constitution), under: charter)
  }

  private func failure(_ critic: RemoteCritic, under charter: Charter = charter) async -> String? {
    do throws(CriticFailure) {
      _ = try await ask(critic, under: charter)
      return nil
    } catch { return error.reason }
  }

  @Test("cases that wait together go out together, and the batch grows while answers come in good time")
  func batches() async throws {
    let hold = Hold()
    let transport = Scripted { question in
      await hold.pass()
      return Scripted.opinions(question, "\"severity\": 0, \"confidence\": 0.9")
    }
    var limits = RemoteLimits()
    limits.calls = 1
    let critic = RemoteCritic(name: "brevity", most: 8, transport: transport, limits: limits)
    try await withThrowingTaskGroup(of: Double.self) { group in
      for _ in 0..<40 { group.addTask { try await ask(critic).confidence } }
      while await critic.health.waiting < 39 { await Task.yield() }
      hold.open()
      for try await confidence in group { #expect(confidence == 0.9) }
    }
    #expect(transport.sizes.reduce(0, +) == 40)
    #expect(transport.sizes.first == 1 && transport.sizes.max() == 8)
    #expect(transport.sizes == transport.sizes.prefix(transport.sizes.count - 1).sorted() + [transport.sizes.last!])
  }

  @Test("a concern takes principle and tier from its clause, and the opinion is as severe as its gravest concern")
  func opinion() async throws {
    let transport = Scripted { question in
      Scripted.opinions(
        question,
        "\"severity\": 0.2, \"confidence\": 0.8, \"concerns\": [{\"clause\": \"B1\", \"severity\": 1.7, \"rationale\": \"long\"}]"
      )
    }
    let opinion = try await ask(RemoteCritic(name: "brevity", transport: transport))
    #expect(opinion.severity == 1.7 && opinion.concerns.map(\.principle) == ["proportion"])
    #expect(opinion.escalations.map(\.tier) == [.acknowledgment])
  }

  @Test("it may abstain, with its reason")
  func abstains() async throws {
    let transport = Scripted { Scripted.opinions($0, "\"abstains\": \"no text\"") }
    #expect(try await ask(RemoteCritic(name: "brevity", transport: transport)).abstention == .declined("no text"))
  }

  @Test(
    "an answer that is none of its kind fails",
    arguments: ["{}", "[]", "nonsense", "{\"opinions\": []}", "{\"opinions\": [1]}"])
  func schema(answer: String) async {
    #expect(await failure(RemoteCritic(name: "brevity", transport: Scripted { _ in answer })) != nil)
  }

  @Test(
    "an opinion that breaks the rules is none, and calls a human",
    arguments: [
      "{\"id\": \"0\"}", "{\"id\": \"0\", \"severity\": 4, \"confidence\": 1}",
      "{\"id\": \"0\", \"severity\": 1, \"confidence\": 2}", "{\"id\": \"0\", \"severity\": \"1\", \"confidence\": 1}",
      "{\"id\": \"0\", \"severity\": 1, \"confidence\": 1, \"verdict\": \"allow\"}",
      "{\"id\": \"0\", \"severity\": 0, \"confidence\": 1}, {\"id\": \"0\", \"severity\": 0, \"confidence\": 1}",
      "{\"id\": \"0\", \"severity\": 1, \"confidence\": 1, \"concerns\": [{\"clause\": \"A1\", \"severity\": 1, \"rationale\": \"x\"}]}",
      "{\"id\": \"0\", \"severity\": 1, \"confidence\": 1, \"concerns\": [{\"clause\": \"B1\", \"severity\": 1}]}",
    ])
  func malformed(opinion: String) async throws {
    let transport = Scripted { _ in "{\"opinions\": [\(opinion)]}" }
    let heard = try await ask(RemoteCritic(name: "brevity", transport: transport))
    guard case .malformed? = heard.abstention else {
      Issue.record("\(heard)")
      return
    }
    #expect(heard.escalations.map(\.tier) == [.determination] && heard.severity == 0)
  }

  @Test("an opinion that breaks the rules takes no other of its call with it")
  func neighbours() async throws {
    let transport = Scripted { question in
      let opinions = Scripted.ids(question).enumerated().map { place, id in
        "{\"id\": \"\(id)\", \"severity\": \(place == 1 ? 99 : 0.5), \"confidence\": 1}"
      }
      return "{\"opinions\": [\(opinions.joined(separator: ","))]}"
    }
    let critic = RemoteCritic(name: "brevity", transport: transport)
    let opinions = try await withThrowingTaskGroup(of: Opinion.self) { group in
      for _ in 0..<12 { group.addTask { try await self.ask(critic) } }
      return try await group.reduce(into: [Opinion]()) { $0.append($1) }
    }
    #expect(transport.sizes.contains { $0 > 1 })
    #expect(opinions.count { $0.abstention == nil } > 0)
    #expect(opinions.allSatisfy { $0.abstention == nil ? $0.severity == 0.5 : !$0.escalations.isEmpty })
    #expect(opinions.count { $0.abstention != nil } == transport.sizes.count { $0 > 1 })
    #expect(await critic.health.isOpen == false)
  }

  @Test("after repeated failures nobody waits for it")
  func breaker() async {
    struct Down: Error {}
    let transport = Scripted { _ in throw Down() }
    let critic = RemoteCritic(name: "brevity", transport: transport)
    for _ in 0..<BreakerSettings().least { #expect(await failure(critic)?.contains("failed") == true) }
    let calls = transport.sizes.count
    #expect(await failure(critic)?.contains("breaker is open") == true)
    #expect(transport.sizes.count == calls)
  }

  @Test("a breaker closed from outside lets it be asked again at once")
  func reset() async throws {
    struct Down: Error {}
    let isDown = Locked(true)
    let transport = Scripted { question in
      if isDown.withLock({ $0 }) { throw Down() }
      return Scripted.opinions(question, "\"severity\": 0, \"confidence\": 1")
    }
    let board = BreakerBoard()
    let critic = RemoteCritic(name: "brevity", transport: transport, breaker: board.breaker("critic.brevity"))
    for _ in 0..<BreakerSettings().least { _ = await failure(critic) }
    #expect(board.reports.map(\.state) == [.open])
    isDown.withLock { $0 = false }
    #expect(await failure(critic)?.contains("breaker is open") == true)
    #expect(board.reset("critic.brevity"))
    #expect(try await ask(critic).severity == 0)
  }

  @Test("whoever stops waiting takes no place in a call")
  func cancellation() async throws {
    let hold = Hold()
    let transport = Scripted { question in
      await hold.pass()
      return Scripted.opinions(question, "\"severity\": 0, \"confidence\": 1")
    }
    var limits = RemoteLimits()
    limits.calls = 1
    let critic = RemoteCritic(name: "brevity", transport: transport, limits: limits)
    let first = Task { try await ask(critic).severity }
    while transport.sizes.isEmpty { await Task.yield() }
    let second = Task { await failure(critic) }
    while await critic.health.waiting == 0 { await Task.yield() }
    second.cancel()
    #expect(await second.value == "cancelled")
    hold.open()
    #expect(try await first.value == 0)
    #expect(transport.sizes == [1])
  }

  @Test("a call has the time of whoever in it waits longest, and being cut short by them says nothing of the critic")
  func hurried() async throws {
    let times = Locked<[Duration]>([])
    let transport = Timed { body, time in
      times.withLock { $0.append(time) }
      try await Task.sleep(for: time + .milliseconds(5))
      throw CriticFailure("there was no answer in time")
    }
    let breaker = Breaker("critic.brevity")
    let critic = RemoteCritic(name: "brevity", transport: transport, breaker: breaker)
    for _ in 0..<(2 * BreakerSettings().least) {
      await Deadline.within(.milliseconds(10)) { #expect(await failure(critic) != nil) }
    }
    #expect(breaker.state == .closed)
    #expect(times.withLock { $0.allSatisfy { $0 <= .milliseconds(10) } && !$0.isEmpty })
    // Of one who has time there is enough to learn.
    var quick = Self.charter
    quick.deadlineMilliseconds = 10
    for _ in 0..<BreakerSettings().least { #expect(await failure(critic, under: quick) != nil) }
    #expect(breaker.state == .open)
  }

  @Test("the deadline of one caller does not end a call that carries another's case")
  func unequal() async throws {
    let hold = Hold()
    let times = Locked<[Duration]>([])
    let transport = Timed { body, time in
      times.withLock { $0.append(time) }
      #expect(Deadline.current == nil)
      await hold.pass()
      return Array(Scripted.opinions(try JSONValue(parsing: body), "\"severity\": 0, \"confidence\": 1").utf8)
    }
    var limits = RemoteLimits()
    limits.calls = 1
    let critic = RemoteCritic(name: "brevity", most: 8, transport: transport, limits: limits)
    let first = Task { try await ask(critic) }
    while times.withLock({ $0.isEmpty }) { await Task.yield() }
    let hasty = Task { try await Deadline.within(.seconds(2)) { try await ask(critic) } }
    while await critic.health.waiting < 1 { await Task.yield() }
    let patient = Task { try await ask(critic) }
    while await critic.health.waiting < 2 { await Task.yield() }
    hold.open()
    for each in [first, hasty, patient] { #expect(try await each.value.severity == 0) }
    #expect(times.withLock { $0.first == .seconds(5) && $0.max() == .seconds(5) })
  }

  @Test("the example in Python answers over a socket")
  func example() async throws {
    let script = Fixtures.packageRoot.appending(path: "examples/remote_critic.py")
    let process = try RunningProcess(path: "/usr/bin/python3", [script.path])
    defer { process.signal(SIGTERM) }
    try await process.waitForOutput("listening on ")
    let words = process.standardOutput.split(whereSeparator: \.isWhitespace)
    let port = try #require(words.last.flatMap { UInt16($0) })
    let critic = RemoteCritic(
      name: "brevity",
      transport: Scripted { question in
        try request("POST", "/opinions", port: port, body: String(decoding: question.jsonBytes, as: UTF8.self)).text
      })
    let short = try await ask(critic, "short")
    #expect(short.severity == 0 && short.concerns.isEmpty)
    let long = try await ask(critic, String(repeating: "word ", count: 4000))
    #expect(long.concerns.map(\.clause) == ["B1"] && long.severity == 2)
    #expect(long.escalations.map(\.tier) == [.acknowledgment])
  }
}
