// C2SP tlog-proof: an entry's index, its inclusion proof and a signed checkpoint in one text, which anyone can check
// offline with nothing but the log's public key.
import Crypto

package struct ProofBundle: Hashable, Sendable {
  package static let header = "c2sp.org/tlog-proof@v1"
  /// A tree of 2^64 leaves has no longer path.
  static let mostHashes = 64

  /// Opaque bytes that travel along; nothing authenticates them.
  package let extra: [UInt8]?
  package let index: UInt64
  package let hashes: [Digest]
  package let checkpoint: SignedNote

  package init(extra: [UInt8]? = nil, index: UInt64, hashes: [Digest], checkpoint: SignedNote) {
    self.extra = extra
    self.index = index
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  /// Reads a bundle, without checking the proof or the signature.
  package init(parsing text: String) throws(NoteError) {
    guard text.utf8.count <= SignedNote.largest else { throw .tooLarge(bytes: text.utf8.count) }
    var rest = Substring(text)
    func line() -> Substring? {
      guard let end = rest.firstIndex(of: "\n") else { return nil }
      defer { rest = rest[rest.index(after: end)...] }
      return rest[..<end]
    }
    guard line() == Substring(ProofBundle.header) else {
      throw .malformed("it does not begin with \(ProofBundle.header)")
    }
    guard var next = line() else { throw .malformed("the proof has no index") }
    var extra: [UInt8]?
    if next.hasPrefix("extra ") {
      guard let bytes = Base64.decode(String(next.dropFirst(6))), let after = line() else {
        throw .malformed("the extra data is not base64")
      }
      extra = bytes
      next = after
    }
    let digits = next.dropFirst(6)
    guard next.hasPrefix("index "), digits.utf8.allSatisfy({ 48...57 ~= $0 }), digits == "0" || !digits.hasPrefix("0"),
      let index = UInt64(digits)
    else { throw .malformed("the index is not a plain number") }
    var hashes: [Digest] = []
    while let text = line(), !text.isEmpty {
      guard hashes.count < ProofBundle.mostHashes, let bytes = Base64.decode(String(text)), let hash = Digest(bytes)
      else {
        throw .malformed("not a hash: \(text.prefix(80))")
      }
      hashes.append(hash)
    }
    self.init(extra: extra, index: index, hashes: hashes, checkpoint: try SignedNote(parsing: String(rest)))
  }

  package var text: String {
    var text = ProofBundle.header + "\n"
    if let extra { text += "extra \(Base64.encode(extra))\n" }
    text += "index \(index)\n"
    for hash in hashes { text += Base64.encode(hash.bytes) + "\n" }
    return text + "\n" + checkpoint.description
  }

  /// Checks that the log which `verifiers` stand for has `entry` at the bundle's index, and returns the checkpoint that
  /// says so.
  package func verify(entry: [UInt8], origin: String, verifiers: [NoteVerifier]) throws(NoteError) -> Checkpoint {
    let head = try Checkpoint.open(checkpoint.description, origin: origin, verifiers: verifiers)
    let proof = InclusionProof(index: index, size: head.size, hashes: hashes)
    guard proof.verifies(leaf: MerkleHash.leaf(entry), root: head.root) else {
      throw .malformed("the proof does not lead from the entry to the checkpoint's root")
    }
    return head
  }
}
