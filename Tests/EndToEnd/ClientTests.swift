// The clients, against a real server: decide, batch, verify a receipt with the server gone, wait for a human, use a permit.
import Foundation
import TestSupport
import Testing
import WitanClient

/// Cases of a batch, made one by one: how many were asked for shows how far ahead the sending runs.
private let grave =
  #"{"action": "delete", "input": "Delete the production database for good.", "actor": "agent-7", "context": {"impact": "high"}}"#

extension WitanServer {
  fileprivate var logKey: String {
    let line = process.standardOutput.split(separator: "\n").first { $0.contains("log key") } ?? ""
    return line.split(separator: " ").last.map(String.init) ?? ""
  }

  fileprivate var url: URL { URL(string: "http://127.0.0.1:\(port)") ?? URL(filePath: "/") }
}

@Suite("The Python client")
struct PythonClientTests {
  private func run(_ program: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
    let folder = Fixtures.packageRoot.appending(path: "clients/python").path
    // Without Debian's packages: the standard library is all it may use.
    let python = try RunningProcess(
      path: "/usr/bin/python3",
      [
        "-I", "-S", "-c", "import sys; sys.path.insert(0, sys.argv[1])\nsys.dont_write_bytecode = True\n" + program,
        folder,
      ]
        + arguments)
    let status = try await python.waitForExit()
    return (status, python.standardOutput + python.standardError)
  }

