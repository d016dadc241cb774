// Many cases at once, in one document and line by line.
import Foundation
import TestSupport
import Testing

@Suite("Batches")
struct BatchTests {
  private static let cases = [
    #"{"action": "water the plants"}"#, #"{"actoin": "x"}"#, "{", #"{"action": "water the plants"}"#,
    #"{"action": "greet", "options": {"receipt": "proof"}}"#,
  ]

  private func check(_ results: [[String: Any]]) {
    #expect(results.count == Self.cases.count)
    #expect(results[0]["verdict"] as? String == "allow")
    #expect((results[1]["error"] as? [String: Any])?["status"] as? Int == 422)
    #expect(results[3]["cache"] as? String == "hit")
    let indexes = [0, 3, 4].compactMap { (results[$0]["receipt"] as? [String: Any])?["index"] as? Int }
    #expect(indexes.count == 3 && indexes == indexes.sorted() && Set(indexes).count == 3)
    #expect((results[4]["receipt"] as? [String: Any])?["checkpoint"] is String)
  }

  @Test("a document of cases is answered in order, with an error in the place of a bad one")
  func document() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let whole = Self.cases.map { $0 == "{" ? "7" : $0 }.joined(separator: ",")
    let answer = try server.call("POST", "/v1/deliberations/batch", token: token, body: #"{"cases": [\#(whole)]}"#)
    #expect(answer.status == 200, "\(answer.text)")
    let body = try answer.json()
    let results = try #require(body["results"] as? [[String: Any]])
    check(results)
    #expect((results[2]["error"] as? [String: Any])?["status"] as? Int == 422)
    let summary = try #require(body["summary"] as? [String: Any])
    #expect(summary["decided"] as? Int == 3 && summary["errors"] as? Int == 2)
  }

  @Test("lines are answered line by line while more of them come")
  func lines() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    var connection = try RawConnection(port: server.port)
    try connection.send(
      "POST /v1/deliberations/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n"
        + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
    // The second half of a line comes in a chunk of its own, and the last line has no end.
    let text = Self.cases.joined(separator: "\n")
    let cut = text.index(text.startIndex, offsetBy: 40)
    for part in [text[..<cut], text[cut...]] {
      try connection.send("\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n")
    }
    try connection.send("0\r\n\r\n")
    let answer = try connection.answer()
    #expect(answer.status == 200)
    let results = answer.text.split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    check(results)
    #expect((results[2]["error"] as? [String: Any])?["status"] as? Int == 400)
  }

  @Test(
    "a long batch keeps the order of its lines in answers and log, decides equal cases once, and does not give way to itself"
  )
  func order() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor")
    let lines = (0..<2000).map { $0 % 50 == 49 ? "{" : #"{"action": "water plant \#($0 % 700)"}"# }
    let answer = try server.call(
      "POST", "/v1/deliberations/batch", token: token, body: lines.joined(separator: "\n"),
      fields: ["Content-Type": "application/x-ndjson"])
    let results = answer.text.split(separator: "\n").compactMap {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    #expect(results.count == lines.count)
    var last = -1
    var recorded: [Int: String] = [:]
    for (place, result) in results.enumerated() {
      guard place % 50 != 49 else {
        #expect((result["error"] as? [String: Any])?["status"] as? Int == 400)
        continue
      }
      let index = try #require((result["receipt"] as? [String: Any])?["index"] as? Int)
      #expect(index > last)
      last = index
      #expect(result["cache"] as? String == (place < 700 ? "miss" : "hit"), "line \(place)")
      // Equal cases have equal hashes in the log, whichever line they stood in.
      guard place % 700 < 12 else { continue }
      let entry = try server.call("GET", "/v1/audit/entries/\(index)", token: token).json()
      let hash = try #require((entry["body"] as? [String: Any])?["case"] as? String)
      #expect(recorded[place % 700] ?? hash == hash)
      recorded[place % 700] = hash
    }
    #expect(Set(recorded.values).count == 12)
    let metrics = try server.call("GET", "/metrics").text
    #expect(metrics.contains("\nwitan_interactive_requests_total 0\n"))
    #expect(metrics.contains("\nwitan_batch_pauses_total 0\n"))
  }

  /// The most memory that a process has had, in bytes.
  private func peak(_ server: WitanServer) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(server.process.identifier)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) * 1024
  }

  @Test("lines may be more than are ever in memory; a document may not")
  func long() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let before = try peak(server)
    let line = String(repeating: "x", count: 900_000) + "\n"
    let count = 80
    var connection = try RawConnection(port: server.port, timeout: 60)
    let head = "POST /v1/deliberations/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n"
    try connection.send(
      head
        + "Content-Type: application/x-ndjson\r\nContent-Length: \(count * line.utf8.count)\r\nConnection: close\r\n\r\n"
    )
    for _ in 0..<count { try connection.send(line) }
    let answer = try connection.answer()
    #expect(answer.status == 200)
    #expect(answer.text.split(separator: "\n").count == count)
    #expect(try peak(server) - before < 48 << 20)
    var other = try RawConnection(port: server.port)
    try other.send(head + "Content-Type: application/json\r\nContent-Length: \(65 << 20)\r\n\r\n")
    #expect(try other.answer().status == 413)
  }

  @Test("a hundred thousand bytes without a line end are refused, not gathered")
  func endlessLine() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let answer = try? server.call(
      "POST", "/v1/deliberations/batch", token: token, body: String(repeating: "x", count: 3 << 20),
      fields: ["Content-Type": "application/x-ndjson"])
    // The answer had begun before the line became too long: it breaks off.
    #expect(answer == nil || answer?.body.isEmpty == true)
    #expect(try server.call("GET", "/livez").status == 200)
  }
}
