// C2SP tlog-checkpoint: the head of a tree, in the text of a signed note: origin, size, root.
import Crypto

package struct Checkpoint: Hashable, Sendable {
  package let origin: String
  package let size: UInt64
  package let root: Digest
  /// Lines after the root, opaque here; logs of ours write none.
  package let extensionLines: [String]

  package init(origin: String, size: UInt64, root: Digest, extensionLines: [String] = []) {
    self.origin = origin
    self.size = size
    self.root = root
    self.extensionLines = extensionLines
  }

  /// Reads the text of a note; nil unless it is a checkpoint.
  package init?(text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 4, lines.removeLast().isEmpty, lines.allSatisfy({ !$0.isEmpty }) else { return nil }
    let digits = lines[1]
    guard digits.utf8.allSatisfy({ 48...57 ~= $0 }), digits == "0" || !digits.hasPrefix("0"),
      let size = UInt64(digits), let bytes = Base64.decode(String(lines[2])), let root = Digest(bytes)
    else { return nil }
    self.init(origin: String(lines[0]), size: size, root: root, extensionLines: lines[3...].map(String.init))
  }

  package var text: String {
    var text = "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n"
    for line in extensionLines { text += line + "\n" }
    return text
  }

  /// Reads a note and checks it: some known key has signed it, and its text is a checkpoint of `origin`.
  package static func open(_ note: String, origin: String, verifiers: [NoteVerifier]) throws(NoteError) -> Checkpoint {
    let note = try SignedNote(parsing: note)
    try note.verify(with: verifiers)
    guard let checkpoint = Checkpoint(text: note.text) else { throw .malformed("the text is no checkpoint") }
    guard checkpoint.origin == origin else {
      throw .malformed("the checkpoint is of \(checkpoint.origin), not \(origin)")
    }
    return checkpoint
  }
}
