// Names for things that happen: sortable by time, unguessable, and the same alphabet everywhere.
import Crypto
import Ledger

package enum Identifier {
  /// What identifiers of the service begin with: alerts, dead letters, deliberations, jobs, precedents, permits, reviews,
  /// revocations, what befell the service, uploads.
  package static let prefixes = [
    "alr_", "dead_", "dlb_", "job_", "prc_", "prm_", "rev_", "rvk_", "srv_", "upl_",
  ]

  /// Crockford's base 32: no letters that are mistaken for digits.
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

  /// `prefix`, ten characters of milliseconds since 1970, and sixteen of randomness.
  package static func make(_ prefix: StaticString, milliseconds: UInt64, random: (UInt64, UInt64)) -> String {
    let length = prefix.utf8CodeUnitCount
    return String(unsafeUninitializedCapacity: length + 26) { buffer in
      for index in 0..<length { buffer[index] = prefix.utf8Start[index] }
      for index in 0..<10 {
        buffer[length + index] = alphabet[Int(milliseconds >> UInt64(45 - 5 * index) & 31)]
      }
      for index in 0..<8 {
        buffer[length + 10 + index] = alphabet[Int(random.0 >> UInt64(5 * index) & 31)]
        buffer[length + 18 + index] = alphabet[Int(random.1 >> UInt64(5 * index) & 31)]
      }
      return length + 26
    }
  }

  /// A new one, with the system's clock and the kernel's randomness.
  package static func make(_ prefix: StaticString) -> String {
    var system = SecureRandom()
    return make(
      prefix, milliseconds: UInt64(max(0, Timestamp.now().microseconds / 1000)), random: (system.next(), system.next()))
  }

  /// The one name that `parts` have under this prefix: 130 bits of their SHA-256.
  package static func derived(_ prefix: StaticString, from parts: String...) -> String {
    var hashed: [UInt8] = []
    hashed.reserveCapacity(parts.reduce(0) { $0 + 8 + $1.utf8.count })
    for part in parts {
      // Each part with its length, so that no two lists of parts read the same.
      withUnsafeBytes(of: UInt64(part.utf8.count).littleEndian) { hashed.append(contentsOf: $0) }
      hashed.append(contentsOf: part.utf8)
    }
    let digest = SHA256.digest(hashed)
    let length = prefix.utf8CodeUnitCount
    return String(unsafeUninitializedCapacity: length + 26) { buffer in
      for index in 0..<length { buffer[index] = prefix.utf8Start[index] }
      for index in 0..<26 {
        let bit = 5 * index
        let pair = UInt16(digest[bit / 8]) << 8 | UInt16(digest[bit / 8 + 1])
        buffer[length + index] = alphabet[Int(pair >> UInt16(11 - bit % 8) & 31)]
      }
      return length + 26
    }
  }
}
