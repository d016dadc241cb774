// What a body may hold: every wrong field is named, every near miss is told, and nobody's English is refused.
import Foundation
import TestSupport
import Testing

@Suite("Fields of a body")
struct FieldErrorTests {
  private func errors(_ answer: RawAnswer) throws -> [String: String] {
    let items = try answer.json()["errors"] as? [[String: String]] ?? []
    return Dictionary(items.map { ($0["pointer"] ?? "", $0["message"] ?? "") }, uniquingKeysWith: { $0 + " " + $1 })
  }

  @Test("that are wrong are all named at once, wherever they stand")
  func allAtOnce() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "admin", "reviewer")
    let answer = try server.call(
      "POST", "/v1/deliberations", token: token,
      body: """
        {"action": "", "kind": 7, "actor": [], "subject": {}, "tags": ["a", 5, null], "inptu": "x", "options":
         {"receipt": "full", "explain": "yes", "dryrun": true}, "context": {"impact": "enormous", "reversible": "no",
          "affected_persons": -1, "confidence": 1.5, "group_outcomes": {"a": {"selected": "x", "total": 3}},
          "amount": {"currency": "EUR"}, "budget": {"limt": 3}}}
        """)
    #expect(answer.status == 422, "\(answer.text)")
    let errors = try errors(answer)
    let expected: Set<String> = [
      "/action", "/kind", "/actor", "/subject", "/tags/1", "/tags/2", "/inptu", "/options/receipt", "/options/explain",
      "/options/dryrun", "/context/impact", "/context/reversible", "/context/affected_persons", "/context/confidence",
      "/context/group_outcomes/a/selected", "/context/amount/value", "/context/budget/limt",
    ]
    #expect(Set(errors.keys) == expected, "\(answer.text)")
    #expect(errors["/inptu"]?.contains("“input”") == true)
    #expect(errors["/options/dryrun"]?.contains("“dry_run”") == true)
    #expect(errors["/context/budget/limt"]?.contains("“limit”") == true)

    let weights = try server.call(
      "PUT", "/v1/weights", token: token, body: #"{"weigths": {}, "reason": 5}"#, fields: ["If-Match": "\"1\""])
    #expect(weights.status == 422, "\(weights.text)")
    #expect(Set(try self.errors(weights).keys).isSuperset(of: ["/weigths", "/weights", "/reason"]))
    #expect(try self.errors(weights)["/weigths"]?.contains("“weights”") == true)
    // What only the constitution in force knows is told with the rest.
    let values = try server.call(
      "PUT", "/v1/weights", token: token, body: #"{"weights": {"risk": 20, "rsk": 1}, "reason": ""}"#,
      fields: ["If-Match": "\"1\""])
    #expect(Set(try self.errors(values).keys) == ["/weights/risk", "/weights/rsk", "/reason"], "\(values.text)")
    #expect(try self.errors(values)["/weights/rsk"]?.contains("“risk”") == true)
    let query = try server.call("GET", "/v1/reviews?limti=5&tier=9", token: token)
    #expect(query.status == 422)
    #expect(Set(try self.errors(query).keys) == ["/query/limti", "/query/tier"])
    #expect(try self.errors(query)["/query/limti"]?.contains("“limit”") == true)
  }

  @Test("of a context that are not known are kept, and noted with the nearest known name")
  func unknownFacts() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor")
    let answer = try server.call(
      "POST", "/v1/deliberations", token: token,
      body: #"{"action": "greet", "context": {"reversibel": true, "ticket": "A-7"}}"#)
    #expect(answer.status == 200, "\(answer.text)")
    let body = try answer.json()
    let notes = (body["notes"] as? [String] ?? []).joined(separator: "\n")
    #expect(notes.contains("reversibel") && notes.contains("reversible"), "\(notes)")
    let id = try #require(body["id"] as? String)
    let record = try server.call("GET", "/v1/deliberations/\(id)", token: token)
    #expect(record.text.contains(#""ticket":"A-7""#) && record.text.contains(#""reversibel":true"#))
  }

  private static let prose: [String] = [
    "Robert'); DROP TABLE students;-- is what he's called, isn't it?",
    "SELECT * FROM orders WHERE name = 'O''Brien' UNION ALL SELECT 1; INSERT, UPDATE, DELETE; EXEC xp_cmdshell",
    "<script>alert(1)</script> & <!-- ${jndi:ldap://x} {{7*7}} %s %n ../../etc/passwd \u{0} \u{7f}",
    "👩‍👩‍👧‍👦 🏳️‍🌈 naïve café, «ça va?» — “quoted”, Straße, 汉字, हिन्दी, العربية, a\u{0301}\u{2028}\u{200b}",
    String(repeating: "It's a long letter; she didn't say why, and we won't ask. ", count: 1130),
  ]

  @Test("may hold any words: apostrophes, semicolons, SQL, emoji and 64 KB of prose", arguments: prose)
  func ordinaryText(text: String) async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor")
    let body: [String: Any] = [
      "action": "write_letter", "kind": "message", "input": text, "output": ["draft": text], "tags": ["it's"],
      "actor": "o'brien; --", "subject": "customer 'x'", "context": ["purpose": text, "claims": [text]],
    ]
    let json = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: json)
    #expect(answer.status == 200, "\(answer.text)")
    let id = try #require(try answer.json()["id"] as? String)
    let record = try server.call("GET", "/v1/deliberations/\(id)", token: token).json()
    let kept = try #require((record["record"] as? [String: Any])?["case"] as? [String: Any])
    #expect(kept["input"] as? String == text)
    #expect((kept["output"] as? [String: Any])?["draft"] as? String == text)
    #expect(kept["actor"] as? String == "o'brien; --")
    let found = try server.call("GET", "/v1/audit/entries?actor=tester&subject=customer%20%27x%27", token: token)
    #expect(found.text.contains(id))
  }
}
