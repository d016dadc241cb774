// What can go wrong in this library, and OpenSSL's own account of it: its error queue is drained into the reason, so that
// nothing stale is left for the next call on the thread.
import COpenSSL

package enum CryptoError: Error, Equatable, Sendable, CustomStringConvertible {
  /// OpenSSL refused an operation that should have worked; `reason` is its own account.
  case failed(operation: String, reason: String)
  /// An input has a length that the algorithm does not take.
  case wrongLength(of: String, expected: String, actual: Int)
  /// Bytes that are not a key of the kind asked for, or a key too weak to be used.
  case badKey(String)
  /// A text that is not PEM, not a JWK, not base64, … as it should be.
  case malformed(String)
  /// An authenticated ciphertext was changed, or the key, the nonce or the associated data is not the one it was sealed with.
  case notAuthentic
  /// A limit with a name was exceeded.
  case beyondLimit(String)

  package var description: String {
    switch self {
    case .failed(let operation, let reason): "\(operation) failed: \(reason)"
    case .wrongLength(let what, let expected, let actual): "\(what) must be \(expected) bytes, not \(actual)"
    case .badKey(let reason): "unusable key: \(reason)"
    case .malformed(let reason): "malformed: \(reason)"
    case .notAuthentic: "the data is not authentic: it was changed, or the key is not the one that sealed it"
    case .beyondLimit(let reason): "beyond a limit: \(reason)"
    }
  }

  /// The error for a failed call, with the reasons that OpenSSL left in this thread's queue, which is empty afterwards.
  static func openSSL(_ operation: String) -> CryptoError {
    .failed(operation: operation, reason: drainReasons() ?? "no reason given")
  }
}

/// Empties this thread's OpenSSL error queue and returns its reasons, oldest first, or nil if it was empty.
func drainReasons() -> String? {
  var reasons: [String] = []
  while true {
    let code = ERR_get_error()
    if code == 0 { break }
    if let reason = ERR_reason_error_string(code) {
      reasons.append(String(cString: reason))
    } else {
      reasons.append("error \(Hex.encode(bigEndian: UInt64(code)))")
    }
  }
  return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
}
