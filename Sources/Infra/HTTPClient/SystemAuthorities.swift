// Where the system keeps the authorities that it trusts, as libcurl was built to know.
import CCurl

enum SystemAuthorities {
  /// Hashed by name, so that a handshake reads only what it needs.
  static let folder: String = {
    witan_curl_authorities().map { String(cString: $0) } ?? "/etc/ssl/certs"
  }()
}
