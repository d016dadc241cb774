// How long others may be called for a request: what the service has, or what the caller says it waits.
import Foundation
import TestSupport
import Testing

@Suite("The time of a request")
struct RequestTimeTests {
  private static let loopback = ["WITAN_OUTGOING_ALLOW_LOOPBACK": "true"]

  private struct Slow {
    let critic: OutsideCriticServer
    let server: WitanServer
    let token: String

    init(delay: Double = 3, required: Bool = false, _ environment: [String: String] = [:]) async throws {
      critic = try await OutsideCriticServer(delay: delay, required: required)
      server = try await WitanServer(
        ["--policies", critic.policies.path], environment: RequestTimeTests.loopback.merging(environment) { $1 })
      token = try await server.token("decider", "auditor")
    }

    func decide(_ action: String, waiting: String? = nil) throws -> (answer: [String: Any], took: Duration) {
      let began = ContinuousClock.now
      let answer = try server.call(
        "POST", "/v1/deliberations", token: token, body: #"{"action": "\#(action)"}"#,
        fields: waiting.map { ["Request-Timeout": $0] } ?? [:])
      #expect(answer.status == 200, "\(answer.text)")
      return (try answer.json(), .now - began)
    }

    /// The milliseconds that the critic had, where it was late.
    func late(_ answer: [String: Any]) -> Int? {
      let abstentions = answer["abstentions"] as? [[String: Any]] ?? []
      let reason = abstentions.first { $0["critic"] as? String == "brevity" }?["reason"] as? String
      return reason?.split(separator: " ").compactMap { Int($0) }.first
    }
  }

  @Test(
    "who waits less than a critic takes is answered in time, without it and without a permit; nothing of that is kept")
  func hurried() async throws {
    let slow = try await Slow()
    let (answer, took) = try slow.decide("water the plants", waiting: "0.3")
    #expect(took < .milliseconds(2500), "\(took)")
    #expect((1...300).contains(try #require(slow.late(answer))), "\(answer)")
    #expect(answer["verdict"] as? String == "allow" && answer["permit"] is NSNull)
    #expect((answer["gate"] as? [String: Any])?["open"] as? Bool == false)
    let degraded = answer["degraded"] as? [[String: Any]] ?? []
    #expect(degraded.map { $0["part"] as? String } == ["critic.brevity"])
    let id = try #require(answer["id"] as? String)
    let replay = try slow.server.call("POST", "/v1/deliberations/\(id)/replay", token: slow.token).json()
    #expect(replay["matches"] as? Bool == true)
    // Its breaker does not open because callers are in a hurry.
    for number in 0..<6 { _ = try slow.decide("plant \(number)", waiting: "0.05") }
    let (whole, _) = try slow.decide("water the plants")
    #expect(slow.late(whole) == nil && whole["cache"] as? String == "miss" && whole["permit"] is String, "\(whole)")
  }

  @Test("a required critic that there was no time for escalates, and no human can open that gate")
  func required() async throws {
    let slow = try await Slow(required: true)
    let (answer, took) = try slow.decide("water the plants", waiting: "0.3")
    #expect(took < .milliseconds(2500) && answer["verdict"] as? String == "escalate", "\(took): \(answer)")
    // Nobody is asked to open what the caller's hurry has shut.
    #expect((answer["gate"] as? [String: Any])?["review"] is NSNull && answer["permit"] is NSNull)
    let notes = answer["notes"] as? [String] ?? []
    #expect(notes.contains { $0.contains("Not given their time: brevity") }, "\(notes)")
  }

  @Test("what is no number of seconds is passed over", arguments: ["soon", "-1", "1e-3", "", ".", "0,1", "١"])
  func nonsense(value: String) async throws {
    let slow = try await Slow(delay: 0.5)
    let (answer, _) = try slow.decide("water the plants", waiting: value)
    #expect(slow.late(answer) == nil && answer["abstentions"] as? [String] == [], "\(answer)")
  }

  @Test("the service's own time counts where nobody says anything, and no caller has more")
  func setting() async throws {
    let slow = try await Slow(["WITAN_HTTP_REQUEST_TIME": "300ms"])
    for waiting in [nil, "60"] {
      let (answer, took) = try slow.decide("water the plants", waiting: waiting)
      #expect(took < .milliseconds(2500), "\(took)")
      #expect((1...300).contains(try #require(slow.late(answer))), "\(answer)")
    }
  }

  @Test("it counts for a document as a whole, for every line's group, for events, and for each message of a stream")
  func everywhere() async throws {
    let slow = try await Slow()
    let fields = ["Request-Timeout": "0.2"]
    let began = ContinuousClock.now
    let document = try slow.server.call(
      "POST", "/v1/deliberations/batch", token: slow.token,
      body: #"{"cases": [{"action": "a plant"}, {"action": "a tree"}]}"#, fields: fields
    ).json()
    let lines = try slow.server.call(
      "POST", "/v1/deliberations/batch", token: slow.token, body: #"{"action": "a leaf"}"# + "\n",
      fields: fields.merging(["Content-Type": "application/x-ndjson"]) { $1 })
    let events = try slow.server.call(
      "POST", "/v1/deliberations", token: slow.token, body: #"{"action": "a root"}"#,
      fields: fields.merging(["Accept": "text/event-stream"]) { $1 })
    #expect(.now - began < .milliseconds(2500))
    let results = document["results"] as? [[String: Any]] ?? []
    #expect(results.count == 2 && results.allSatisfy { (slow.late($0) ?? 9999) <= 200 && $0["permit"] is NSNull })
    #expect(slow.late(try lines.json()) ?? 9999 <= 200, "\(lines.text)")
    #expect(events.text.contains("gave no answer within") && events.text.contains("event: answer"), "\(events.text)")
  }

  @Test("over a WebSocket it counts for each message anew")
  func webSocket() async throws {
    let slow = try await Slow()
    let client = try WebSocketClient(
      port: slow.server.port, target: "/v1/stream?stages=false", token: slow.token, fields: ["Request-Timeout": "0.5"])
    for number in 0..<3 {
      let began = ContinuousClock.now
      try client.send(#"{"action": "water plant \#(number)"}"#)
      let answer = try #require(
        try JSONSerialization.jsonObject(with: Data(try client.receive().utf8)) as? [String: Any])
      let took = ContinuousClock.now - began
      #expect((400...500).contains(slow.late(answer) ?? 0), "\(answer)")
      #expect(answer["permit"] is NSNull && took > .milliseconds(400) && took < .milliseconds(2500), "\(took)")
    }
    let patient = try WebSocketClient(port: slow.server.port, target: "/v1/stream?stages=false", token: slow.token)
    try patient.send(#"{"action": "water the plants"}"#)
    let answer = try patient.receive()
    #expect(answer.contains(#""abstentions":[]"#) && !answer.contains(#""permit":null"#), "\(answer)")
  }

  @Test("nobody is let in by hurry: limits and signatures have the service's time, whatever the caller says")
  func admission() async throws {
    let instances = try await Instances(2, environment: ["WITAN_LIMITS_DECIDER": "3/1h", "WITAN_REDIS_BUDGET": "5s"])
    let statuses = try (0..<6).map { number in
      try instances.servers[number % 2].call(
        "POST", "/v1/deliberations", token: instances.admin, body: #"{"action": "look \#(number)"}"#,
        fields: ["Request-Timeout": "0"])
    }
    // Of the buckets that both share, not of one for each.
    #expect(statuses.map(\.status) == [200, 200, 200, 429, 429, 429])
    #expect(statuses.allSatisfy { $0["Witan-Degraded"] == nil })
  }
}
