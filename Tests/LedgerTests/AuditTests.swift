// Auditors: what is whole verifies, from a folder, an export, tiles or a single proof; what was changed in any way does not.
import Crypto
import Foundation
import JSON
import Storage
import TestSupport
import Testing
import TransparencyLog

@testable import Ledger

/// A ledger of `count` entries, every third with a payload, closed.
private func filled(_ folder: TemporaryFolder, _ count: Int) async throws {
  let ledger = try Ledger.open(dataFolder: folder.path)
  for start in stride(from: 0, to: count, by: 40) {
    let drafts = (start..<min(start + 40, count)).map { draft($0, payload: $0 % 3 == 0) }
    for result in await ledger.appendAll(drafts) { _ = try result.get() }
  }
  ledger.close()
}

@Suite struct AuditTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func audit() throws -> AuditReport { try AuditVerifier.verify(dataFolder: folder.path) }

  @Test(arguments: [0, 1, 255, 256, 257, 5000])
  func anUntouchedFolderIsFine(count: Int) async throws {
    try await filled(folder, count)
    let report = try audit()
    #expect(report.faults == [])
    #expect(report.isFine)
    #expect(report.entries == UInt64(count))
    #expect(report.checkpoint?.size == UInt64(count))
    #expect(report.openedPayloads == UInt64((count + 2) / 3))
    // With the public key alone, payload records are still held against their commitments.
    let verifier = try LedgerArchive.verifier(dataFolder: folder.path)
    try remove(folder.file("keys").path)
    let publicly = try AuditVerifier.verify(dataFolder: folder.path, verifier: verifier)
    #expect(publicly.isFine)
    #expect(publicly.payloads == report.payloads)
    #expect(publicly.openedPayloads == 0)
  }

  @Test func aRunningLedgerCanBeAudited() async throws {
    let ledger = try Ledger.open(dataFolder: folder.path)
    let writing = Task {
      for number in 0..<400 { _ = try await ledger.append(draft(number, payload: true)) }
    }
    for _ in 0..<5 { #expect(try audit().faults == []) }
    try await writing.value
    #expect(try audit().entries == 400)
    ledger.close()
  }

  /// One change to one row, of the kinds that a forger or a failing disk could make.
  private func mutate(_ connection: SQLiteConnection, _ random: inout SeededGenerator) throws -> String? {
    let tables = [
      ("entries", "position", "entry"), ("entries", "position", "leaf"), ("payloads", "position", "record"),
      ("payload_keys", "position", "wrapped"), ("tiles", "position", "hashes"),
      ("fingerprints", "bundle", "identifiers"),
      ("head", "only", "note"),
    ]
    let (table, key, column) = tables[Int.random(in: 0..<tables.count, using: &random)]
    let count = try connection.number("SELECT count(*) FROM \(table)") ?? 0
    let offset = Int64.random(in: 0..<max(1, count), using: &random)
    let row = try #require(
      try connection.number("SELECT \(key) FROM \(table) ORDER BY \(key) LIMIT 1 OFFSET \(offset)"))
    switch Int.random(in: 0..<6, using: &random) {
    case 0, 1, 2:
      let read = try connection.prepare("SELECT \(column) FROM \(table) WHERE \(key) = \(row)")
      _ = try read.step()
      var bytes = table == "head" ? Array(read.text(0).utf8) : read.blob(0)
      read.reset()
      let place = Int.random(in: 0..<bytes.count, using: &random)
      bytes[place] ^= UInt8(1 << Int.random(in: 0..<7, using: &random))
      let write = try connection.prepare(
        table == "head"
          ? "UPDATE head SET note = CAST(?1 AS TEXT)" : "UPDATE \(table) SET \(column) = ?1 WHERE \(key) = \(row)")
      write.bind(1, blob: bytes.span.bytes)
      try write.run()
      return "flipped a bit of byte \(place) in \(table).\(column) at \(row)"
    case 3:
      try connection.execute("DELETE FROM \(table) WHERE \(key) = \(row)")
      return "dropped \(table) \(row)"
    case 4:
      guard table != "head" else { return nil }
      let last = try connection.number("SELECT max(\(key)) FROM \(table)") ?? 0
      try connection.execute(
        "INSERT INTO \(table) SELECT \(last + 1 + offset), \(table == "entries" ? "leaf, entry" : column) FROM \(table) WHERE \(key) = \(row)"
      )
      return "added a copy of \(table) \(row)"
    default:
      let other = try connection.number("SELECT \(key) FROM \(table) WHERE \(key) <> \(row) ORDER BY random() LIMIT 1")
      guard let other else { return nil }
      let sets = (table == "entries" ? ["leaf", "entry"] : [column]).map {
        "\($0) = (SELECT \($0) FROM \(table) AS o WHERE o.\(key) = \(row) + \(other) - \(table).\(key))"
      }
      try connection.execute("UPDATE \(table) SET \(sets.joined(separator: ", ")) WHERE \(key) IN (\(row), \(other))")
      return "swapped \(table) \(row) and \(other)"
    }
  }

  @Test(arguments: [31, 32, 33, 34] as [UInt64])
  func everyRandomMutationOfAnyTableIsFound(seed: UInt64) async throws {
    try await filled(folder, 700)
    let database = folder.file("ledger.db")
    let pristine = try Data(contentsOf: database)
    var random = SeededGenerator(seed: seed)
    var done = 0
    while done < 50 {
      try pristine.write(to: database)
      let connection = try SQLiteConnection(path: database.path)
      guard let what = try mutate(connection, &random) else { continue }
      #expect(try !audit().isFine, "seed \(seed): \(what)")
      done += 1
    }
  }

  @Test func theFirstWrongEntryIsNamed() async throws {
    try await filled(folder, 300)
    let connection = try SQLiteConnection(path: folder.file("ledger.db").path)
    for index in [290, 17] {
      try connection.execute(
        "UPDATE entries SET entry = CAST(replace(CAST(entry AS TEXT), 'svc-', 'svc+') AS BLOB) WHERE position = \(index)"
      )
    }
    let report = try audit()
    #expect(report.faults.first?.index == 17)
    #expect(report.faults.contains { $0.index == 290 })
    // Forged more carefully, with the leaf hash that fits: the tree still knows better.
    let read = try connection.prepare("SELECT entry FROM entries WHERE position = 17")
    _ = try read.step()
    let leaf = MerkleHash.leaf(read.blob(0))
    read.reset()
    try connection.execute("UPDATE entries SET leaf = x'\(leaf.hex)' WHERE position = 17")
    #expect(
      try audit().faults.first
        == AuditFault(index: 17, reason: "the tree holds another hash for it than its bytes have"))
  }

  @Test func truncationIsFoundAlsoWhereTheWholeDatabaseIsOlder() async throws {
    try await filled(folder, 100)
    let old = try Data(contentsOf: folder.file("ledger.db"))
    let ledger = try Ledger.open(dataFolder: folder.path)
    _ = try await ledger.append(draft(1000))
    ledger.close()
    try old.write(to: folder.file("ledger.db"))
    let report = try audit()
    #expect(report.faults.map(\.index) == [100])
  }

  // MARK: Exports

  private func export(_ from: UInt64 = 0, _ to: UInt64? = nil) throws -> URL {
    let archive = try LedgerArchive(dataFolder: folder.path)
    let export = try LedgerExport(archive.log, origin: archive.origin, from: from, to: to)
    var bytes: [UInt8] = []
    while let piece = try export.next() {
      #expect(piece.count < LedgerExport.pieceBytes + 70_000)
      bytes += piece
    }
    let file = folder.file("export.ndjson")
    try Data(bytes).write(to: file)
    return file
  }

  @Test func anExportOfTheWholeOrOfAnyPartVerifies() async throws {
    try await filled(folder, 700)
    let verifier = try LedgerArchive.verifier(dataFolder: folder.path)
    for (from, to) in [(0, nil), (0, 0), (0, 1), (0, 256), (255, 700), (256, 512), (300, 301), (699, 700), (700, nil)]
      as [(UInt64, UInt64?)]
    {
      let report = try AuditVerifier.verify(export: export(from, to).path, verifier: verifier)
      #expect(report.faults == [], "from \(from) to \(to ?? 700)")
      #expect(report.entries == (to ?? 700) - from)
    }
  }

  @Test func aChangedExportIsFoundOut() async throws {
    try await filled(folder, 120)
    let verifier = try LedgerArchive.verifier(dataFolder: folder.path)
    let file = try export(20)
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(lines.count == 102)
    func check(_ changed: [String]) throws -> AuditReport {
      try Data((changed.joined(separator: "\n") + "\n").utf8).write(to: file)
      return try AuditVerifier.verify(export: file.path, verifier: verifier)
    }
    #expect(try check(lines).isFine)
    var random = SeededGenerator(seed: 41)
    for _ in 0..<repetitions(150) {
      var changed = lines
      let place = Int.random(in: 0..<lines.count, using: &random)
      var what = ""
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        changed.remove(at: place)
        what = "without line \(place)"
      case 1:
        changed.insert(lines[place], at: Int.random(in: 0...lines.count, using: &random))
        what = "line \(place) twice"
      case 2:
        let other = (place + 1) % lines.count
        changed.swapAt(place, other)
        what = "lines \(place) and \(other) swapped"
      default:
        var bytes = Array(lines[place].utf8)
        let at = Int.random(in: 0..<bytes.count, using: &random)
        bytes[at] = bytes[at] == 0x61 ? 0x62 : 0x61
        changed[place] = String(decoding: bytes, as: UTF8.self)
        what = "byte \(at) of line \(place)"
        // The format's own number says nothing that is not said elsewhere.
        if lines[place].hasPrefix("{\"before\"") { continue }
      }
      #expect(try !check(changed).isFine, "\(what)")
    }
    var changed = lines
    changed[31] = changed[31].replacing("svc-", with: "svc+")
    #expect(try check(changed).faults.first?.index == 50)
  }

  // MARK: Tiles and proofs

  @Test func aTileFolderVerifiesAndADamagedOneDoesNot() async throws {
    try await filled(folder, 600)
    let archive = try LedgerArchive(dataFolder: folder.path)
    let tiles = TileFolder(path: folder.file("tiles").path)
    try tiles.write(archive.log)
    #expect(try AuditVerifier.verify(tiles: tiles, verifier: archive.verifier).faults == [])
    #expect(try tiles.read("tile/0/002.p/88")?.count == 88 * 32)
    #expect(try tiles.read("tile/1/000.p/2")?.count == 64)
    // The log grows: the folder is brought up to date.
    let ledger = try Ledger.open(dataFolder: folder.path)
    for number in 600..<800 { _ = try await ledger.append(draft(number)) }
    ledger.close()
    try tiles.write(try LedgerArchive(dataFolder: folder.path).log)
    let report = try AuditVerifier.verify(tiles: tiles, verifier: archive.verifier)
    #expect(report.faults == [])
    #expect(report.entries == 800)
    for name in [
      "checkpoint", "tile/0/001", "tile/entries/000", "tile/entries/003.p/32", "tile/1/000.p/3", "tile/0/003.p/32",
    ] {
      let file = folder.file("tiles/\(name)")
      let whole = try Data(contentsOf: file)
      var damaged = whole
      damaged[damaged.count / 2] ^= 1
      try damaged.write(to: file)
      #expect(try !AuditVerifier.verify(tiles: tiles, verifier: archive.verifier).isFine, "\(name)")
      try whole.write(to: file)
    }
    #expect(try AuditVerifier.verify(tiles: tiles, verifier: archive.verifier).isFine)
  }

  @Test func aProofOfOneEntryIsCheckedWithThePublicKeyAlone() async throws {
    try await filled(folder, 300)
    let archive = try LedgerArchive(dataFolder: folder.path)
    let verifier = try #require(NoteVerifier(text: archive.verifier.text))
    for index in [0, 255, 256, 299] as [UInt64] {
      let text = try archive.log.proofBundle(index: index).text
      let (entry, checkpoint) = try AuditVerifier.verify(proof: text, verifier: verifier).get()
      #expect(try entry == archive.log.entry(at: index).bytes)
      #expect(checkpoint.size == 300)
      let other = try archive.log.entry(at: 100).bytes
      #expect(throws: NoteError.self) { try AuditVerifier.verify(proof: text, entry: other, verifier: verifier).get() }
    }
  }

  // MARK: Backup, restore, doctor

  @Test func aBackupOfARunningLedgerIsCheckedAndCanBePutBack() async throws {
    let ledger = try Ledger.open(dataFolder: folder.path)
    for number in 0..<150 { _ = try await ledger.append(draft(number, payload: true)) }
    let copy = folder.file("backup").path
    let report = try LedgerBackup.write(dataFolder: folder.path, to: copy, includingKeys: true)
    #expect(report.faults == [])
    #expect(report.entries == 150)
    #expect(throws: LedgerError.self) { try LedgerBackup.write(dataFolder: folder.path, to: copy) }
    _ = try await ledger.append(draft(150))
    ledger.close()
    // Not over a ledger, and not to where more was published than the backup holds.
    #expect(throws: LedgerError.self) { try LedgerBackup.restore(from: copy, to: folder.path) }
    try remove(folder.file("ledger.db").path)
    #expect(throws: LedgerError.self) { try LedgerBackup.restore(from: copy, to: folder.path) }
    let fresh = try TemporaryFolder()
    #expect(try LedgerBackup.restore(from: copy, to: fresh.path).faults == [])
    let restored = try Ledger.open(dataFolder: fresh.path)
    #expect(try await restored.append(draft(151)).index == 150)
    #expect(try restored.payload(at: 7) == .present(Array("payload of 7".utf8)))
    restored.close()
  }

  @Test func theDoctorPassesAHealthyFolderAndFailsASickOne() async throws {
    try await filled(folder, 300)
    let healthy = LedgerDoctor.examine(dataFolder: folder.path)
    #expect(healthy.filter { $0.grade == .fail } == [])
    #expect(
      Set(healthy.map(\.check)).isSuperset(of: ["format", "integrity_check", "foreign keys", "indexes", "checkpoint"]))
    let connection = try SQLiteConnection(path: folder.file("ledger.db").path)
    try connection.execute("CREATE INDEX foreign_body ON entries (entry); DELETE FROM entries WHERE position = 299")
    let failed = Set(LedgerDoctor.examine(dataFolder: folder.path).filter { $0.grade == .fail }.map(\.check))
    #expect(failed.isSuperset(of: ["indexes", "checkpoint"]))
    #expect(LedgerDoctor.examine(dataFolder: "/nowhere").map(\.grade) == [.fail])
  }
}
