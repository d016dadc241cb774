// What a server is told about TLS: whose certificate it shows, which versions and ciphers it speaks, whom it asks for a
// certificate. The defaults are what current browsers and libraries of the last years speak.

/// The versions that there are to choose from. Older ones are broken (RFC 8996).
package enum TLSVersion: String, Sendable, CaseIterable {
  case tls12 = "1.2"
  case tls13 = "1.3"
}

/// Whether clients have to show a certificate.
package enum ClientAuthentication: Sendable, Equatable {
  case none
  /// Who shows none is let in without; who shows one that does not hold is turned away.
  case optional(authorities: String)
  /// Nobody gets in without a certificate by one of the authorities in this PEM file.
  case required(authorities: String)
}

package struct TLSOptions: Sendable, Equatable {
  /// A PEM file with the server's certificate, followed by those of its issuers.
  package var certificate: String
  /// A PEM file with the certificate's key, without a passphrase.
  package var key: String
  package var minimumVersion = TLSVersion.tls12
  /// Ciphers of TLS 1.2 in OpenSSL's names. One without forward secrecy or authenticated encryption is refused.
  package var ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    + "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
  /// Cipher suites of TLS 1.3.
  package var suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
  /// Groups for the key exchange.
  package var groups = "X25519:P-256:P-384"
  package var clientAuthentication = ClientAuthentication.none
  /// How long a client may resume a session instead of a full handshake.
  package var sessionLifetime: Duration = .seconds(3600)
  /// How long one key encrypts session tickets: who gets hold of it can read the sessions of that time (RFC 5077).
  package var ticketKeyLifetime: Duration = .seconds(12 * 3600)

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// Why TLS cannot be spoken with these options.
package enum TLSError: Error, Equatable, CustomStringConvertible {
  case certificate(file: String, reason: String)
  case key(file: String, reason: String)
  /// The key is not the certificate's.
  case mismatch(certificate: String, key: String)
  case authorities(file: String, reason: String)
  case ciphers(String, reason: String)
  case weakCipher(String)
  case groups(String, reason: String)
  case library(reason: String)

  package var description: String {
    switch self {
    case .certificate(let file, let reason): "the TLS certificate \(file) cannot be used: \(reason)"
    case .key(let file, let reason): "the TLS key \(file) cannot be used: \(reason)"
    case .mismatch(let certificate, let key): "the TLS key \(key) does not belong to the certificate \(certificate)"
    case .authorities(let file, let reason): "the authorities for client certificates \(file) cannot be used: \(reason)"
    case .ciphers(let list, let reason): "the TLS ciphers \"\(list)\" cannot be used: \(reason)"
    case .weakCipher(let name): "the TLS cipher \(name) lacks forward secrecy or authenticated encryption"
    case .groups(let list, let reason): "the TLS groups \"\(list)\" cannot be used: \(reason)"
    case .library(let reason): "TLS cannot be set up: \(reason)"
    }
  }
}
