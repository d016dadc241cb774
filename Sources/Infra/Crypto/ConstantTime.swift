// Comparing secrets without telling, by the time it takes, where they part.
import COpenSSL

/// Whether both hold the same bytes. The time depends on the lengths alone, which are no secret.
package func constantTimeEquals(_ left: RawSpan, _ right: RawSpan) -> Bool {
  guard left.byteCount == right.byteCount else { return false }
  if left.byteCount == 0 { return true }
  return left.withUnsafeBytes { left in
    right.withUnsafeBytes { right in CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0 }
  }
}

package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  constantTimeEquals(left.span.bytes, right.span.bytes)
}
