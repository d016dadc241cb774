// A real process, killed in the middle of its work, again and again over one ledger: what it had acknowledged is there.
import Crypto
import Foundation
import TestSupport
import Testing
import TransparencyLog

@testable import Ledger

@Suite struct KillTests {
  /// WITAN_KILL_RUNS for another number.
  private static let runs =
    ProcessInfo.processInfo.environment["WITAN_KILL_RUNS"].flatMap { Int($0) } ?? repetitions(100)

  @Test func everyReceiptOfAKilledProcessVerifies() async throws {
    let folder = try TemporaryFolder()
    var random = SeededGenerator(seed: 61)
    var acknowledged: [UInt64: Digest] = [:]
    for run in 0..<Self.runs {
      let process = try RunningProcess("ledger-writer", [folder.path, "\(run)"])
      let lines = Int.random(in: 1...400, using: &random)
      try await wait(for: "\(lines) receipts") {
        process.standardOutput.utf8.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) } >= lines || !process.isRunning
      }
      #expect(process.isRunning, "\(process.standardError)")
      process.signal(SIGKILL)
      _ = try await process.waitForExit()
      try await wait(for: "the end of the output") { process.standardOutput.hasSuffix("\n") }
      let text = process.standardOutput
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: " ")
        guard parts.count == 2, let index = UInt64(parts[0]), let leaf = Digest(hex: String(parts[1])) else { continue }
        #expect(acknowledged.updateValue(leaf, forKey: index) == nil, "two receipts for entry \(index)")
      }
    }
    let ledger = try Ledger.open(dataFolder: folder.path)
    for (index, leaf) in acknowledged {
      #expect(MerkleHash.leaf(try ledger.entry(at: index).bytes) == leaf, "entry \(index)")
    }
    ledger.close()
    let report = try AuditVerifier.verify(dataFolder: folder.path)
    #expect(report.faults == [])
    #expect(report.size >= UInt64(acknowledged.count))
    #expect(acknowledged.count > Self.runs)
  }
}
