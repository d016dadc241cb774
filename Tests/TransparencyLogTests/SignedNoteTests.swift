// Signed notes, checkpoints, cosignatures and proof bundles, with the published example of Go's note package.
import Crypto
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct SignedNoteTests {
  private let publishedKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  private let published = """
    If you think cryptography is the answer to your problem,
    then you don't know what your problem is.

    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

    """

  private func signer(_ name: String, _ seed: UInt8, _ kind: NoteSignatureKind = .ed25519) throws -> NoteSigner {
    let key = try Ed25519.PrivateKey(seed: [UInt8](repeating: seed, count: 32))
    return try #require(NoteSigner(name: name, key: key, kind: kind))
  }

  @Test func thePublishedNoteVerifiesAndIsWrittenBackByteForByte() throws {
    let verifier = try #require(NoteVerifier(text: publishedKey))
    #expect(verifier.text == publishedKey)
    let note = try SignedNote(parsing: published)
    #expect(try note.verify(with: [verifier]).count == 1)
    #expect(note.description == published)
  }

  @Test func aChangedTextIsRefusedByTheKnownKey() throws {
    let verifier = try #require(NoteVerifier(text: publishedKey))
    let note = try SignedNote(parsing: published.replacing("answer", with: "enigma"))
    #expect(throws: NoteError.badSignature(name: "PeterNeumann", identifier: 0xc74f_20a3)) {
      try note.verify(with: [verifier])
    }
  }

  @Test func unknownSignaturesAreIgnoredAndABadOneOfAKnownKeyRefusesTheNote() throws {
    let known = try signer("log.example", 1)
    let stranger = try signer("stranger.example", 2)
    var note = try #require(SignedNote(text: "text\n"))
    try note.sign(with: stranger)
    #expect(throws: NoteError.noKnownSignature) { try note.verify(with: [known.verifier]) }
    try note.sign(with: known)
    #expect(try note.verify(with: [known.verifier]).map(\.name) == ["log.example"])
    note.append(NoteSignature(name: "log.example", identifier: known.verifier.identifier, signature: [1, 2, 3]))
    #expect(throws: NoteError.badSignature(name: "log.example", identifier: known.verifier.identifier)) {
      try note.verify(with: [known.verifier])
    }
    // The same name under another id is another, unknown key.
    #expect(throws: NoteError.noKnownSignature) { try note.verify(with: [try signer("log.example", 3).verifier]) }
  }

  @Test func verifierKeysWithAWrongPartAreRefused() {
    for text in [
      "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3", "",
      "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
      "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3+AR",
      "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ] {
      #expect(NoteVerifier(text: text) == nil, "\(text)")
    }
  }

  @Test func malformedNotesAreRefused() {
    for text in [
      "", "\n", "text\n", "text\n\n", "text\n\nno signature\n", "text\n\n— name\n", "text\n\n— name AAAA\n",
      "text\n\n— name AAAAAAAA", "text\n\n- name AAAAAAAA\n", "te\u{1}xt\n\n— name AAAAAAAA\n", "text\n\n—  AAAAAAAA\n",
      "text\n\n— na+me AAAAAAAA\n", "text\n\n— name AAAAAAAA\n\n",
    ] {
      #expect(throws: NoteError.self, "\(text)") { try SignedNote(parsing: text) }
    }
  }

  @Test func aTextMayHoldBlankLines() throws {
    let signer = try signer("log.example", 1)
    var note = try #require(SignedNote(text: "one\n\ntwo\n"))
    try note.sign(with: signer)
    let read = try SignedNote(parsing: note.description)
    #expect(read == note)
    #expect(try read.verify(with: [signer.verifier]).count == 1)
  }

  @Test func aCheckpointIsOriginSizeAndRoot() throws {
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    let checkpoint = try #require(Checkpoint(text: text))
    #expect(checkpoint.origin == "example.com/behind-the-sofa")
    #expect(checkpoint.size == 20_852_163)
    #expect(checkpoint.text == text)
    for bad in [
      "o\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "o\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
      "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
      "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "o\n1\n", "",
      "o\n18446744073709551616\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ] {
      #expect(Checkpoint(text: bad) == nil, "\(bad)")
    }
  }

  @Test func aWitnessCosignsTheTimeAndTheWholeText() throws {
    let log = try signer("log.example", 1)
    let witness = try signer("witness.example/w1", 2, .cosignature)
    #expect(try #require(NoteVerifier(text: witness.verifier.text)).identifier == witness.verifier.identifier)
    let head = Checkpoint(origin: "log.example", size: 7, root: MerkleHash.emptyRoot)
    var note = try #require(SignedNote(text: head.text))
    try note.sign(with: log)
    try note.sign(with: witness, time: 1_679_315_147)
    #expect(try note.verify(with: [log.verifier, witness.verifier]).count == 2)
    let read = try SignedNote(parsing: note.description)
    #expect(Cosignature(bytes: read.signatures[1].signature)?.time == 1_679_315_147)
    #expect(
      Cosignature.message(time: 1_679_315_147, text: "x\n") == Array("cosignature/v1\ntime 1679315147\nx\n".utf8))
    // Another time under the same signature does not verify.
    var forged = read.signatures[1].signature
    forged[7] ^= 1
    note = try #require(SignedNote(text: head.text))
    note.append(
      NoteSignature(name: witness.verifier.name, identifier: witness.verifier.identifier, signature: forged))
    #expect(throws: NoteError.self) { try note.verify(with: [witness.verifier]) }
  }

  @Test func aProofBundleIsCheckedWithThePublicKeyAlone() throws {
    let log = try signer("log.example", 1)
    let entries = (0..<37).map { Array("entry \($0)".utf8) }
    let source = LeafSource(leaves: entries.map { MerkleHash.leaf($0) })
    var note = try #require(
      SignedNote(text: Checkpoint(origin: "log.example", size: 37, root: source.root(size: 37)).text))
    try note.sign(with: log)
    let proof = InclusionProof(index: 12, size: 37, from: source)
    let bundle = ProofBundle(extra: entries[12], index: 12, hashes: proof.hashes, checkpoint: note)
    let read = try ProofBundle(parsing: bundle.text)
    #expect(read == bundle)
    let verifiers = [log.verifier]
    #expect(try read.verify(entry: entries[12], origin: "log.example", verifiers: verifiers).size == 37)
    #expect(throws: NoteError.self) { try read.verify(entry: entries[13], origin: "log.example", verifiers: verifiers) }
    #expect(throws: NoteError.self) { try read.verify(entry: entries[12], origin: "other", verifiers: verifiers) }
    #expect(throws: NoteError.self) {
      try read.verify(entry: entries[12], origin: "log.example", verifiers: [try signer("log.example", 9).verifier])
    }
    for (place, _) in bundle.text.enumerated() where place % 7 == 0 {
      var characters = Array(bundle.text)
      characters.remove(at: place)
      let damaged = try? ProofBundle(parsing: String(characters))
      #expect(
        (try? damaged?.verify(entry: entries[12], origin: "log.example", verifiers: verifiers)) == nil
          || damaged?.extra != bundle.extra, "without character \(place)")
    }
  }
}
