// The examples of RFC 9421, appendix B.2, for the two algorithms that are spoken here, and of RFC 9530.
import Crypto
import Signatures
import Testing

@Suite("Message signatures of the standard")
struct VectorTests {
  private static let fields: [String: String] = [
    "host": "example.com", "date": "Tue, 20 Apr 2021 02:07:55 GMT", "content-type": "application/json",
    "content-digest":
      "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
    "content-length": "18",
  ]

  private static let message = SignedMessage(
    method: "POST", scheme: "https", authority: "example.com", target: "/foo?param=Value&Pet=dog",
    field: { fields[$0].map { [$0] } ?? [] })

  private func input(_ text: String) throws -> InnerList {
    let dictionary = try StructuredFieldParser.dictionary(text)
    guard case .list(let list)? = dictionary.members.first?.value else { throw SignatureRefusal.unknownKey }
    return list
  }

  private static let secret =
    "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
  private static let sharedInput =
    #"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#
  private static let sharedSignature = "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="

  @Test("HMAC with a shared secret (B.2.5)")
  func sharedSecret() throws {
    let base = try Self.message.base(for: try input(Self.sharedInput))
    let expected = """
      "date": Tue, 20 Apr 2021 02:07:55 GMT
      "@authority": example.com
      "content-type": application/json
      "@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"
      """
    #expect(String(decoding: base, as: UTF8.self) == expected)
    let key = SignatureKey.hmacSHA256(HMACSHA256(key: try #require(Base64.decode(Self.secret))))
    #expect(key.isValid(try #require(Base64.decode(Self.sharedSignature)), of: base))
    #expect(!key.isValid(try #require(Base64.decode(Self.sharedSignature)), of: base + [0]))
  }

  @Test("Ed25519 (B.2.6)")
  func ed25519() throws {
    let base = try Self.message.base(
      for: try input(
        #"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#
      ))
    let pem = """
      -----BEGIN PUBLIC KEY-----
      MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
      -----END PUBLIC KEY-----
      """
    guard case .ed25519(let key) = try PublicKey(pem: pem) else { return #expect(Bool(false), "another kind of key") }
    let signature = try #require(
      Base64.decode("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="))
    #expect(SignatureKey.ed25519(key).isValid(signature, of: base))
  }

  @Test("the digest of the example's body")
  func digest() throws {
    let body = Array(#"{"hello": "world"}"#.utf8)
    let lines = [try #require(Self.fields["content-digest"])]
    #expect(throws: Never.self) { try ContentDigest.check(body, against: lines) }
    #expect(throws: SignatureRefusal.wrongDigest) { try ContentDigest.check(body + [0x20], against: lines) }
    #expect(throws: SignatureRefusal.noDigest) { try ContentDigest.check(body, against: []) }
    #expect(throws: SignatureRefusal.noDigest) { try ContentDigest.check(body, against: ["md5=:AAAA:"]) }
    #expect(throws: Never.self) { try ContentDigest.check(body, against: [ContentDigest.field(of: body)]) }
  }
}

@Suite("The verifier of message signatures")
struct MessageVerifierTests {
  private static let key = HMACSHA256(key: Array("a key of thirty-two bytes length".utf8))
  private static let now: Int64 = 1_800_000_000
  private static let whole = ["@method", "@authority", "@path", "@query"]

  private let verifier = MessageVerifier { $0 == "machine" ? .hmacSHA256(key) : nil }

  private func message(
    _ components: [String] = whole, created: Int64? = now, nonce: String? = "nonce-0001", id: String = "machine",
    extra: [(String, BareItem)] = [], target: String = "/v1/critics?a=b", method: String = "GET", spoil: Bool = false
  ) throws -> SignedMessage {
    var parameters = FieldParameters()
    if let created { parameters["created"] = .integer(created) }
    parameters["keyid"] = .string(id)
    if let nonce { parameters["nonce"] = .string(nonce) }
    for (name, value) in extra { parameters[name] = value }
    let input = InnerList(components.map { FieldItem(.string($0)) }, parameters)
    var fields = ["content-digest": ["sha-256=:AAAA:"]]
    let plain = SignedMessage(
      method: "GET", scheme: "http", authority: "Example.COM:80", target: "/v1/critics?a=b",
      field: { [fields] in fields[$0] ?? [] })
    let signature = Self.key.authenticate(try plain.base(for: input)).bytes
    fields["Signature-Input"] = ["sig1=" + input.serialized]
    fields["Signature"] = ["sig1=:\(Base64.encode(spoil ? signature.reversed() : signature)):"]
    return SignedMessage(
      method: method, scheme: "http", authority: "example.com", target: target, field: { [fields] in fields[$0] ?? [] })
  }

  @Test("admits what is signed whole and freshly, by a known key")
  func admits() throws {
    let verified = try verifier.verify(try message(), hasBody: false, now: Self.now)
    #expect(verified == VerifiedSignature(keyID: "machine", nonce: "nonce-0001", created: Self.now))
    let byURI = try message(
      ["@method", "@authority", "@target-uri", "content-digest"], extra: [("alg", .string("hmac-sha256"))])
    #expect(throws: Never.self) { try verifier.verify(byURI, hasBody: true, now: Self.now + 299) }
  }

  @Test("refuses whatever is changed, missing, old, from the future or of another key, each with its reason")
  func refuses() throws {
    func refusal(_ message: SignedMessage, hasBody: Bool = false, now: Int64 = Self.now) -> SignatureRefusal? {
      do throws(SignatureRefusal) {
        _ = try verifier.verify(message, hasBody: hasBody, now: now)
        return nil
      } catch { return error }
    }
    #expect(refusal(try message(spoil: true)) == .wrong)
    #expect(refusal(try message(target: "/v1/critics?a=c")) == .wrong)
    #expect(refusal(try message(target: "/v1/critic?a=b")) == .wrong)
    #expect(refusal(try message(method: "PUT")) == .wrong)
    #expect(refusal(try message(id: "stranger")) == .unknownKey)
    #expect(refusal(try message(extra: [("alg", .string("ed25519"))])) == .otherAlgorithm("\"ed25519\""))
    #expect(refusal(try message(created: nil)) == .noTime)
    #expect(refusal(try message(nonce: nil)) == .noNonce)
    #expect(refusal(try message(nonce: "short")) == .noNonce)
    #expect(refusal(try message(), now: Self.now + 301) == .tooOld(seconds: 301))
    #expect(refusal(try message(), now: Self.now - 11) == .fromTheFuture(seconds: 11))
    #expect(refusal(try message(extra: [("expires", .integer(Self.now))])) == .expired)
    #expect(refusal(try message(), hasBody: true) == .notCovered("content-digest"))
    for missing in Self.whole {
      #expect(refusal(try message(Self.whole.filter { $0 != missing })) == .notCovered(missing))
    }
    #expect(refusal(try message(Self.whole + ["content-digest"], target: "/v1/critics?a=b")) == nil)
    let empty = SignedMessage(method: "GET", scheme: "http", authority: "a", target: "/", field: { _ in [] })
    #expect(refusal(empty) == .unknownKey)
    let broken = SignedMessage(method: "GET", scheme: "http", authority: "a", target: "/", field: { _ in ["sig=("] })
    #expect(refusal(broken) == .malformed(field: "Signature-Input", reason: "at byte 5: an item is missing"))
    // A component covered twice, or one that is not there, cannot be signed at all.
    let plain = SignedMessage(method: "GET", scheme: "http", authority: "a", target: "/", field: { _ in [] })
    func components(_ names: String...) -> InnerList { InnerList(names.map { FieldItem(.string($0)) }) }
    #expect(throws: SignatureRefusal.repeatedComponent("\"@path\"")) {
      try plain.base(for: components("@path", "@path"))
    }
    #expect(throws: SignatureRefusal.noSuchComponent("\"x-y\"")) { try plain.base(for: components("x-y")) }
    #expect(throws: SignatureRefusal.noSuchComponent("\"@status\"")) { try plain.base(for: components("@status")) }
  }
}
