// Requests that machines sign (RFC 9421) instead of bringing a bearer token: the signature says who asks, its time and
// nonce that it is no repetition, and the digest that it covers holds the body.
import HTTP
import Resilience
import Signatures

/// A machine that signs its requests.
package struct SigningClient: Sendable {
  package let key: SignatureKey
  package let subject: String
  package let roles: Set<Role>

  package init(key: SignatureKey, subject: String, roles: Set<Role>) {
    self.key = key
    self.subject = subject
    self.roles = roles
  }
}

package struct SignedRequests: Sendable {
  /// For how long a connection that outlives its first request is admitted by that one's signature, in seconds.
  static let longestStream: Double = 3600

  private let client: @Sendable (_ keyID: String) -> SigningClient?
  private let verifier: MessageVerifier
  private let nonces: any NonceMemory
  /// `http` or `https`: how clients see this server.
  private let scheme: String
  /// A signed body is held in memory until its digest is checked.
  private let largestBody: Int

  /// `client` gives the client of a key that is in force now.
  package init(
    nonces: any NonceMemory, scheme: String, largestBody: Int,
    client: @escaping @Sendable (_ keyID: String) -> SigningClient?
  ) {
    self.client = client
    self.nonces = nonces
    self.scheme = scheme
    self.largestBody = largestBody
    verifier = MessageVerifier { client($0)?.key }
  }

  /// Who signed the head of the request.
  func verify(_ request: Request, now: Double) throws(SignatureRefusal) -> (Principal, VerifiedSignature) {
    let message = SignedMessage(
      method: request.method.name, scheme: scheme, authority: request.authority ?? "", target: request.target,
      field: { request.headers($0) })
    let signature = try verifier.verify(message, hasBody: request.body.announcedLength != 0, now: Int64(now))
    guard let client = client(signature.keyID) else { throw .unknownKey }
    return (
      Principal(subject: client.subject, roles: client.roles, validUntil: now + Self.longestStream), signature
    )
  }

  /// The request with its body at hand once that is known to be the one that was signed, and the nonce is used up; and what
  /// knowing that had to do without.
  func accept(
    _ request: Request, _ signature: VerifiedSignature, now: Double
  ) async throws -> (request: Request, degradation: Degradation?) {
    var accepted = request
    if request.body.announcedLength != 0 {
      let body: [UInt8]
      do { body = try await request.body.whole(limit: largestBody) } catch BodyError.tooLarge {
        throw SignatureRefusal.bodyTooLarge(limit: largestBody)
      }
      try ContentDigest.check(body, against: request.headers("Content-Digest"))
      accepted = request.holding(body)
    }
    let isNew = try await nonces.remember(signature, until: verifier.end(of: signature), now: Int64(now))
    guard isNew.value else { throw SignatureRefusal.seenBefore }
    return (accepted, isNew.degradation)
  }
}

extension SignatureRefusal: ProblemConvertible {
  package var problem: Problem {
    switch self {
    // Which keys there are, and how a wrong signature differs from a right one, is nobody's business.
    case .unknownKey, .otherAlgorithm, .wrong: refusal("the signature is not valid here")
    case .bodyTooLarge: Problem(.contentTooLarge, detail: description)
    case .memoryFull:
      Problem(.serviceUnavailable, detail: "signatures cannot be checked now", headers: ["Retry-After": "5"])
    default: refusal(description)
    }
  }

  private func refusal(_ detail: String) -> Problem {
    Problem(.unauthorized, detail: detail, headers: ["WWW-Authenticate": "Bearer"])
  }
}
