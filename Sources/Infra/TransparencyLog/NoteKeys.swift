// The keys of C2SP signed notes: their names, ids, text form and two kinds of signature (plain Ed25519, and the
// timestamped cosignature/v1 of C2SP tlog-cosignature).
import Crypto

/// What a note key can do, by the identifier byte of its signatures.
package enum NoteSignatureKind: UInt8, Sendable {
  case ed25519 = 0x01
  case cosignature = 0x04
}

package enum NoteKey {
  /// A key name is not empty and has neither spaces nor a plus sign (which separates the parts of a verifier key).
  package static func isValid(name: String) -> Bool {
    !name.isEmpty && name.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20 }
  }

  /// The first four bytes of SHA-256(name ‖ 0x0A ‖ kind ‖ key).
  package static func identifier(name: String, kind: NoteSignatureKind, key: [UInt8]) -> UInt32 {
    let digest = SHA256.digest(Array(name.utf8) + [0x0A, kind.rawValue] + key)
    return (0..<4).reduce(0) { $0 << 8 | UInt32(digest[$1]) }
  }
}

/// A public key that notes are checked with. Its text form is `name+<id in hex>+<base64 of kind ‖ key>`.
package struct NoteVerifier: Sendable {
  package let name: String
  package let identifier: UInt32
  package let kind: NoteSignatureKind
  package let key: Ed25519.PublicKey

  /// Nil for a name that no key can have.
  package init?(name: String, key: Ed25519.PublicKey, kind: NoteSignatureKind = .ed25519) {
    guard NoteKey.isValid(name: name) else { return nil }
    self.name = name
    self.key = key
    self.kind = kind
    identifier = NoteKey.identifier(name: name, kind: kind, key: key.bytes)
  }

  /// Reads the text form; nil unless every part is right, the id included.
  package init?(text: String) {
    // The key's base64 may hold plus signs of its own.
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1].utf8.count == 8, let identifier = UInt32(parts[1], radix: 16),
      let material = Base64.decode(String(parts[2])), let first = material.first,
      let kind = NoteSignatureKind(rawValue: first), let key = try? Ed25519.PublicKey(Array(material.dropFirst()))
    else { return nil }
    self.init(name: String(parts[0]), key: key, kind: kind)
    guard identifier == self.identifier else { return nil }
  }

  package var text: String {
    "\(name)+\(Hex.encode(identifier.bigEndianBytes))+\(Base64.encode([kind.rawValue] + key.bytes))"
  }

  /// Whether `signature`, without its key id, is this key's over `text`.
  package func verifies(_ signature: [UInt8], text: String) -> Bool {
    switch kind {
    case .ed25519: return key.verify(signature, of: Array(text.utf8))
    case .cosignature:
      guard let cosignature = Cosignature(bytes: signature) else { return false }
      return key.verify(cosignature.signature, of: Cosignature.message(time: cosignature.time, text: text))
    }
  }
}

/// A private key that signs notes.
package struct NoteSigner: Sendable {
  package let verifier: NoteVerifier
  private let key: Ed25519.PrivateKey

  /// Nil for a name that no key can have.
  package init?(name: String, key: Ed25519.PrivateKey, kind: NoteSignatureKind = .ed25519) {
    guard let verifier = NoteVerifier(name: name, key: key.publicKey, kind: kind) else { return nil }
    self.verifier = verifier
    self.key = key
  }

  /// Signs a note's text. `time` (seconds since 1970) enters a cosignature and nothing else.
  package func sign(_ text: String, time: UInt64 = 0) throws(CryptoError) -> NoteSignature {
    let signature: [UInt8]
    switch verifier.kind {
    case .ed25519: signature = try key.sign(Array(text.utf8))
    case .cosignature:
      let inner = try key.sign(Cosignature.message(time: time, text: text))
      signature = Cosignature(time: time, signature: inner).bytes
    }
    return NoteSignature(name: verifier.name, identifier: verifier.identifier, signature: signature)
  }
}

/// The timestamped signature of a witness (C2SP tlog-cosignature, the Ed25519 kind): the time in eight bytes, then the
/// signature over the time and the checkpoint's text.
package struct Cosignature: Hashable, Sendable {
  package let time: UInt64
  package let signature: [UInt8]

  package init(time: UInt64, signature: [UInt8]) {
    self.time = time
    self.signature = signature
  }

  /// Nil unless there are exactly 72 bytes with a time that a signed 64-bit number can hold.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 8 + Ed25519.signatureLength else { return nil }
    time = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
    guard time <= UInt64(Int64.max) else { return nil }
    signature = Array(bytes[8...])
  }

  package var bytes: [UInt8] { time.bigEndianBytes + signature }

  /// The message that is signed: two lines, then the whole text of the checkpoint.
  package static func message(time: UInt64, text: String) -> [UInt8] {
    Array("cosignature/v1\ntime \(time)\n\(text)".utf8)
  }
}

extension FixedWidthInteger {
  var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
