// The hash functions that signatures and authentication codes can be asked to use.
import COpenSSL

package enum HashFunction: Sendable, Hashable, CaseIterable {
  case sha256, sha384, sha512

  package var byteCount: Int {
    switch self {
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  /// OpenSSL's name for it.
  var name: String {
    switch self {
    case .sha256: "SHA256"
    case .sha384: "SHA384"
    case .sha512: "SHA512"
    }
  }

  /// The digest of `message`. Where only SHA-256 is wanted, `SHA256` costs less.
  package func digest(_ message: [UInt8]) -> [UInt8] {
    OpenSSL.start()
    return [UInt8](unsafeUninitializedCapacity: byteCount) { target, filled in
      let status = message.withUnsafeBytes {
        EVP_Q_digest(nil, name, nil, $0.baseAddress, $0.count, target.baseAddress, &filled)
      }
      precondition(status == 1 && filled == byteCount, "a digest could not be made")
    }
  }
}
