// A new key for a log that goes on. The old key endorses the new one in an entry, the last one that it signs for; so whoever
// holds the old verifier key can still verify the log, and the log's name and tree stay what they were.
//
// The steps, each harmless to stop after: the new key is written beside the old one; the entry is appended; the old public
// key is noted (`keys/ledger.former`), so that the next start accepts the checkpoint that it signed; the new key takes the old
// one's place; the start signs the checkpoint anew. Stopped before the new key is in place, the log goes on under the old
// one, and the endorsed key is never used.
import Crypto
import Glibc
import JSON
import TransparencyLog

/// The note by which a log's key endorses the next: a line that says what it is, the log's name, the new verifier key.
struct KeyEndorsement: Sendable {
  static let idPrefix = "key_rotation:"
  private static let heading = "witan key rotation v1"

  /// The signed note.
  let note: String

  init(of verifier: NoteVerifier, by signer: NoteSigner) throws(LedgerError) {
    guard var note = SignedNote(text: "\(Self.heading)\n\(signer.verifier.name)\n\(verifier.text)\n") else {
      throw .inconsistent("\(verifier.name) cannot name a log")
    }
    do throws(CryptoError) { try note.sign(with: signer) } catch {
      throw .storageFailed("the new key cannot be endorsed: \(error)")
    }
    self.note = note.description
  }

  /// What the entry of a rotation holds; nil for any other entry.
  init?(entry: RawSpan) {
    let note = try? JSONReader.decode(entry) { reader throws(JSONError) -> String? in
      var note: String?
      var object = try reader.object()
      while let key = try reader.key(&object) {
        guard key == "body", try reader.peek() == .object else {
          try reader.skip()
          continue
        }
        var body = try reader.object()
        while let key = try reader.key(&body) {
          if key == "endorsement" { note = try reader.string() } else { try reader.skip() }
        }
      }
      return note
    }
    guard let note = note ?? nil else { return nil }
    self.note = note
  }

  /// The key that is endorsed, if one of `verifiers` has signed for it.
  func endorsed(by verifiers: [NoteVerifier]) -> NoteVerifier? {
    guard let note = try? SignedNote(parsing: note), (try? note.verify(with: verifiers)) != nil else { return nil }
    let lines = note.text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 4, lines[0] == Self.heading, let name = verifiers.first?.name, lines[1] == name,
      let verifier = NoteVerifier(text: String(lines[2])), verifier.name == name
    else { return nil }
    return verifier
  }
}

extension [NoteVerifier] {
  /// These keys, and those that they endorse, directly or by way of one another. In the order of the log.
  func following(_ endorsements: [KeyEndorsement]) -> [NoteVerifier] {
    endorsements.reduce(into: self) { trusted, endorsement in
      if let next = endorsement.endorsed(by: trusted) { trusted.append(next) }
    }
  }
}

package enum KeyRotation {
  /// Rotates the signing key of the ledger in `dataFolder`, which must not be in use; returns the new verifier key.
  package static func rotate(
    dataFolder: String, actor: String, reason: String, configuration: LedgerConfiguration = LedgerConfiguration()
  ) async throws(LedgerError) -> NoteVerifier {
    let paths = LedgerPaths(folder: dataFolder, configuration: configuration)
    let ledger = try Ledger.open(dataFolder: dataFolder, configuration: configuration)
    let old = ledger.shared.signer
    let next = "\(paths.signingKey).next"
    let verifier: NoteVerifier
    do {
      let key = try Ed25519.PrivateKey()
      guard let made = NoteVerifier(name: old.verifier.name, key: key.publicKey) else {
        throw LedgerError.inconsistent("\(old.verifier.name) cannot name a log")
      }
      verifier = made
      try KeyFile.write(.ed25519(key), to: next, passphrase: paths.passphrase, replacing: true)
    } catch {
      ledger.close()
      throw .badKey(path: next, reason: "\(error)")
    }
    do throws(LedgerError) {
      _ = try await ledger.noteRotation(to: verifier, actor: actor, reason: reason)
    } catch {
      ledger.close()
      throw error
    }
    ledger.close()
    do throws(FileError) {
      try KeyFile.write(Array("\(old.verifier.text)\n".utf8), to: paths.formerKey, replacing: true)
      let pem = try KeyFile.read(next)
      // What it replaces is overwritten.
      try KeyFile.write(pem.span, to: paths.signingKey, replacing: true)
      try FileErasure.erase(next)
    } catch {
      throw .badKey(path: paths.signingKey, reason: "\(error)")
    }
    // The start signs the last checkpoint with the new key.
    try Ledger.open(dataFolder: dataFolder, configuration: configuration).close()
    return verifier
  }

  /// The key before the last rotation, whose checkpoint a start may still find.
  static func formerVerifier(_ paths: LedgerPaths) -> [NoteVerifier] {
    guard let bytes = try? KeyFile.readPublic(paths.formerKey, trusted: true),
      let verifier = NoteVerifier(text: String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    else { return [] }
    return [verifier]
  }
}

extension Ledger {
  func noteRotation(to verifier: NoteVerifier, actor: String, reason: String) async throws(LedgerError) -> Receipt {
    let endorsement = try KeyEndorsement(of: verifier, by: shared.signer)
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("endorsement", endorsement.note)
    writer.member("from", shared.signer.verifier.text)
    writer.member("reason", reason)
    writer.member("to", verifier.text)
    writer.endObject()
    let identifier = verifier.text.dropFirst(verifier.name.count + 1).prefix(8)
    let draft = EntryDraft(
      type: LedgerEntryType.keyRotation, id: "\(KeyEndorsement.idPrefix)\(identifier)", actor: actor, body: writer.array
    )
    return try await append(draft, special: .keyRotation, receipt: .index)
  }
}

extension EntryHeader {
  /// What this entry endorses, if it is that of a rotation.
  func endorsement(in entry: RawSpan) -> KeyEndorsement? {
    id.hasPrefix(KeyEndorsement.idPrefix) ? KeyEndorsement(entry: entry) : nil
  }
}
