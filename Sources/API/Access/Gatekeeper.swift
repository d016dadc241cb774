// The one place where requests are let in: the bearer token or the signature is checked, the limits are kept, and the roles
// are held against what the operation asks for. Why a token was refused goes to the log; the caller hears 401.
import HTTP
import JSON
import Resilience
import Signatures
import Tokens

/// A request that was let in.
struct Admission: Sendable {
  /// As it goes on: where it is signed, with its body checked and at hand.
  let request: Request
  /// Who asks; nil where everyone may and nobody says who.
  let principal: Principal?
  /// What the answer says of the limits.
  let fields: RateLimitFields?
  /// What checking the signature had to do without.
  var degradation: Degradation?

  /// Whether the answer has to say anything of how the request was let in.
  var isTold: Bool { fields != nil || degradation != nil }

  func add(to headers: inout ResponseHeaders) {
    fields?.add(to: &headers)
    degradation?.add(to: &headers)
  }
}

extension Degradation {
  /// Says so in an answer that was touched, whatever its body is.
  func add(to headers: inout ResponseHeaders) { headers.add("Witan-Degraded", "\(part);level=\(level.rawValue)") }
}

package struct Gatekeeper: Sendable {
  let verifier: TokenVerifier
  let now: @Sendable () -> Double
  /// Hears why credentials were refused.
  let refused: @Sendable (_ reason: String, Request) -> Void
  /// Checks requests that are signed; nil where none are taken.
  package var signatures: SignedRequests?
  /// Nil for none.
  package var limits: RateLimits?
  /// False where other instances may have revoked what is presented, and nobody has been able to ask for too long; nil where
  /// there are no others.
  package var knowsRevocations: (@Sendable () -> Bool)?

  package init(
    verifier: TokenVerifier, now: @escaping @Sendable () -> Double,
    refused: @escaping @Sendable (_ reason: String, Request) -> Void
  ) {
    self.verifier = verifier
    self.now = now
    self.refused = refused
  }

  /// Lets a request in to an operation, or throws what it is answered with. `isProbe`: for whoever watches over the
  /// service, which no limit may blind. `isForRepair`: also where it is not known what others have revoked.
  func admit(
    _ request: Request, to access: Access, isProbe: Bool, isForRepair: Bool = false
  ) async throws -> Admission {
    if access == .everyone {
      let fields = isProbe ? nil : try await limits?.charge(stranger: request)
      return Admission(request: request, principal: nil, fields: fields)
    }
    let (principal, signature) = try await identify(request, isForRepair)
    let fields = try await limits?.charge(principal, as: access, from: request)
    guard access.admits(principal) else {
      throw Problem(.forbidden, detail: "this needs \(access.description)")
    }
    guard let signature, let signatures else {
      return Admission(request: request, principal: principal, fields: fields)
    }
    do {
      let accepted = try await signatures.accept(request, signature, now: now())
      return Admission(
        request: accepted.request, principal: principal, fields: fields, degradation: accepted.degradation)
    } catch let refusal as SignatureRefusal {
      refused("\(refusal)", request)
      throw refusal
    }
  }

  /// Takes one more from the limits of whoever was let in, for a further message on the same connection.
  func charge(_ principal: Principal, as access: Access, from request: Request) async throws(Problem) {
    _ = try await limits?.charge(principal, as: access, from: request)
  }

  /// Who asks, by token or by signature. Who cannot say so is counted by address.
  private func identify(_ request: Request, _ isForRepair: Bool) async throws -> (Principal, VerifiedSignature?) {
    if !isForRepair, let knowsRevocations, !knowsRevocations() {
      throw Problem(
        .serviceUnavailable, title: "Revocations cannot be known",
        detail: "other instances cannot be asked what they have revoked", headers: ["Retry-After": "5"])
    }
    do {
      guard let signatures, request.header("Signature-Input") != nil else {
        return (Principal(try await verifiedToken(of: request)), nil)
      }
      if request.header(.authorization) != nil {
        throw Problem(.badRequest, detail: "there is a signature and Authorization: which of them counts?")
      }
      do throws(SignatureRefusal) {
        let (principal, signature) = try signatures.verify(request, now: now())
        return (principal, signature)
      } catch {
        refused("\(error)", request)
        throw error
      }
    } catch {
      _ = try await limits?.charge(stranger: request)
      throw error
    }
  }

  private func verifiedToken(of request: Request) async throws -> VerifiedToken {
    let now = now()
    let atHand = try request.withHeader(.authorization) { value throws(Problem) in
      let token = try Self.bearer(value)
      return Result { () throws(TokenRefusal) in
        try verifier.check(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(token)), now: now)
      }
    }
    switch atHand {
    case nil: throw Self.unauthorized("a bearer token is needed", challenge: "Bearer")
    case .success(let token)?: return token
    case .failure(let refusal)?: return try await lookAgain(request, refusal, now)
    }
  }

  /// A token of an unknown key may be of a new one: the keys are looked at again, as often as their limit allows.
  private func lookAgain(_ request: Request, _ refusal: TokenRefusal, _ now: Double) async throws -> VerifiedToken {
    var refusal = refusal
    switch refusal {
    case .unknownKey, .keysUnavailable:
      let bytes = try request.withHeader(.authorization) { Array(try Self.bearer($0)) } ?? []
      do throws(TokenRefusal) { return try await verifier.verify(bytes, now: now) } catch { refusal = error }
    default: break
    }
    refused("\(refusal)", request)
    throw Self.unauthorized("the token is not valid here", challenge: TokenRefusal.challenge)
  }

  /// The token in `Bearer TOKEN` (RFC 6750, section 2.1); the scheme in any case.
  private static func bearer(_ value: UnsafeBufferPointer<UInt8>) throws(Problem) -> UnsafeBufferPointer<UInt8> {
    let scheme: StaticString = "bearer "
    guard value.count > scheme.utf8CodeUnitCount else {
      throw unauthorized("a bearer token is needed", challenge: "Bearer")
    }
    for index in 0..<scheme.utf8CodeUnitCount where value[index] | 0x20 != scheme.utf8Start[index] | 0x20 {
      throw unauthorized("a bearer token is needed", challenge: "Bearer")
    }
    return UnsafeBufferPointer(rebasing: value[scheme.utf8CodeUnitCount...])
  }

  private static func unauthorized(_ detail: String, challenge: String) -> Problem {
    Problem(.unauthorized, detail: detail, headers: ["WWW-Authenticate": challenge])
  }
}

extension Access: CustomStringConvertible {
  package var description: String {
    switch self {
    case .everyone: "nothing"
    case .authenticated: "a valid token"
    case .roles(let roles): "the role \(roles.map(\.rawValue).joined(separator: " or "))"
    }
  }
}

extension Principal {
  /// Roles that nobody knows entitle to nothing.
  init(_ token: VerifiedToken) {
    let roles = (token.claims.strings("roles") ?? []).compactMap { Role(rawValue: $0) }
    self.init(
      subject: token.subject, roles: Set(roles), tokenID: token.claims.tokenID, validUntil: token.validUntil)
  }
}
