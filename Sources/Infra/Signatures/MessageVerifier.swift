// Checks HTTP message signatures (RFC 9421) of requests: who signed, that the signature covers what it must, that it is
// fresh, and that it is right. Whether it was seen before is for the caller to remember.
import Crypto

package enum SignatureAlgorithm: String, Sendable, CaseIterable {
  case hmacSHA256 = "hmac-sha256"
  case ed25519
}

/// What signatures of one key are checked with.
package enum SignatureKey: Sendable {
  case hmacSHA256(HMACSHA256)
  case ed25519(Ed25519.PublicKey)

  package var algorithm: SignatureAlgorithm {
    switch self {
    case .hmacSHA256: .hmacSHA256
    case .ed25519: .ed25519
    }
  }

  package func isValid(_ signature: [UInt8], of base: [UInt8]) -> Bool {
    switch self {
    case .hmacSHA256(let key): key.isValid(signature, for: base)
    case .ed25519(let key): key.verify(signature, of: base)
    }
  }
}

/// Why a signed request is not admitted.
package enum SignatureRefusal: Error, Sendable, Equatable {
  case malformed(field: String, reason: String)
  /// No signature by a key that is known here.
  case unknownKey
  case otherAlgorithm(String)
  case noSuchComponent(String)
  case repeatedComponent(String)
  case notCovered(String)
  case noTime
  case tooOld(seconds: Int)
  case fromTheFuture(seconds: Int)
  case expired
  case noNonce
  case wrong
  case noDigest
  case wrongDigest
  case bodyTooLarge(limit: Int)
  case seenBefore
  case beforeMemory
  case memoryFull(String)
}

extension SignatureRefusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformed(let field, let reason): "the field \(field) cannot be read: \(reason)"
    case .unknownKey: "no signature is of a known key"
    case .otherAlgorithm(let name): "the key is not for the algorithm \(name)"
    case .noSuchComponent(let name): "the request has no component \(name), or it cannot be signed here"
    case .repeatedComponent(let name): "the component \(name) is covered twice"
    case .notCovered(let name): "the signature does not cover \(name)"
    case .noTime: "the signature does not say when it was created"
    case .tooOld(let seconds): "the signature was created \(seconds) seconds ago"
    case .fromTheFuture(let seconds): "the signature is from \(seconds) seconds ahead"
    case .expired: "the signature has expired"
    case .noNonce: "the signature has no nonce of 8 to 128 characters"
    case .wrong: "the signature is wrong"
    case .noDigest: "the body has no digest by sha-256 or sha-512"
    case .wrongDigest: "the body is not that of the digest"
    case .bodyTooLarge(let limit): "a signed body has at most \(limit) bytes"
    case .seenBefore: "the nonce was used before"
    case .beforeMemory: "the signature was created before this server began to remember nonces; sign anew"
    case .memoryFull(let reason): "whether the nonce was used before cannot be told: \(reason)"
    }
  }
}

/// A signature that is right. What it says of the body holds once the digest has been checked.
package struct VerifiedSignature: Sendable, Equatable {
  package let keyID: String
  package let nonce: String
  /// Seconds since 1970.
  package let created: Int64

  package init(keyID: String, nonce: String, created: Int64) {
    self.keyID = keyID
    self.nonce = nonce
    self.created = created
  }
}

package struct MessageVerifier: Sendable {
  /// How old a signature may be, in seconds, and by how much clocks may differ.
  package var lifetime: Int64 = 300
  package var leeway: Int64 = 10
  /// Signatures of one request that are looked at.
  package static let mostSignatures = 4

  private let key: @Sendable (_ id: String) -> SignatureKey?

  package init(key: @escaping @Sendable (_ id: String) -> SignatureKey?) { self.key = key }

  /// From when on a signature is refused for its age, in seconds since 1970.
  package func end(of signature: VerifiedSignature) -> Int64 { signature.created + lifetime + 1 }

  /// The signature of a known key. `hasBody`: whether a body comes with the request, which must then be covered by its
  /// digest. `now` in seconds since 1970.
  package func verify(
    _ message: SignedMessage, hasBody: Bool, now: Int64
  ) throws(SignatureRefusal) -> VerifiedSignature {
    let inputs = try dictionary("Signature-Input", of: message)
    let signatures = try dictionary("Signature", of: message)
    for member in inputs.members.prefix(Self.mostSignatures) {
      guard case .list(let input) = member.value else {
        throw .malformed(field: "Signature-Input", reason: "\(member.name) is no list of components")
      }
      guard let id = input.parameters["keyid"]?.string, let key = key(id) else { continue }
      guard case .item(let item)? = signatures[member.name], let signature = item.value.bytes else {
        throw .malformed(field: "Signature", reason: "there is no signature \(member.name)")
      }
      if let algorithm = input.parameters["alg"] {
        guard algorithm.string == key.algorithm.rawValue else { throw .otherAlgorithm(algorithm.serialized) }
      }
      try checkCoverage(input, hasBody: hasBody)
      let created = try checkTime(input.parameters, now)
      guard let nonce = input.parameters["nonce"]?.string, 8...128 ~= nonce.utf8.count else { throw .noNonce }
      guard key.isValid(signature, of: try message.base(for: input)) else { throw .wrong }
      return VerifiedSignature(keyID: id, nonce: nonce, created: created)
    }
    throw .unknownKey
  }

  private func dictionary(_ field: String, of message: SignedMessage) throws(SignatureRefusal) -> FieldDictionary {
    do throws(StructuredFieldError) {
      return try StructuredFieldParser.dictionary(message.field(field).joined(separator: ", "))
    } catch {
      throw .malformed(field: field, reason: "\(error)")
    }
  }

  /// Method, authority and the whole target must be covered, and the body through its digest.
  private func checkCoverage(_ input: InnerList, hasBody: Bool) throws(SignatureRefusal) {
    let covered = Set(input.items.filter { $0.parameters.isEmpty }.compactMap { $0.value.string })
    for name in ["@method", "@authority"] where !covered.contains(name) { throw .notCovered(name) }
    if !covered.contains("@target-uri") {
      for name in ["@path", "@query"] where !covered.contains(name) { throw .notCovered(name) }
    }
    if hasBody, !covered.contains("content-digest") { throw .notCovered("content-digest") }
  }

  private func checkTime(_ parameters: FieldParameters, _ now: Int64) throws(SignatureRefusal) -> Int64 {
    guard let created = parameters["created"]?.integer else { throw .noTime }
    if created > now + leeway { throw .fromTheFuture(seconds: Int(created - now)) }
    if created < now - lifetime { throw .tooOld(seconds: Int(now - created)) }
    if let expires = parameters["expires"] {
      guard let moment = expires.integer, moment > now else { throw .expired }
    }
    return created
  }
}
