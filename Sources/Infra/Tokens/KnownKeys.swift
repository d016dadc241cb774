// Keys whose secret half everybody has: those of standards and of manuals, and those made of no randomness at all. What such
// a key signs anybody could have signed, so nobody should run a service with one.
import Crypto

package enum KnownKeys {
  /// RFC 7638 thumbprints in base64url. That of a shared secret gives nothing away here: all of these are printed somewhere.
  private static let thumbprints: Set<String> = [
    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",  // RFC 8032, 7.1, test 1; RFC 8037, A.1
    "FtIu-VbGrfe_KB6CH7GNwODB72MNxj_ml11dEvO-7kk",  // RFC 8032, 7.1, test 2
    "FVV5umTuau890q59V-4Ga_R6qWb7ON_ivJc4EjvCwTM",  // RFC 8032, 7.1, test 3
    "lZI1vM7tnlYapaF5-cy86ptx0tT_8Av721hhiNB5ti4",  // RFC 8032, 7.1, test of 1024 bytes
    "iiDHHfFVNG6ICMUTsicgrWf1igtFYZEK73xlobt1ah4",  // RFC 8032, 7.1, test of SHA(abc)
    "9ZP03Nu8GrXPAUkbKNxHOKBzxPX83SShgFkRNK-f2lw",  // 32 bytes of 0
    "UDDReOZl1ipXAfp9wYsm13sDBMK5og--QWdBjzuf6o4",  // 32 bytes of 1
    "1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y",  // 0, 1, 2, … 31
    "y_x3gCJnL6oKGBBIXScabduwxTVy2Wd2bzRVEUbdUzc",  // RFC 7515, A.1; RFC 7517, A.3
    "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8",  // RFC 7515, A.2
    "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",  // RFC 7515, A.3
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",  // RFC 7517, A.2
    "RtoRur_1Dir5M4wuOfqNkDYOf9O_4RJ-aHkTA75RLA8",  // RFC 7520, 3.5
  ]

  /// Why nobody should trust what this key signs; nil where nothing speaks against it. `judge` looks at the bytes of a
  /// shared secret.
  package static func weakness(of key: JWK, judge: (RawSpan) -> String?) -> String? {
    if thumbprints.contains(Base64URL.encode(key.thumbprint.bytes)) { return "it is printed in a standard or a manual" }
    guard case .symmetric(let secret) = key.material else { return nil }
    return secret.withBytes(judge)
  }
}
