// What auditors and owners find afterwards: records, replays, entries by filter, proofs, constitutions.
import Foundation
import Ledger
import TestSupport
import Testing

@Suite("Records")
struct RecordTests {
  private func decide(_ server: WitanServer, _ token: String, _ body: String) throws -> [String: Any] {
    let answer = try server.call("POST", "/v1/deliberations", token: token, body: body)
    #expect(answer.status == 200, "\(answer.text)")
    return try answer.json()
  }

  @Test("a decider reads its own deliberations and no others; an auditor reads all")
  func ownership() async throws {
    let server = try await WitanServer()
    let one = try await server.token("decider", subject: "one")
    let other = try await server.token("decider", subject: "other")
    let auditor = try await server.token("auditor", subject: "auditor")
    let id = try #require(try decide(server, one, #"{"action": "water the plants"}"#)["id"] as? String)
    let own = try server.call("GET", "/v1/deliberations/\(id)", token: one)
    #expect(own.status == 200)
    let record = try #require(try own.json()["record"] as? [String: Any])
    #expect((record["case"] as? [String: Any])?["action"] as? String == "water the plants")
    #expect(try server.call("GET", "/v1/deliberations/\(id)", token: other).status == 404)
    #expect(try server.call("GET", "/v1/deliberations/\(id)", token: auditor).status == 200)
    #expect(try server.call("GET", "/v1/deliberations/dlb_none", token: auditor).status == 404)
  }

  @Test("deciding again from the record gives the same bytes, also after the weights and the constitution changed")
  func replay() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor", "admin")
    let id = try #require(
      try decide(server, token, #"{"action": "delete the backups", "context": {"impact": "high"}}"#)["id"] as? String)
    let tag = try #require(try server.call("GET", "/v1/weights", token: token)["ETag"])
    _ = try server.call(
      "PUT", "/v1/weights", token: token, body: #"{"weights": {"risk": 9}, "reason": "x"}"#, fields: ["If-Match": tag])
    let constitution = try server.call("GET", "/v1/constitution", token: token)
    let version = try #require(constitution["ETag"])
    let changed = constitution.text.replacing(#""title":"Constitution"#, with: #""title":"Another constitution"#)
    #expect(changed != constitution.text)
    let put = try server.call(
      "PUT", "/v1/constitution", token: token, body: #"{"constitution": \#(changed), "reason": "A new title."}"#,
      fields: ["If-Match": version])
    #expect(put.status == 200, "\(put.text)")
    #expect(put["ETag"] != version)
    let stale = try server.call(
      "PUT", "/v1/constitution", token: token, body: #"{"constitution": \#(changed), "reason": "Again."}"#,
      fields: ["If-Match": version])
    #expect(stale.status == 412)
    let replayed = try server.call("POST", "/v1/deliberations/\(id)/replay", token: token)
    #expect(replayed.status == 200, "\(replayed.text)")
    #expect(try replayed.json()["matches"] as? Bool == true, "\(replayed.text)")
    #expect(try await server.stop() == 0)
    // The changed constitution is still in force, although the built-in one is what the program would begin with.
    let again = try await WitanServer(folder: server.folder)
    #expect(try again.call("GET", "/v1/constitution", token: token)["ETag"] == put["ETag"])
    #expect(try again.call("POST", "/v1/deliberations/\(id)/replay", token: token).json()["matches"] as? Bool == true)
  }

  @Test("a record whose answer is not what comes of it is named by audit replay, with both values of all that differs")
  func altered() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let answer = try decide(server, token, #"{"action": "water the plants"}"#)
    let index = try #require((answer["receipt"] as? [String: Any])?["index"] as? Int)
    #expect(try await server.stop() == 0)
    let ledger = try Ledger.open(dataFolder: server.folder.path)
    guard case .present(let bytes) = try ledger.payload(at: UInt64(index)) else { throw RecordGone() }
    let record = String(decoding: bytes, as: UTF8.self)
    let parted = try #require(record.range(of: #""answer":"#))
    let forged =
      record[..<parted.lowerBound]
      + record[parted.lowerBound...].replacing(#""verdict":"allow""#, with: #""verdict":"deny""#)
      .replacing(#""dissent":[]"#, with: #""dissent":[{"critic":"rights"}]"#)
    #expect(forged != record)
    let draft = EntryDraft(type: "deliberation", id: "dlb_forged", actor: "mallory", payload: [UInt8](forged.utf8))
    let receipt = try await ledger.append(draft)
    ledger.close()
    let words = try RunningProcess("witan", ["audit", "replay", "--data", server.folder.path])
    #expect(try await words.waitForExit() == 1)
    #expect(
      words.standardOutput.contains("WRONG  entry \(receipt.index): it differs at 2 places"), "\(words.standardOutput)")
    #expect(words.standardOutput.contains(#"/verdict: recorded "deny", decided "allow""#), "\(words.standardOutput)")
    #expect(words.standardOutput.contains("/dissent/0: recorded {"), "\(words.standardOutput)")
    #expect(words.standardOutput.contains("1 decisions came out the same, 1 did not"), "\(words.standardOutput)")
    let json = try RunningProcess("witan", ["audit", "replay", "--json", "--data", server.folder.path])
    #expect(try await json.waitForExit() == 1)
    let told = try #require(
      try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8)) as? [String: Any])
    let differing = try #require((told["differing"] as? [[String: Any]])?.first)
    let pointers = (differing["differences"] as? [[String: Any]])?.compactMap { $0["pointer"] as? String }
    #expect(pointers?.sorted() == ["/dissent/0", "/verdict"], "\(json.standardOutput)")
  }

  private struct RecordGone: Error {}

  @Test("a constitution that is none is refused with the line of every mistake")
  func badConstitution() async throws {
    let server = try await WitanServer()
    let admin = try await server.token("admin")
    let tag = try #require(try server.call("GET", "/v1/constitution", token: admin)["ETag"])
    let answer = try server.call(
      "PUT", "/v1/constitution", token: admin, body: #"{"constitution": "format: 1\ntitel: x\n", "reason": "x"}"#,
      fields: ["If-Match": tag])
    #expect(answer.status == 422)
    #expect(answer.text.contains("line 2"), "\(answer.text)")
  }

  @Test("entries are found by what they say, a page at a time")
  func filters() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor")
    for number in 0..<5 {
      _ = try decide(server, token, #"{"action": "greet", "subject": "customer-\#(number % 2)", "tags": ["t"]}"#)
    }
    func page(_ query: String) throws -> (ids: [Int], next: String?) {
      let answer = try server.call("GET", "/v1/audit/entries?\(query)", token: token)
      #expect(answer.status == 200, "\(answer.text)")
      let body = try answer.json()
      #expect(body["complete"] as? Bool == true)
      return ((body["entries"] as? [[String: Any]] ?? []).compactMap { $0["index"] as? Int }, body["next"] as? String)
    }
    let all = try page("type=deliberation&subject=customer-0").ids
    #expect(all.count == 3)
    #expect(all == all.sorted(by: >))
    let first = try page("type=deliberation&subject=customer-0&limit=2")
    let next = try #require(first.next)
    let second = try page("type=deliberation&subject=customer-0&limit=2&cursor=\(next)")
    #expect(first.ids + second.ids == all)
    #expect(try page("type=deliberation&verdict=deny").ids.isEmpty)
    let wrong = try server.call("GET", "/v1/audit/entries?verdcit=deny", token: token)
    #expect(wrong.status == 422)
    #expect(wrong.text.contains("verdict"))
  }
}
