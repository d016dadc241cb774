// A signed token in compact form (RFC 7515, section 7.1): taken apart strictly, so that one signature fits one text only.
import Crypto

/// A token taken apart and not yet verified. Nothing in it is to be believed before `VerificationKey` has agreed.
package struct JWS: Sendable {
  /// Longer tokens are refused before anything is done with them.
  package static let maximumLength = 16 * 1024

  /// Whether a payload that is not encoded may be accepted (RFC 7797). Never for JWTs (section 7 there).
  package enum Unencoded: Sendable { case refused, accepted }

  package let header: JWSHeader
  package let payload: [UInt8]
  package let signature: [UInt8]
  /// What the signature is over.
  package let signedBytes: [UInt8]

  package init(_ token: RawSpan, unencoded: Unencoded = .refused) throws(TokenRefusal) {
    let parts = try Parts(token)
    header = try parts.header()
    let middle = token.extracting(parts.payload)
    if header.isEncoded {
      guard let decoded = Base64URL.decode(middle) else { throw .encoding(.payload) }
      payload = decoded
    } else {
      guard unencoded == .accepted else { throw .unencodedPayload }
      payload = middle.withUnsafeBytes { Array($0) }
      // RFC 7797, section 5.2: printable ASCII without the dot, which cannot be here any more.
      guard payload.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .encoding(.payload) }
    }
    signature = try parts.signature()
    signedBytes = token.extracting(0..<parts.payload.upperBound).withUnsafeBytes { Array($0) }
  }

  package init(_ token: [UInt8], unencoded: Unencoded = .refused) throws(TokenRefusal) {
    try self.init(token.span.bytes, unencoded: unencoded)
  }

  /// A token whose payload travels elsewhere (RFC 7515, appendix F): its middle part is empty.
  package init(_ token: RawSpan, detached payload: [UInt8], unencoded: Unencoded = .refused) throws(TokenRefusal) {
    let parts = try Parts(token)
    header = try parts.header()
    guard parts.payload.isEmpty else { throw .notCompact }
    guard header.isEncoded || unencoded == .accepted else { throw .unencodedPayload }
    self.payload = payload
    signature = try parts.signature()
    var signed = token.extracting(0..<parts.payload.lowerBound).withUnsafeBytes { Array($0) }
    if header.isEncoded {
      Base64URL.append(payload.span.bytes, to: &signed)
    } else {
      signed += payload
    }
    signedBytes = signed
  }

  package init(
    _ token: [UInt8], detached payload: [UInt8], unencoded: Unencoded = .refused
  ) throws(TokenRefusal) {
    try self.init(token.span.bytes, detached: payload, unencoded: unencoded)
  }

  /// Where the three parts lie.
  private struct Parts: ~Escapable {
    let token: RawSpan
    let payload: Range<Int>

    @_lifetime(copy token)
    init(_ token: RawSpan) throws(TokenRefusal) {
      guard token.byteCount <= JWS.maximumLength else { throw .tooLong(limit: JWS.maximumLength) }
      var dots: (first: Int, second: Int) = (-1, -1)
      var count = 0
      token.withUnsafeBytes { bytes in
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: ".") {
          if count == 0 { dots.first = index } else { dots.second = index }
          count += 1
        }
      }
      guard count == 2 else { throw .notCompact }
      self.token = token
      payload = (dots.first + 1)..<dots.second
    }

    func header() throws(TokenRefusal) -> JWSHeader {
      guard let bytes = Base64URL.decode(token.extracting(0..<(payload.lowerBound - 1))) else {
        throw .encoding(.header)
      }
      return try JWSHeader(bytes.span.bytes)
    }

    func signature() throws(TokenRefusal) -> [UInt8] {
      guard let bytes = Base64URL.decode(token.extracting((payload.upperBound + 1)..<token.byteCount)) else {
        throw .encoding(.signature)
      }
      return bytes
    }
  }
}