  @Test("decides, verifies the receipt without the server, and sees every forgery")
  func receipts() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor")
    let (status, output) = try await run(
      """
      import copy, json
      from witan import Witan, Problem, Unverified, verify_receipt, verify_permit
      url, token, key = sys.argv[2:]
      with Witan(url, token) as witan:
          for _ in range(5):
              witan.decide({"action": "water the plants"})
          answer = witan.decide({"action": "send_newsletter", "context": {"impact": "low"}}, receipt="proof")
          entry = witan.entry(answer["receipt"]["index"])
          keys = witan.key_set()
          assert witan.use_permit(answer["permit"]) and not witan.use_permit(answer["permit"])
          again = [witan.decide({"action": "once"}, idempotency_key="k")["id"] for _ in range(2)]
          assert again[0] == again[1]
          try:
              witan.decide({"actoin": "x"})
              raise SystemExit("a wrong case was taken")
          except Problem as problem:
              assert problem.status == 422 and "/actoin" in [e["pointer"] for e in problem.errors], problem
      receipt = answer["receipt"]
      assert verify_receipt(entry, receipt, key, answer)["id"] == answer["id"]
      assert verify_permit(answer["permit"], keys, answer["id"])["verdict"] == "allow"
      def refused(change):
          e, r, k, a = bytearray(entry), copy.deepcopy(receipt), key, dict(answer)
          out = change(e, r, a)
          try:
              verify_receipt(bytes(e), r, out or k, a)
          except Unverified:
              return
          raise SystemExit("a forgery passed: %s" % change)
      def flip(e, r, a): e[len(e) // 2] ^= 1
      def step(e, r, a): r["proof"][0] = "00" * 32
      def place(e, r, a): r["index"] += 1
      def note(e, r, a): r["checkpoint"] = r["checkpoint"].replace("\\n\\n", "x\\n\\n", 1)
      def other(e, r, a): a["verdict"] = "deny"
      def theirs(e, r, a): a["id"] = "dlb_other"
      def none(e, r, a): del r["proof"]
      def stranger(e, r, a): return key[:-6] + ("AAAAA=" if not key.endswith("AAAAA=") else "BBBBA=")
      for change in (flip, step, place, note, other, theirs, none, stranger):
          refused(change)
      try:
          verify_permit(answer["permit"], keys, now=answer["receipt"]["index"] + 4e9)
          raise SystemExit("an old permit passed")
      except Unverified as error:
          assert "run out" in str(error)
      print("fine")
      """, [server.url.absoluteString, token, server.logKey])
    #expect(status == 0 && output == "fine\n", "\(output)")
  }

  @Test("streams a batch both ways, with each wrong case in its place")
  func batch() async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider")
    let (status, output) = try await run(
      """
      from witan import Witan, Problem
      witan = Witan(sys.argv[2], sys.argv[3])
      ahead = []
      def cases():
          for number in range(3000):
              ahead.append(number)
              yield {"actoin": "x"} if number % 1000 == 500 else {"action": "water plant %d" % number}
      answers = 0
      for number, answer in enumerate(witan.batch(cases())):
          assert ("error" in answer) == (number % 1000 == 500), (number, answer)
          answers += 1
      assert answers == 3000 == len(ahead), answers
      def broken():
          yield {"action": "x"}
          raise KeyError("no more")
      try:
          list(witan.batch(broken()))
          raise SystemExit("the failure was not told")
      except KeyError:
          pass
      try:
          list(Witan(sys.argv[2], "no token").batch([{"action": "x"}]))
          raise SystemExit("no token was taken")
      except Problem as problem:
          assert problem.status == 401
      print("fine")
      """, [server.url.absoluteString, token])
    #expect(status == 0 && output == "fine\n", "\(output)")
  }

  @Test("waits for a human, and gets the permit that the human opened")
  func review() async throws {
    let server = try await WitanServer()
    let (decider, reviewer) = (try await server.token("decider"), try await server.token("reviewer", subject: "human"))
    let (status, output) = try await run(
      """
      import json, threading
      from witan import Witan, ReviewPending, verify_permit
      url, decider, reviewer, case = sys.argv[2:]
      witan = Witan(url, decider)
      answer = witan.decide(json.loads(case))
      assert not answer["gate"]["open"] and answer["permit"] is None
      try:
          witan.wait_for_review(answer, timeout=0.05, interval=0.01)
          raise SystemExit("nobody has answered")
      except ReviewPending:
          pass
      path = answer["gate"]["review"] + "/determine"
      act = {"determination": "proceed", "rationale": "It was copied before."}
      threading.Timer(0.2, lambda: Witan(url, reviewer).request("POST", path, act)).start()
      closed = witan.wait_for_review(answer, timeout=30, interval=0.05)
      assert closed["review"]["outcome"] == "affirmed", closed
      claims = verify_permit(closed["permit"], witan.key_set(), answer["id"])
      assert claims["opened_by"] == ["human"], claims
      assert witan.use_permit(closed["permit"])
      print("fine")
      """, [server.url.absoluteString, decider, reviewer, grave])
    #expect(status == 0 && output == "fine\n", "\(output)")
  }

  @Test("says how long it waits, for a case and for a batch")
  func waiting() async throws {
    let critic = try await OutsideCriticServer(delay: 3)
    let server = try await WitanServer(
      ["--policies", critic.policies.path], environment: ["WITAN_OUTGOING_ALLOW_LOOPBACK": "true"])
    let (status, output) = try await run(
      """
      from witan import Witan
      witan = Witan(sys.argv[2], sys.argv[3])
      def late(answer):
          reasons = [each["reason"] for each in answer["abstentions"] if each["critic"] == "brevity"]
          return bool(reasons) and answer["permit"] is None
      assert late(witan.decide({"action": "water a plant"}, request_timeout=0.05))
      assert all(late(each) for each in witan.batch([{"action": "a tree"}, {"action": "a leaf"}], request_timeout=0.05))
      assert not late(witan.decide({"action": "water a plant"}, request_timeout=1e2))
      for wrong in (-1, float("nan"), float("inf")):
          try:
              witan.decide({"action": "x"}, request_timeout=wrong)
              raise SystemExit("%r was taken" % wrong)
          except ValueError:
              pass
      print("fine")
      """, [server.url.absoluteString, try await server.token("decider")])
    #expect(status == 0 && output == "fine\n", "\(output)")
  }

  @Test("checks Ed25519 as others do: the official examples, and what must be refused")
  func curve() async throws {
    // RFC 8032, section 7.1, tests 1 to 3; then a scalar that is not reduced, and a key that is no point.
    let (status, output) = try await run(
      """
      from witan import verify_ed25519
      h = bytes.fromhex
      examples = [
          ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
           "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
           "d25bf5f0595bbe24655141438e7a100b"),
          ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
           "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
           "387b2eaeb4302aeeb00d291612bb0c00"),
          ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
           "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
           "4a7c15e9716ed28dc027beceea1ec40a"),
      ]
      order = 2**252 + 27742317777372353535851937790883648493
      for key, message, signature in examples:
          key, message, signature = h(key), h(message), h(signature)
          assert verify_ed25519(key, message, signature)
          assert not verify_ed25519(key, message + b"x", signature)
          assert not verify_ed25519(key, message, signature[:-1])
          assert not verify_ed25519(b"\\xff" * 32, message, signature)
          scalar = int.from_bytes(signature[32:], "little") + order
          assert not verify_ed25519(key, message, signature[:32] + scalar.to_bytes(32, "little"))
      print("fine")
      """, [])
    #expect(status == 0 && output == "fine\n", "\(output)")
  }
}

