// The field Content-Digest (RFC 9530): digests of a body as it was sent.
import Crypto

package enum ContentDigest {
  /// Checks `body` against the field's lines: every digest by an algorithm that is safe must be right, and there must be
  /// one. Others are passed over.
  package static func check(_ body: [UInt8], against lines: [String]) throws(SignatureRefusal) {
    let digests: FieldDictionary
    do throws(StructuredFieldError) {
      digests = try StructuredFieldParser.dictionary(lines.joined(separator: ", "))
    } catch {
      throw .malformed(field: "Content-Digest", reason: "\(error)")
    }
    var isChecked = false
    for member in digests.members {
      let hash: HashFunction
      switch member.name {
      case "sha-256": hash = .sha256
      case "sha-512": hash = .sha512
      default: continue
      }
      guard case .item(let item) = member.value, let digest = item.value.bytes else {
        throw .malformed(field: "Content-Digest", reason: "\(member.name) is no byte sequence")
      }
      guard constantTimeEquals(hash.digest(body), digest) else { throw .wrongDigest }
      isChecked = true
    }
    guard isChecked else { throw .noDigest }
  }

  /// The field of `body`.
  package static func field(of body: [UInt8]) -> String {
    "sha-256=:\(Base64.encode(HashFunction.sha256.digest(body))):"
  }
}
