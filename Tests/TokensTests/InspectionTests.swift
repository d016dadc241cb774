// The check that the command line makes, and tokens exchanged with another implementation.
import Crypto
import Foundation
import JSON
import TestSupport
import Testing

@testable import Tokens

@Suite struct InspectionTests {
  private static let now = TokenMaker.now

  private func verify(
    _ token: [UInt8], _ keySet: String, _ algorithms: [String] = [], raw: Bool
  ) -> Result<[UInt8], TokenRefusal> {
    do throws(TokenRefusal) {
      return .success(
        try TokenInspection.verify(
          token, keySet: Array(keySet.utf8).span.bytes, algorithms: algorithms, signatureOnly: raw, now: Self.now))
    } catch {
      return .failure(error)
    }
  }

  @Test func theCommandAcceptsASetOrASingleKey() throws {
    let key = try SigningKey(.p256(try P256.PrivateKey()))
    let token = try TokenMaker.token(
      header: #"{"alg":"ES256","kid":"\#(key.keyID)"}"#, payload: TokenMaker.goodClaims, key: key)
    let single = try #require(key.verifying.published()).description
    for set in [single, #"{"keys":[\#(single)]}"#] {
      #expect(verify(token, set, raw: true) == .success(Array(TokenMaker.goodClaims.utf8)))
      #expect(verify(token, set, ["EdDSA", "ES256"], raw: false) == .success(Array(TokenMaker.goodClaims.utf8)))
      #expect(verify(token, set, ["RS256"], raw: true) == .failure(.algorithmNotAllowed(.es256)))
      #expect(verify(token, set, ["es256"], raw: true) == .failure(.unknownAlgorithm("es256")))
    }
    guard case .failure(.keysUnavailable) = verify(token, "{}", raw: true) else {
      return #expect(Bool(false), "no key set")
    }
  }

  @Test func theRawCheckLooksAtTheSignatureOnly() throws {
    let key = try SigningKey(.ed25519(try Ed25519.PrivateKey()))
    let set = JWKSet([key.verifying]).published().description
    let header = #"{"alg":"EdDSA","kid":"\#(key.keyID)","typ":"anything"}"#
    for payload in ["", "not json", #"{"exp":1}"#] {
      let token = try TokenMaker.token(header: header, payload: payload, key: key)
      #expect(verify(token, set, raw: true) == .success(Array(payload.utf8)))
      guard case .failure = verify(token, set, raw: false) else {
        Issue.record("claims \(payload) accepted")
        continue
      }
    }
    let expired = try TokenMaker.token(
      header: #"{"alg":"EdDSA"}"#, payload: #"{"sub":"a","exp":1700000000}"#, key: key)
    #expect(verify(expired, set, raw: false) == .failure(.expired(at: 1_700_000_000)))
  }
}

@Suite(.enabled(if: PyJWT.isPresent, "python3-jwt and python3-cryptography are not installed"))
struct PyJWTTests {
  @Test func tokensAreExchangedBothWays() throws {
    for key in try TokenMaker.signingKeys() {
      let secretKey = try keyPair(for: key.algorithm)
      let ours = try SigningKey(secretKey, algorithm: key.algorithm)
      let issuer = TokenIssuer(key: ours, issuer: "witan", audience: ["python"])
      let token = try issuer.issue(subject: "ann", lifetime: 600, now: Date().timeIntervalSince1970.rounded(.down))
      let answer = try PyJWT.exchange(key: try secretKey.secret(), algorithm: key.algorithm, token: token)
      // Python accepted ours,
      #expect(answer["claims"]?["sub"] == "ann", "\(key.algorithm)")
      // and we accept Python's.
      let theirs = Array(try #require(answer["token"]?.string).utf8)
      let policy = TokenPolicy(issuers: ["python"], audiences: ["witan"], algorithms: [key.algorithm])
      let verifier = TokenVerifier(
        keys: KeyRing(JWKSet([ours.verifying]), algorithms: JWSAlgorithm.all), policy: policy)
      let verified = try verifier.check(theirs, now: Date().timeIntervalSince1970)
      #expect(verified.subject == "bob" && verified.claims.strings("roles") == ["auditor"])
    }
  }

  private func keyPair(for algorithm: JWSAlgorithm) throws -> JWK {
    switch algorithm {
    case .edDSA: JWK(.privateKey(.ed25519(try Ed25519.PrivateKey())), keyID: "k", algorithm: algorithm)
    case .es256: JWK(.privateKey(.p256(try P256.PrivateKey())), keyID: "k", algorithm: algorithm)
    case .es384: JWK(.privateKey(.p384(try P384.PrivateKey())), keyID: "k", algorithm: algorithm)
    case .es512: JWK(.privateKey(.p521(try P521.PrivateKey())), keyID: "k", algorithm: algorithm)
    case .hs256, .hs384, .hs512: try TokenMaker.symmetric(64, keyID: "k")
    default: JWK(.privateKey(.rsa(try RSA.PrivateKey(bits: 2048))), keyID: "k", algorithm: algorithm)
    }
  }
}

/// Debian's PyJWT, run as a program of its own.
private enum PyJWT {
  static let isPresent: Bool = {
    guard (try? run("import jwt, cryptography", input: "")) != nil else {
      FileHandle.standardError.write(Data("skipped: exchange with PyJWT, python3-jwt not present\n".utf8))
      return false
    }
    return true
  }()

  /// Reads a private JWK and a token; prints the token's claims and a token of its own under the same key.
  private static let program = """
    import json, sys, time, jwt
    from jwt.algorithms import get_default_algorithms
    given = json.load(sys.stdin)
    name = given["alg"]
    algorithm = get_default_algorithms()[name]
    private = algorithm.from_jwk(json.dumps(given["key"]))
    public = private if isinstance(private, bytes) else private.public_key()
    claims = jwt.decode(given["token"], public, algorithms=[name], audience="python", issuer="witan")
    now = int(time.time())
    token = jwt.encode({"iss": "python", "aud": ["witan", "x"], "sub": "bob", "roles": ["auditor"],
                        "iat": now, "nbf": now - 1, "exp": now + 600.5}, private, algorithm=name, headers={"kid": "k"})
    print(json.dumps({"claims": claims, "token": token}))
    """

  static func exchange(key: JSONValue, algorithm: JWSAlgorithm, token: String) throws -> JSONValue {
    let input: JSONValue = ["key": key, "alg": .string(algorithm.rawValue), "token": .string(token)]
    return try JSONValue(parsing: try run(program, input: input.description))
  }

  private struct Failed: Error, CustomStringConvertible { let description: String }

  private static func run(_ program: String, input: String) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = ["-c", program]
    let (input, text) = (Pipe(), input)
    let output = Pipe()
    let errors = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    let complaints = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(description: String(decoding: complaints, as: UTF8.self)) }
    return [UInt8](said)
  }
}
