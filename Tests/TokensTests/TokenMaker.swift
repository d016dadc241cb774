// Tokens put together by hand, so that each can be wrong in one way.
import Crypto
import Foundation
import JSON

@testable import Tokens

extension JWK {
  init(json: JSONValue) throws { try self.init(parsing: json.jsonBytes.span.bytes) }

  func secret() throws -> JSONValue {
    let text = try secretText()
    return try JSONValue(parsing: text.span)
  }
}

enum TokenMaker {
  static let now = 1_800_000_000.0

  static func encoded(_ text: String) -> String { Base64URL.encode(Array(text.utf8)) }

  /// header.payload.signature with a true signature, whatever the header says.
  static func token(header: String, payload: String, key: SigningKey) throws -> [UInt8] {
    let signed = Array("\(encoded(header)).\(encoded(payload))".utf8)
    return signed + Array(".\(Base64URL.encode(try key.sign(signed.span.bytes)))".utf8)
  }

  static let goodClaims = #"{"sub":"agent","exp":1800000600,"iat":1800000000,"jti":"one"}"#

  static func symmetric(_ count: Int = 32, keyID: String? = "shared") throws -> JWK {
    var bytes = SecureRandom.bytes(count)
    return JWK(.symmetric(try SymmetricKey(moving: &bytes)), keyID: keyID)
  }

  /// One signing key for every algorithm.
  static func signingKeys() throws -> [SigningKey] {
    let rsa = PrivateKey.rsa(try RSA.PrivateKey(bits: 2048))
    var keys = [
      try SigningKey(.ed25519(try Ed25519.PrivateKey())), try SigningKey(.p256(try P256.PrivateKey())),
      try SigningKey(.p384(try P384.PrivateKey())), try SigningKey(.p521(try P521.PrivateKey())),
    ]
    for algorithm: JWSAlgorithm in [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512] {
      keys.append(try SigningKey(JWK(.privateKey(rsa)), algorithm: algorithm))
    }
    for algorithm: JWSAlgorithm in [.hs256, .hs384, .hs512] {
      keys.append(try SigningKey(symmetric(64), algorithm: algorithm))
    }
    return keys
  }
}

/// Why `body` refused, or nil if it did not.
func refusal<Value>(_ body: () throws(TokenRefusal) -> Value) -> TokenRefusal? {
  do throws(TokenRefusal) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}
