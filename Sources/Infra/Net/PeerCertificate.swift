// Who the other side of a connection has proved to be, in the words of its certificate.

/// A client's certificate that the transport has verified against the authorities it was given.
package struct PeerCertificate: Sendable, Hashable {
  /// A name of the subject's besides its distinguished name (RFC 5280, section 4.2.1.6).
  package enum AlternativeName: Sendable, Hashable {
    case dns(String)
    case email(String)
    case uri(String)
    /// In the usual notation.
    case address(String)
  }

  /// The distinguished name as RFC 4514 writes it: `CN=reviewer,O=Example`.
  package var subject: String
  package var alternativeNames: [AlternativeName]
  /// SHA-256 over the certificate's DER encoding, in lower-case hexadecimal.
  package var fingerprint: String

  package init(subject: String, alternativeNames: [AlternativeName], fingerprint: String) {
    self.subject = subject
    self.alternativeNames = alternativeNames
    self.fingerprint = fingerprint
  }
}
