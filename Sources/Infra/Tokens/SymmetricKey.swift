// A secret shared by signer and verifier. What looks like a public key is refused: a verifier that takes a published key
// for an HMAC secret accepts what anybody signs (RFC 8725, section 2.1).
import Crypto

package struct SymmetricKey: Sendable {
  /// Longer ones are a mistake.
  package static let maximumCount = 4096

  private final class Store: Sendable {
    let bytes: SecretBytes
    init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
  }

  private let store: Store

  package var count: Int { store.bytes.count }

  package init(_ bytes: consuming SecretBytes) throws(CryptoError) {
    guard bytes.count > 0 else { throw .badKey("the secret is empty") }
    guard bytes.count <= SymmetricKey.maximumCount else {
      throw .beyondLimit("a secret has at most \(SymmetricKey.maximumCount) bytes")
    }
    guard !bytes.withUnsafeBytes({ SymmetricKey.looksPublic(RawSpan(_unsafeBytes: $0)) }) else {
      throw .badKey("the secret is the text of a public key or certificate")
    }
    store = Store(bytes)
  }

  /// Takes the bytes over and overwrites the array.
  package init(moving bytes: inout [UInt8]) throws(CryptoError) { try self.init(SecretBytes(moving: &bytes)) }

  package func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
    store.bytes.withUnsafeBytes { body(RawSpan(_unsafeBytes: $0)) }
  }

  func authenticator(_ hash: HashFunction) -> HMAC { withBytes { HMAC(key: $0, hash: hash) } }

  private static func looksPublic(_ bytes: RawSpan) -> Bool {
    let text = bytes.withUnsafeBytes { String(decoding: $0.prefix(64), as: UTF8.self) }
    if text.contains("-----BEGIN") || text.hasPrefix("ssh-") || text.hasPrefix("{\"") { return true }
    if (try? PublicKey(der: bytes)) != nil { return true }
    // The same, as the bare base64 of a PEM file.
    return Base64.decode(bytes).map { (try? PublicKey(der: $0)) != nil } ?? false
  }
}

extension SymmetricKey: CustomStringConvertible {
  package var description: String { "<redacted>" }
}
