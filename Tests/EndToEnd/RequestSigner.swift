// Signs requests by hand from RFC 9421, so that it shares no mistake with the server.
import Crypto
import Foundation

/// Makes the fields of a signed request, each of which a test may spoil.
struct RequestSigner {
  var keyID = "billing"
  var sign: @Sendable (_ base: String) throws -> [UInt8]
  var components = ["@method", "@authority", "@path", "@query", "content-digest"]
  var created = Int(Date().timeIntervalSince1970)
  var nonce: String? = UUID().uuidString
  var algorithm: String?

  static func digest(_ body: String) -> String { "sha-256=:\(Base64.encode(SHA256.digest(Array(body.utf8)).bytes)):" }

  func fields(
    _ method: String, _ path: String, query: String = "", port: UInt16, body: String? = nil, digest: String? = nil
  ) throws -> [String: String] {
    let digest = digest ?? body.map(Self.digest)
    var lines = ""
    var covered: [String] = []
    for name in components where name != "content-digest" || body != nil {
      let value =
        switch name {
        case "@method": method
        case "@authority": "127.0.0.1:\(port)"
        case "@path": path
        case "@query": "?\(query)"
        case "@target-uri": "http://127.0.0.1:\(port)\(path)\(query.isEmpty ? "" : "?\(query)")"
        default: digest ?? ""
        }
      lines += "\"\(name)\": \(value)\n"
      covered.append("\"\(name)\"")
    }
    var parameters = "(\(covered.joined(separator: " ")));created=\(created);keyid=\"\(keyID)\""
    if let nonce { parameters += ";nonce=\"\(nonce)\"" }
    if let algorithm { parameters += ";alg=\"\(algorithm)\"" }
    let signature = try sign(lines + "\"@signature-params\": \(parameters)")
    var fields = ["Signature-Input": "s=\(parameters)", "Signature": "s=:\(Base64.encode(signature)):"]
    if let digest { fields["Content-Digest"] = digest }
    return fields
  }
}

extension RequestSigner {
  /// Signs by hmac-sha256.
  init(secret: [UInt8]) {
    self.init { HMACSHA256.authenticate(Array($0.utf8).span.bytes, key: secret.span.bytes).bytes }
  }
}
