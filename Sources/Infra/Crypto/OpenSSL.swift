// How OpenSSL is started: once, and so that it is not torn down while threads still use it.
import COpenSSL

package enum OpenSSL {
  /// Starts the library. A program calls this before anything that uses OpenSSL, TLS included; hashing and randomness do
  /// so by themselves.
  ///
  /// By default OpenSSL frees its algorithms in an `atexit` handler, and a thread that is hashing at that moment reads
  /// freed memory. The system takes the memory back anyway.
  package static func start() { _ = started }

  private static let started: Bool = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1
}
