// C2SP signed-note: a text, a blank line, and signature lines of the form `— <name> <base64 of key id ‖ signature>`.
import Crypto

/// One signature line of a note.
package struct NoteSignature: Hashable, Sendable {
  package let name: String
  package let identifier: UInt32
  /// The signature without the key id before it.
  package let signature: [UInt8]

  package var line: String { "— \(name) \(Base64.encode(identifier.bigEndianBytes + signature))\n" }
}

package enum NoteError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Longer than `SignedNote.largest` bytes.
  case tooLarge(bytes: Int)
  /// Not a signed note; says what is wrong with it.
  case malformed(String)
  /// A known key is named, and its signature does not verify.
  case badSignature(name: String, identifier: UInt32)
  /// No known key has signed.
  case noKnownSignature

  package var description: String {
    switch self {
    case .tooLarge(let bytes): "the note has \(bytes) bytes; \(SignedNote.largest) are allowed"
    case .malformed(let reason): "not a signed note: \(reason)"
    case .badSignature(let name, let identifier):
      "the signature of \(name) (key \(Hex.encode(identifier.bigEndianBytes))) does not verify"
    case .noKnownSignature: "the note carries no signature of a known key"
    }
  }
}

package struct SignedNote: Hashable, Sendable {
  package static let largest = 1 << 20
  package static let mostSignatures = 100

  /// What is signed: ends in a newline.
  package let text: String
  package private(set) var signatures: [NoteSignature]

  /// A note whose text is not yet signed. Nil unless the text could stand in a note.
  package init?(text: String) {
    guard text.hasSuffix("\n"), SignedNote.hasOnlyAllowedCharacters(text) else { return nil }
    self.text = text
    signatures = []
  }

  /// Takes the note apart, without checking any signature.
  package init(parsing note: String) throws(NoteError) {
    guard note.utf8.count <= SignedNote.largest else { throw .tooLarge(bytes: note.utf8.count) }
    guard SignedNote.hasOnlyAllowedCharacters(note) else { throw .malformed("it has a control character") }
    let bytes = Array(note.utf8)
    // The text ends at the last blank line.
    guard let blank = bytes.indices.dropFirst().last(where: { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }) else {
      throw .malformed("no blank line before the signatures")
    }
    guard bytes.last == 0x0A, blank < bytes.count - 1 else { throw .malformed("no signature lines") }
    text = String(decoding: bytes[..<blank], as: UTF8.self)
    signatures = []
    for line in bytes[(blank + 1)..<(bytes.count - 1)].split(separator: 0x0A, omittingEmptySubsequences: false) {
      guard signatures.count < SignedNote.mostSignatures else {
        throw .malformed("more than \(SignedNote.mostSignatures) signatures")
      }
      signatures.append(try SignedNote.signature(line: String(decoding: line, as: UTF8.self)))
    }
  }

  private static func signature(line: String) throws(NoteError) -> NoteSignature {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "—", NoteKey.isValid(name: String(parts[1])),
      let bytes = Base64.decode(String(parts[2])), bytes.count >= 5
    else { throw .malformed("not a signature line: \(line.prefix(80))") }
    return NoteSignature(
      name: String(parts[1]), identifier: bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) }, signature: Array(bytes[4...]))
  }

  private static func hasOnlyAllowedCharacters(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A }
  }

  /// Adds a signature.
  package mutating func sign(with signer: NoteSigner, time: UInt64 = 0) throws(CryptoError) {
    signatures.append(try signer.sign(text, time: time))
  }

  package mutating func append(_ signature: NoteSignature) { signatures.append(signature) }

  /// The whole note.
  package var description: String { signatures.reduce(into: text + "\n") { $0 += $1.line } }

  /// The signatures of the known keys, all of which verify. Signatures of unknown keys are ignored; a known key's bad
  /// signature refuses the note, and so does the absence of any known key's.
  @discardableResult
  package func verify(with verifiers: [NoteVerifier]) throws(NoteError) -> [NoteSignature] {
    var verified: [NoteSignature] = []
    for signature in signatures {
      guard
        let verifier = verifiers.first(where: { $0.name == signature.name && $0.identifier == signature.identifier })
      else { continue }
      guard verifier.verifies(signature.signature, text: text) else {
        throw .badSignature(name: signature.name, identifier: signature.identifier)
      }
      verified.append(signature)
    }
    guard !verified.isEmpty else { throw .noKnownSignature }
    return verified
  }
}

extension SignedNote: CustomStringConvertible {}
