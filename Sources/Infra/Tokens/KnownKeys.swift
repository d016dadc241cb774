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
    "WWpn_pfHui9YKR4CZtQsDGMu7_Gch2zYChfSvnxgtPk",  // 1, 2, 3, … 32
    "KOV5iWx2HPtVkmgAGECdtGQEU7Av_SMpT71K41tzSLQ",  // 31, 30, 29, … 0
    "LlsmkXmHJuXWkRZLv_FKl_mprfIV5aYVnXqCgsebsdU",  // 32 bytes of 255
    "S-ZGfbmLMA42xyKKI9C_1XH7VP8owhy_s8F5RH6QrRI",  // the text 12345678901234567890123456789012
    "Nay1z-GgDSMncqC7oX4CD7eG9mpru1PqGrWOU27iJkA",  // the text 01234567890123456789012345678901
    "y_x3gCJnL6oKGBBIXScabduwxTVy2Wd2bzRVEUbdUzc",  // RFC 7515, A.1; RFC 7517, A.3
    "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8",  // RFC 7515, A.2
    "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",  // RFC 7515, A.3
    "u5YUSjQ2-2chBi51NSk3t3g7IM4o2KYcnPqPtCNGd3U",  // RFC 7515, A.4
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",  // RFC 7517, A.2
    "dHri3SADZkrush5HU_50AoRhcKFryN-PI6jPBtPL55M",  // RFC 7520, 3.1 and 3.2
    "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI",  // RFC 7520, 3.3 and 3.4
    "RtoRur_1Dir5M4wuOfqNkDYOf9O_4RJ-aHkTA75RLA8",  // RFC 7520, 3.5
    "BHj8s0GPnMEQtkaULIM-PLgEhLBbuGUQ1vMxmBWZzEo",  // RFC 9421, B.1.1
    "oD0HwocPBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA",  // RFC 9421, B.1.2
    "ydQXMtvbsOsZyFir-Y7A8t7fKEM1gbKPvyFkdpu4fvI",  // RFC 9421, B.1.3
    "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U",  // RFC 9421, B.1.4
  ]

  /// Why nobody should trust what this key signs; nil where nothing speaks against it. `judge` looks at the bytes of what is
  /// secret in it: a shared secret, or an Ed25519 key's seed.
  package static func weakness(of key: JWK, judge: (RawSpan) -> String?) -> String? {
    if thumbprints.contains(Base64URL.encode(key.thumbprint.bytes)) { return "it is printed in a standard or a manual" }
    switch key.material {
    case .symmetric(let secret): return secret.withBytes(judge)
    case .privateKey(.ed25519(let key)):
      guard let seed = try? key.seed() else { return nil }
      return judge(seed.span)
    case .publicKey, .privateKey: return nil
    }
  }
}
