// A new signing key for a log that goes on: verifiable with the new key and with every earlier one, and with no other.
import Crypto
import Foundation
import TestSupport
import Testing
import TransparencyLog

@testable import Ledger

@Suite struct RotationTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func append(_ numbers: Range<Int>) async throws -> Receipt {
    let ledger = try Ledger.open(dataFolder: folder.path)
    defer { ledger.close() }
    var last: Receipt?
    for result in await ledger.appendAll(numbers.map { draft($0, payload: true) }) { last = try result.get() }
    return try #require(last)
  }

  @Test func aRotatedLogVerifiesWithEveryKeyThatItHasHad() async throws {
    let receipt = try await append(0..<300)
    let first = try LedgerArchive.verifier(dataFolder: folder.path)
    let second = try await KeyRotation.rotate(dataFolder: folder.path, actor: "admin", reason: "yearly")
    let later = try await append(300..<310)
    let third = try await KeyRotation.rotate(dataFolder: folder.path, actor: "admin", reason: "again")
    _ = try await append(310..<320)
    #expect(Set([first.text, second.text, third.text]).count == 3)
    #expect(try LedgerArchive.verifier(dataFolder: folder.path).text == third.text)
    // Earlier receipts hold under the key of their time.
    let old = try Checkpoint.open(receipt.checkpoint, origin: first.name, verifiers: [first])
    _ = try Checkpoint.open(later.checkpoint, origin: first.name, verifiers: [second])
    let archive = try LedgerArchive(dataFolder: folder.path)
    let new = archive.log.snapshot.checkpoint
    #expect(new.size == 322)
    #expect(
      try archive.log.consistencyProof(from: old.size, to: new.size).verifies(oldRoot: old.root, root: new.root))
    let export = try LedgerExport(archive.log, origin: archive.origin, from: 0, to: nil)
    var lines: [UInt8] = []
    while let piece = try export.next() { lines += piece }
    let file = folder.file("export.ndjson")
    try Data(lines).write(to: file)
    let tiles = TileFolder(path: folder.file("tiles").path)
    try tiles.write(archive.log)
    for verifier in [first, second, third] {
      #expect(try AuditVerifier.verify(dataFolder: folder.path, verifier: verifier).faults == [])
      #expect(try AuditVerifier.verify(export: file.path, verifier: verifier).faults == [])
      #expect(try AuditVerifier.verify(tiles: tiles, verifier: verifier).faults == [])
    }
    let stranger = try #require(NoteVerifier(name: first.name, key: Ed25519.PrivateKey().publicKey))
    #expect(try !AuditVerifier.verify(dataFolder: folder.path, verifier: stranger).isFine)
    #expect(try !AuditVerifier.verify(export: file.path, verifier: stranger).isFine)
    #expect(try !AuditVerifier.verify(tiles: tiles, verifier: stranger).isFine)
  }

  @Test func aRotationStoppedBeforeTheNewCheckpointIsFinishedByTheNextStart() async throws {
    _ = try await append(0..<5)
    let first = try LedgerArchive.verifier(dataFolder: folder.path)
    let key = try Ed25519.PrivateKey()
    let second = try #require(NoteVerifier(name: first.name, key: key.publicKey))
    let ledger = try Ledger.open(dataFolder: folder.path)
    _ = try await ledger.noteRotation(to: second, actor: "admin", reason: "stopped in the middle")
    ledger.close()
    let paths = LedgerPaths(folder: folder.path)
    // Without a word of the former key, a start with another key is refused.
    let pem = try PrivateKey.ed25519(key).pem()
    try KeyFile.write(pem.span, to: paths.signingKey, replacing: true)
    #expect(throws: LedgerError.self) { try Ledger.open(dataFolder: folder.path) }
    try KeyFile.write(Array("\(first.text)\n".utf8), to: paths.formerKey)
    _ = try await append(5..<9)
    for verifier in [first, second] {
      #expect(try AuditVerifier.verify(dataFolder: folder.path, verifier: verifier).faults == [])
    }
  }

  @Test func nobodyEndorsesAKeyByWritingTheEntryAlone() async throws {
    let ledger = try Ledger.open(dataFolder: folder.path)
    await #expect(throws: LedgerError.self) {
      try await ledger.append(EntryDraft(type: "note", id: "key_rotation:00000000", actor: "a"))
    }
    await #expect(throws: LedgerError.self) {
      try await ledger.append(EntryDraft(type: "key_rotation", id: "x", actor: "a"))
    }
    // An endorsement counts only under a key that is trusted already.
    let first = try #require(NoteSigner(name: ledger.origin, key: Ed25519.PrivateKey()))
    let second = try #require(NoteVerifier(name: ledger.origin, key: Ed25519.PrivateKey().publicKey))
    let endorsement = try KeyEndorsement(of: second, by: first)
    #expect([ledger.verifier].following([endorsement]).map(\.text) == [ledger.verifier.text])
    #expect([first.verifier].following([endorsement]).map(\.text) == [first.verifier.text, second.text])
    ledger.close()
  }
}
