// One connection's TLS: OpenSSL reads and writes the socket, which never blocks; whatever it still waits for, the
// connection tries again at the socket's next edge. The handshake happens within the first reads.
import COpenSSL
import Crypto
import Glibc
import Net

/// Belongs to its connection's loop.
final class TLSSession: ByteTransport {
  private let session: OpaquePointer?
  private let descriptor: Int32
  private var isBroken = false
  private(set) var isEstablished = false
  /// How the session broke the protocol, as OpenSSL has it.
  private(set) var breach: String?
  private(set) var peerCertificate: PeerCertificate?
  /// OpenSSL's side writes here what the last read of the socket found. Freed after the session, which alone knows of it.
  private let socketIsDrained = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)

  /// Owns `session`. Without one every attempt fails.
  init(_ session: OpaquePointer?, _ descriptor: Int32) {
    self.session = session
    self.descriptor = descriptor
    socketIsDrained.initialize(to: 0)
    if let session { openssl_note_reads(session, socketIsDrained) }
  }

  deinit {
    SSL_free(session)
    socketIsDrained.deallocate()
  }

  var isDrained: Bool {
    guard let session else { return false }
    return socketIsDrained.pointee != 0 && SSL_has_pending(session) == 0
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransferOutcome {
    guard let session, !isBroken else { return .failed(EPROTO) }
    ERR_clear_error()
    errno = 0
    let count = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
    let code = errno
    guard isEstablished || SSL_is_init_finished(session) == 0 || establish(session) else { return fail() }
    return count > 0 ? .moved(Int(count)) : outcome(session, count, code)
  }

  func send(_ bytes: UnsafeRawBufferPointer) -> TransferOutcome {
    guard let session, !isBroken else { return .failed(EPROTO) }
    ERR_clear_error()
    errno = 0
    let count = SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count))
    let code = errno
    return count > 0 ? .moved(Int(count)) : outcome(session, count, code)
  }

  /// Sends close_notify (RFC 8446, section 6.1).
  func finishSending() {
    guard let session, !isBroken, SSL_is_init_finished(session) == 1 else { return }
    ERR_clear_error()
    // What the client still sends is read and dropped by the connection, so one call is enough.
    if SSL_shutdown(session) < 0 { ERR_clear_error() }
  }

  private func outcome(_ session: OpaquePointer, _ result: Int32, _ code: Int32) -> TransferOutcome {
    switch SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
    case SSL_ERROR_ZERO_RETURN: return .ended
    case SSL_ERROR_SYSCALL:
      // OpenSSL allows no further call for this session.
      isBroken = true
      return code == 0 || code == EPIPE || code == ECONNRESET ? .ended : .failed(code)
    default: return fail()
    }
  }

  /// Bytes read and dropped in order to close without a reset.
  private static let drainedBytes = 64 * 1024

  /// The end of a session that broke the protocol. An alert may have been sent: a socket that is closed with bytes unread
  /// would be reset, and the alert lost.
  private func fail() -> TransferOutcome {
    isBroken = true
    breach = TLSContext.takeReason()
    shutdown(descriptor, Int32(SHUT_WR))
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      for _ in 0..<Self.drainedBytes / buffer.count {
        guard case .moved = PlainSocket.receive(descriptor, into: buffer) else { return }
      }
    }
    return .failed(EPROTO)
  }

  /// Why the peer's certificate was not accepted; nil where nothing speaks against it.
  var verificationFailure: String? {
    guard let session else { return nil }
    let result = SSL_get_verify_result(session)
    return result == X509_V_OK ? nil : String(cString: X509_verify_cert_error_string(result))
  }

  // MARK: The handshake is over

  /// False where the client's certificate has come to its end since it was verified, in a session that is resumed.
  private func establish(_ session: OpaquePointer) -> Bool {
    isEstablished = true
    guard let certificate = SSL_get1_peer_certificate(session) else { return true }
    defer { X509_free(certificate) }
    guard openssl_is_current(certificate) == 1, let described = Self.describe(certificate) else { return false }
    peerCertificate = described
    return true
  }

  private static func describe(_ certificate: OpaquePointer) -> PeerCertificate? {
    var encoding: UnsafeMutablePointer<UInt8>?
    let length = i2d_X509(certificate, &encoding)
    guard length > 0, let encoding else { return nil }
    defer { CRYPTO_free(encoding, nil, 0) }
    let fingerprint = SHA256.digest(Array(UnsafeBufferPointer(start: encoding, count: Int(length)))).hex
    guard let sink = BIO_new(BIO_s_mem()) else { return nil }
    defer { BIO_free(sink) }
    guard openssl_write_subject(sink, certificate) == 1 else { return nil }
    var subject = [UInt8](repeating: 0, count: BIO_ctrl_pending(sink))
    let count = BIO_read(sink, &subject, Int32(clamping: subject.count))
    return PeerCertificate(
      subject: String(decoding: subject.prefix(Int(max(0, count))), as: UTF8.self),
      alternativeNames: alternativeNames(certificate), fingerprint: fingerprint)
  }

  private static func alternativeNames(_ certificate: OpaquePointer) -> [PeerCertificate.AlternativeName] {
    guard let names = openssl_alternative_names(certificate) else { return [] }
    defer { GENERAL_NAMES_free(names) }
    return (0..<openssl_name_count(names)).compactMap { index in
      var start: UnsafePointer<UInt8>?
      var count: Int32 = 0
      let kind = openssl_name_at(names, index, &start, &count)
      guard let start, count >= 0 else { return nil }
      let bytes = UnsafeBufferPointer(start: start, count: Int(count))
      switch kind {
      case GEN_DNS: return .dns(String(decoding: bytes, as: UTF8.self))
      case GEN_EMAIL: return .email(String(decoding: bytes, as: UTF8.self))
      case GEN_URI: return .uri(String(decoding: bytes, as: UTF8.self))
      case GEN_IPADD: return address(bytes).map { .address($0) }
      default: return nil
      }
    }
  }

  private static func address(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
      inet_ntop(family, bytes.baseAddress, text.baseAddress, socklen_t(text.count)).map { String(cString: $0) }
    }
  }
}
