// `witan audit`, `doctor`, `backup` and `restore`, as their users run them.
import Foundation
import Ledger
import TestSupport
import Testing

@Suite struct AuditCommandTests {
  let folder: TemporaryFolder
  let data: String

  init() async throws {
    folder = try TemporaryFolder()
    data = folder.file("data").path
    let ledger = try Ledger.open(dataFolder: data)
    for number in 0..<40 {
      _ = try await ledger.append(
        EntryDraft(type: "note", id: "note-\(number)", actor: "somebody", payload: Array("payload \(number)".utf8)))
    }
    ledger.close()
  }

  private func witan(_ arguments: String...) async throws -> (status: Int32, output: String) {
    let process = try RunningProcess("witan", arguments)
    let status = try await process.waitForExit()
    try await wait(for: "the output") { status != 0 || !process.standardOutput.isEmpty || arguments.contains("--out") }
    return (status, process.standardOutput)
  }

  @Test func aWholeLogVerifiesAndAChangedOneNamesItsFirstWrongEntry() async throws {
    let fine = try await witan("audit", "verify", "--data", data, "--json")
    #expect(fine.status == 0)
    #expect(fine.output.contains(#""ok":true"#) && fine.output.contains(#""entries":40"#))
    // One letter in the middle of the file, as a failing disk would leave it.
    let file = URL(filePath: "\(data)/ledger.db")
    var bytes = try Data(contentsOf: file)
    let place = try #require(bytes.range(of: Data("note-17".utf8)))
    bytes[place.lowerBound] ^= 1
    try bytes.write(to: file)
    let wrong = try await witan("audit", "verify", "--data", data)
    #expect(wrong.status == 1)
    #expect(wrong.output.contains("entry 17"), "\(wrong.output)")
  }

  @Test func aProofIsMadeAndCheckedWithNothingButTheKey() async throws {
    let key = try await witan("audit", "key", "--data", data).output.trimmingCharacters(in: .whitespacesAndNewlines)
    let proof = folder.file("entry.tlog-proof").path
    #expect(try await witan("audit", "prove", "12", "--data", data, "--out", proof).status == 0)
    let checked = try await witan("audit", "verify", proof, "--key", key)
    #expect(checked.status == 0)
    #expect(checked.output.contains("note-12"))
    let text = try String(contentsOfFile: proof, encoding: .utf8)
    try text.replacing("index 12", with: "index 13").write(toFile: proof, atomically: true, encoding: .utf8)
    #expect(try await witan("audit", "verify", proof, "--key", key).status == 1)
  }

  @Test func exportsAndTilesVerifyAndUsageIsChecked() async throws {
    let key = try await witan("audit", "key", "--data", data).output.trimmingCharacters(in: .whitespacesAndNewlines)
    let export = folder.file("log.ndjson").path
    #expect(try await witan("audit", "export", "--data", data, "--out", export, "--from", "10").status == 0)
    #expect(try await witan("audit", "verify", "--export", export, "--key", key).status == 0)
    let tiles = folder.file("tiles").path
    let process = try RunningProcess("witan", ["audit", "export", "--data", data, "--tiles", tiles])
    #expect(try await process.waitForExit() == 0)
    #expect(try await witan("audit", "verify", "--tiles", tiles, "--key", key).status == 0)
    #expect(try await witan("audit", "prove", "twelve", "--data", data).status == 2)
    #expect(try await witan("audit", "verify", "--tiles", tiles, "--key", "no+key").status == 2)
  }

  @Test func tilesAreCheckedByAVerifierThatKnowsOnlyThePublicFormats() async throws {
    let ledger = try Ledger.open(dataFolder: data)
    for start in stride(from: 40, to: 700, by: 60) {
      let drafts = (start..<min(start + 60, 700)).map {
        EntryDraft(type: "note", id: "note-\($0)", actor: "somebody")
      }
      for result in await ledger.appendAll(drafts) { _ = try result.get() }
    }
    ledger.close()
    let key = try await witan("audit", "key", "--data", data).output.trimmingCharacters(in: .whitespacesAndNewlines)
    let tiles = folder.file("tiles").path
    let process = try RunningProcess("witan", ["audit", "export", "--data", data, "--tiles", tiles])
    #expect(try await process.waitForExit() == 0)
    #expect(try await StrangersVerifier.check(tiles: tiles, key: key) == "verified 700")
    // And it does look: one bit in a full and in a partial bundle, in a tile of either level, in the checkpoint.
    for name in ["tile/entries/001", "tile/entries/002.p/188", "tile/0/000", "tile/1/000.p/2", "checkpoint"] {
      let file = folder.file("tiles/\(name)")
      let whole = try Data(contentsOf: file)
      var damaged = whole
      damaged[damaged.count / 2] ^= 1
      try damaged.write(to: file)
      #expect(try await StrangersVerifier.check(tiles: tiles, key: key) != "verified 700", "\(name)")
      try whole.write(to: file)
    }
  }

  @Test func holdsAndANewKeyAreEntriesAndVerify() async throws {
    let old = try await witan("audit", "key", "--data", data).output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(
      try await witan("audit", "hold", "case 42", "--reason", "litigation", "--actor", "somebody", "--data", data)
        .status == 0)
    #expect(try await witan("audit", "hold", "case 42", "--reason", "twice", "--data", data).status == 1)
    let holds = try await witan("audit", "holds", "--data", data, "--json").output
    #expect(holds.contains(#"{"name":"case 42","reason":"litigation","filter":{"actor":"somebody"}}"#), "\(holds)")
    let ledger = try Ledger.open(dataFolder: data)
    await #expect(throws: LedgerError.held(index: 3, by: "case 42")) {
      try await ledger.erase(index: 3, actor: "admin", ground: "any")
    }
    // A ledger in use is left alone, with a word on what to do.
    let refused = try await witan("audit", "hold", "other", "--reason", "r", "--data", data)
    #expect(refused.status != 0)
    ledger.close()
    #expect(try await witan("audit", "release", "case 41", "--reason", "r", "--data", data).status == 1)
    #expect(try await witan("audit", "release", "case 42", "--reason", "settled", "--data", data).status == 0)
    #expect(try await witan("audit", "hold", "x", "--reason", "r", "--from", "yesterday", "--data", data).status != 0)
    let new = try await witan("audit", "rotate-key", "--reason", "yearly", "--data", data).output
      .trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(new != old && new.hasPrefix("witan.local/log+"))
    for key in [old, new] {
      #expect(try await witan("audit", "verify", "--data", data, "--key", key).status == 0)
    }
    #expect(
      try await witan("audit", "hold", "nowhere", "--reason", "r", "--data", folder.file("none").path).status != 0)
    #expect(!FileManager.default.fileExists(atPath: folder.file("none").path))
  }

  @Test func aBackupIsPutBackAndTheDoctorPassesBoth() async throws {
    let backup = folder.file("backup").path
    let restored = folder.file("restored").path
    #expect(try await witan("backup", backup, "--data", data, "--with-keys").status == 0)
    #expect(try await witan("restore", backup, "--data", restored).status == 0)
    for place in [data, restored] {
      let examined = try await witan("doctor", "--data", place)
      #expect(examined.status == 0, "\(examined.output)")
      #expect(!examined.output.contains("FAIL"))
    }
    #expect(try await witan("restore", backup, "--data", restored).status == 1)
    #expect(try await witan("audit", "verify", "--data", restored).status == 0)
  }
}
