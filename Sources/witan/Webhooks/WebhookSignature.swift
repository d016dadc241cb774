// The signature of what is sent, as the Standard Webhooks specification has it, so that receivers check it with a library
// of their own: HMAC-SHA-256 over `id.timestamp.body`, in the field webhook-signature.
import Crypto

struct WebhookSigner: Sendable {
  private let key: HMACSHA256

  static let prefix = "whsec_"
  /// Of the secret itself, in bytes.
  static let length = 24...64

  /// Reads the file at `path`, made where there is none.
  init(path: String) throws {
    let text = try KeyFile.readOrCreate(path) { () throws(CryptoError) in
      let made = Array("\(Self.prefix)\(Base64.encode(SecureRandom.bytes(32)))\n".utf8)
      return SecretBytes(copying: made.span.bytes)
    }
    guard let secret = Self.secret(in: text.span) else { throw WebhookSecretRefused(path: path) }
    key = HMACSHA256(key: secret)
  }

  /// The secret in what a file holds; nil where it holds none.
  static func secret(in text: RawSpan) -> [UInt8]? {
    let written = String(decoding: text.withUnsafeBytes { Array($0) }, as: UTF8.self).trimming { $0.isWhitespace }
    guard written.hasPrefix(prefix), let secret = Base64.decode(String(written.dropFirst(prefix.count))),
      length ~= secret.count
    else { return nil }
    return secret
  }

  /// The value of webhook-signature.
  func sign(id: String, timestamp: Int64, body: [UInt8]) -> String {
    "v1,\(Base64.encode(key.authenticate(Array("\(id).\(timestamp).".utf8) + body).bytes))"
  }
}

struct WebhookSecretRefused: Error, CustomStringConvertible {
  let path: String

  var description: String {
    "\(path) holds no webhook secret: \(WebhookSigner.prefix) and \(WebhookSigner.length.lowerBound) to "
      + "\(WebhookSigner.length.upperBound) bytes in base64"
  }
}

extension StringProtocol {
  /// Without those characters at either end.
  func trimming(_ isDropped: (Character) -> Bool) -> String {
    String(drop(while: isDropped).reversed().drop(while: isDropped).reversed())
  }
}
