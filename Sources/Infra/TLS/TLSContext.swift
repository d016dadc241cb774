// A context of OpenSSL's: certificate, key and rules, made once and then only read, by as many loops as there are.
import COpenSSL
import Crypto
import Glibc

/// Proof for `@unchecked Sendable`: the context is complete when `init` returns and not changed afterwards; OpenSSL lets
/// any number of threads make sessions from it, and each session holds it by a count.
final class TLSContext: @unchecked Sendable {
  private let context: OpaquePointer
  private let options: TLSOptions

  /// Reads the files that the options name.
  convenience init(_ options: TLSOptions) throws(TLSError) {
    try self.init(options) { context throws(TLSError) in
      try Self.readIdentity(context, options)
    }
  }

  /// The same certificate and rules as `other` with a new key for session tickets. Reads the authorities of clients anew,
  /// no other file.
  convenience init(renewing other: TLSContext) throws(TLSError) {
    try self.init(other.options) { context throws(TLSError) in
      guard openssl_copy_identity(context, other.context) == 1 else { throw .library(reason: Self.takeReason()) }
    }
  }

  private init(_ options: TLSOptions, identity: (OpaquePointer) throws(TLSError) -> Void) throws(TLSError) {
    OpenSSL.start()
    ERR_clear_error()
    guard let context = SSL_CTX_new(TLS_server_method()) else { throw .library(reason: Self.takeReason()) }
    self.context = context
    self.options = options
    // All properties are set, so that throwing runs `deinit`, which frees the context.
    openssl_harden_server(context)
    openssl_ask_nobody(context)
    try Self.setProtocol(context, options)
    try identity(context)
    try Self.askClients(context, options)
    SSL_CTX_set_timeout(context, Int(options.sessionLifetime.components.seconds))
    // A ticket counts only where it was given: clients with a certificate are refused without it.
    let name: [UInt8] = Array("witan".utf8)
    SSL_CTX_set_session_id_context(context, name, UInt32(name.count))
  }

  deinit { SSL_CTX_free(context) }

  /// A session for an accepted connection; nil when there is no memory for it.
  func makeSession(_ descriptor: Int32) -> OpaquePointer? {
    guard let session = SSL_new(context) else { return nil }
    guard SSL_set_fd(session, descriptor) == 1 else {
      SSL_free(session)
      return nil
    }
    SSL_set_accept_state(session)
    return session
  }

  // MARK: Making

  private static func setProtocol(_ context: OpaquePointer, _ options: TLSOptions) throws(TLSError) {
    let minimum = options.minimumVersion == .tls12 ? TLS1_2_VERSION : TLS1_3_VERSION
    guard openssl_set_minimum_version(context, minimum) == 1 else { throw .library(reason: takeReason()) }
    guard SSL_CTX_set_cipher_list(context, options.ciphers) == 1 else {
      throw .ciphers(options.ciphers, reason: takeReason())
    }
    guard SSL_CTX_set_ciphersuites(context, options.suites) == 1 else {
      throw .ciphers(options.suites, reason: takeReason())
    }
    if let weak = openssl_weak_cipher(context) { throw .weakCipher(String(cString: weak)) }
    guard openssl_set_groups(context, options.groups) == 1 else {
      throw .groups(options.groups, reason: takeReason())
    }
  }

  private static func readIdentity(_ context: OpaquePointer, _ options: TLSOptions) throws(TLSError) {
    if let reason = unreadable(options.certificate) { throw .certificate(file: options.certificate, reason: reason) }
    if let reason = unreadable(options.key) { throw .key(file: options.key, reason: reason) }
    guard SSL_CTX_use_certificate_chain_file(context, options.certificate) == 1 else {
      throw .certificate(file: options.certificate, reason: takeReason())
    }
    // With a certificate at hand, a key of another one is refused here already, and the reason says so.
    let isKey = SSL_CTX_use_PrivateKey_file(context, options.key, SSL_FILETYPE_PEM) == 1
    if isKey, SSL_CTX_check_private_key(context) == 1 { return }
    let code = ERR_peek_error()
    let reason = takeReason()
    if isKey || ERR_GET_LIB(code) == ERR_LIB_X509 {
      throw .mismatch(certificate: options.certificate, key: options.key)
    }
    throw .key(file: options.key, reason: reason)
  }

  private static func askClients(_ context: OpaquePointer, _ options: TLSOptions) throws(TLSError) {
    let file: String
    let isRequired: Bool
    switch options.clientAuthentication {
    case .none: return
    case .optional(let authorities): (file, isRequired) = (authorities, false)
    case .required(let authorities): (file, isRequired) = (authorities, true)
    }
    if let reason = unreadable(file) { throw .authorities(file: file, reason: reason) }
    guard openssl_ask_for_certificate(context, file, isRequired ? 1 : 0) == 1 else {
      throw .authorities(file: file, reason: takeReason())
    }
  }

  /// What the system says where a file cannot be opened.
  private static func unreadable(_ file: String) -> String? {
    access(file, R_OK) == 0 ? nil : String(cString: strerror(errno))
  }

  static func takeReason() -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      guard let start = text.baseAddress else { return "" }
      openssl_take_error(start, text.count)
      return String(cString: start)
    }
  }
}
