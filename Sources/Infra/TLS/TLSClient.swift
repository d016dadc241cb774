// The client's side of TLS, for connections that the process opens itself: whom it trusts, and a session for each of them.
// The server's certificate is always checked, chain and name.
import COpenSSL
import Crypto
import Glibc
import Net

/// Proof for `@unchecked Sendable`: as for `TLSContext`, the context is complete when `init` returns and only read later.
package final class TLSClient: @unchecked Sendable {
  private let context: OpaquePointer

  /// `authorities`: a PEM file of those that are trusted, in place of the system's. `certificate` and `key`: what to show a
  /// server that asks.
  package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) throws(TLSError) {
    OpenSSL.start()
    ERR_clear_error()
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw .library(reason: TLSContext.takeReason()) }
    self.context = context
    openssl_harden_client(context)
    openssl_ask_nobody(context)
    guard openssl_set_minimum_version(context, TLS1_2_VERSION) == 1 else {
      throw .library(reason: TLSContext.takeReason())
    }
    if let authorities {
      guard access(authorities, R_OK) == 0, SSL_CTX_load_verify_file(context, authorities) == 1 else {
        throw .authorities(file: authorities, reason: TLSContext.takeReason())
      }
    } else if SSL_CTX_set_default_verify_paths(context) != 1 {
      throw .library(reason: TLSContext.takeReason())
    }
    if let certificate, let key {
      guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
        throw .certificate(file: certificate, reason: TLSContext.takeReason())
      }
      guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1, SSL_CTX_check_private_key(context) == 1
      else { throw .mismatch(certificate: certificate, key: key) }
    }
  }

  deinit { SSL_CTX_free(context) }

  /// A session over a connecting socket, for a server of this name or address.
  package func transport(for descriptor: Int32, host: String) -> any ByteTransport {
    guard let session = SSL_new(context) else { return TLSSession(nil, descriptor) }
    guard SSL_set_fd(session, descriptor) == 1, openssl_expect_host(session, host) == 1 else {
      SSL_free(session)
      return TLSSession(nil, descriptor)
    }
    SSL_set_connect_state(session)
    return TLSSession(session, descriptor)
  }

  /// Why a session made here has failed.
  package static func failure(of transport: any ByteTransport) -> String {
    let session = transport as? TLSSession
    return session?.verificationFailure ?? session?.breach ?? "the handshake did not succeed"
  }
}
