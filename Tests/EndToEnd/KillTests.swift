// The real server, killed in the middle of its work, again and again over one data folder: what it had answered is there.
import Crypto
import Foundation
import Ledger
import Locking
import TestSupport
import Testing
import TransparencyLog

@Suite struct KillTests {
  /// WITAN_KILL_RUNS for another number.
  private static let runs = ProcessInfo.processInfo.environment["WITAN_KILL_RUNS"].flatMap { Int($0) } ?? 20
  private static let lanes = 8

  /// What answers said of their receipts.
  private final class Answers: Sendable {
    let receipts = Locked<[(index: UInt64, leaf: Digest)]>([])
    let running = Locked(0)
  }

  /// Posts one case after the other on a connection of its own, until the server is gone.
  private func post(lane: Int, run: Int, port: UInt16, token: String, _ answers: Answers) {
    answers.running.withLock { $0 += 1 }
    Thread.detachNewThread {
      defer { answers.running.withLock { $0 -= 1 } }
      guard var connection = try? RawConnection(port: port) else { return }
      for number in 0... {
        let body =
          #"{"kind":"tool_call","action":"note","input":"run \#(run), lane \#(lane), case \#(number)","options":{"receipt":"index"}}"#
        do {
          try connection.send(
            "POST /v1/deliberations HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n"
              + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
          let answer = try connection.answer()
          guard answer.status == 200, let receipt = try answer.json()["receipt"] as? [String: Any],
            let index = (receipt["index"] as? Int).map({ UInt64($0) }),
            let leaf = (receipt["leaf_hash"] as? String).flatMap({ Digest(hex: $0) })
          else {
            Issue.record("\(answer.status): \(answer.text)")
            return
          }
          answers.receipts.withLock { $0.append((index, leaf)) }
        } catch { return }
      }
    }
  }

  @Test func everyAnswerOfAKilledServerIsInTheLogAfterwards() async throws {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(seed: 67)
    var leaves: [UInt64: Digest] = [:]
    for run in 0..<Self.runs {
      let server = try await WitanServer(folder: folder)
      let token = try await server.token("decider")
      let answers = Answers()
      for lane in 0..<Self.lanes { post(lane: lane, run: run, port: server.port, token: token, answers) }
      let enough = Int.random(in: 1...300, using: &random)
      try await wait(for: "\(enough) answers", within: .seconds(60)) {
        answers.receipts.withLock { $0.count } >= enough || !server.process.isRunning
      }
      #expect(server.process.isRunning, "\(server.process.standardError)")
      server.process.signal(SIGKILL)
      _ = try await server.process.waitForExit()
      try await wait(for: "the end of all lanes") { answers.running.withLock { $0 } == 0 }
      for (index, leaf) in answers.receipts.withLock({ $0 }) {
        #expect(leaves.updateValue(leaf, forKey: index) == nil, "two answers with entry \(index)")
      }
    }
    let verify = try RunningProcess("witan", ["audit", "verify", "--data", folder.path])
    #expect(try await verify.waitForExit() == 0, "\(verify.standardOutput)\(verify.standardError)")
    let ledger = try Ledger.open(dataFolder: folder.path)
    for (index, leaf) in leaves {
      #expect(MerkleHash.leaf(try ledger.entry(at: index).bytes) == leaf, "entry \(index)")
    }
    ledger.close()
    #expect(leaves.count > Self.runs)
  }
}