@Suite("The Swift client")
struct SwiftClientTests {
  @Test("decides, verifies the receipt without the server, and sees every forgery")
  func receipts() async throws {
    let server = try await WitanServer()
    let witan = Witan(url: server.url, token: try await server.token("decider", "auditor"))
    for _ in 0..<5 { _ = try await witan.decide(WitanCase(action: "water the plants")) }
    let matter = WitanCase(action: "send_newsletter", context: ["impact": "low"])
    let answer = try await witan.decide(matter, options: DecideOptions(receipt: .proof))
    #expect(answer.verdict == .allow && answer.gate.open)
    let receipt = try #require(answer.receipt)
    let entry = try await witan.entry(at: receipt.index)
    let key = server.logKey
    #expect(try await server.stop() == 0)
    try receipt.verify(entry: entry, logKey: key, answer: answer)
    var forged = entry
    forged[forged.count / 2] ^= 1
    #expect(throws: Unverified.otherEntry) { try receipt.verify(entry: forged, logKey: key) }
    #expect(throws: Unverified.badKey) { try receipt.verify(entry: entry, logKey: "x+y+z") }
    let others = try await WitanServer().logKey
    #expect(throws: Unverified.self) { try receipt.verify(entry: entry, logKey: others) }
    func changed(_ change: (inout [String: Any]) -> Void) throws -> Receipt {
      var members = try #require(
        try JSONSerialization.jsonObject(with: try JSONEncoder().encode(receipt)) as? [String: Any])
      change(&members)
      return try JSONDecoder().decode(Receipt.self, from: try JSONSerialization.data(withJSONObject: members))
    }
    let zeros = String(repeating: "0", count: 64)
    #expect(throws: Unverified.proof) {
      try changed { $0["proof"] = [zeros] }.verify(entry: entry, logKey: key)
    }
    #expect(throws: Unverified.proof) {
      try changed { $0["index"] = receipt.index + 1 }.verify(entry: entry, logKey: key)
    }
    #expect(throws: Unverified.noProof) { try changed { $0["proof"] = nil }.verify(entry: entry, logKey: key) }
  }

  @Test("decides a batch in groups, in order, with each wrong case in its place")
  func batch() async throws {
    let server = try await WitanServer()
    let witan = Witan(url: server.url, token: try await server.token("decider"))
    let cases = (0..<600).map { WitanCase(action: $0 == 300 ? "" : "water plant \($0)") }
    var number = 0
    for try await result in witan.batch(cases) {
      switch result {
      case .success(let answer): #expect(number != 300 && answer.verdict == .allow)
      case .failure(let problem): #expect(number == 300 && problem.errors?.first?.pointer == "/action")
      }
      number += 1
    }
    #expect(number == 600)
    let other = Witan(url: server.url, token: "no token")
    await #expect { try await other.decide(WitanCase(action: "x")) } throws: { ($0 as? Problem)?.status == 401 }
  }

  @Test("says how long it waits, for a case and for a batch")
  func waiting() async throws {
    let critic = try await OutsideCriticServer(delay: 3)
    let server = try await WitanServer(
      ["--policies", critic.policies.path], environment: ["WITAN_OUTGOING_ALLOW_LOOPBACK": "true"])
    let witan = Witan(url: server.url, token: try await server.token("decider"))
    let hurried = try await witan.decide(WitanCase(action: "water a plant"), requestTimeout: .milliseconds(50))
    #expect(hurried.permit == nil && critic.asked == 1)
    for try await result in witan.batch([WitanCase(action: "a tree")], requestTimeout: .milliseconds(5)) {
      #expect(try result.get().permit == nil)
    }
    let patient = try await witan.decide(WitanCase(action: "water a plant"), requestTimeout: .seconds(100))
    #expect(patient.permit != nil)
  }

  @Test("waits for a human, and gets the permit that the human opened, once")
  func review() async throws {
    let server = try await WitanServer()
    let witan = Witan(url: server.url, token: try await server.token("decider"))
    let human = try await server.token("reviewer", subject: "human")
    let matter = WitanCase(
      action: "delete", input: "Delete the production database for good.", context: ["impact": "high"], actor: "agent-7"
    )
    let answer = try await witan.decide(matter)
    let path = try #require(answer.gate.review)
    await #expect(throws: ReviewPending.self) {
      try await witan.waitForReview(of: answer.id, within: .milliseconds(20), interval: .milliseconds(5))
    }
    async let waiting = witan.waitForReview(of: answer.id, within: .seconds(30), interval: .milliseconds(20))
    let determined = try server.call(
      "POST", path + "/determine", token: human,
      body: #"{"determination": "proceed", "rationale": "It was copied before."}"#)
    #expect(determined.status == 200, "\(determined.text)")
    let standing = try await waiting
    #expect(standing.review?.outcome == "affirmed")
    let permit = try #require(standing.permit)
    #expect(try await witan.usePermit(permit))
    #expect(try await !witan.usePermit(permit))
    let allowed = try await witan.decide(WitanCase(action: "water the plants"))
    await #expect(throws: NoReview.self) { try await witan.waitForReview(of: allowed.id) }
  }
}

@Suite("The pages of the clients")
struct ClientPageTests {
  @Test("show commands that work as they stand", arguments: ["clients/python/README.md"])
  func commands(page: String) async throws {
    let server = try await WitanServer()
    let token = try await server.token("decider", "auditor")
    let text = try String(contentsOf: Fixtures.packageRoot.appending(path: page), encoding: .utf8)
    let blocks = text.components(separatedBy: "```python\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    #expect(blocks.count == 3)
    let program =
      "import sys; sys.dont_write_bytecode = True\n"
      + blocks.joined(separator: "\n").replacing("http://127.0.0.1:8080", with: server.url.absoluteString)
    let python = try RunningProcess(
      path: "/usr/bin/python3", ["-c", program], environment: ["TOKEN": token, "LOG_KEY": server.logKey],
      folder: Fixtures.packageRoot.appending(path: "clients/python"))
    #expect(try await python.waitForExit() == 0, "\(python.standardError)")
    #expect(python.standardOutput.contains("the log has it"), "\(python.standardOutput)")
  }
}
