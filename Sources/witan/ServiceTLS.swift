// TLS of the service: its settings, and what they make of it. Without a certificate the service speaks plain HTTP, as it
// does behind a proxy that ends TLS.
import Config
import TLS

extension TLSVersion: SettingChoice {}

/// Whether clients are asked for a certificate.
enum ClientCertificates: String, SettingChoice {
  case none, optional, required
}

struct ServiceTLS {
  static let certificate = Setting<FilePath?>(
    "tls.certificate", default: nil, flag: "tls-cert",
    "A PEM file with the server's certificate and those of its issuers; read anew at SIGHUP.")
  static let key = Setting<FilePath?>(
    "tls.key", default: nil, flag: "tls-key", "A PEM file with the certificate's key; read anew at SIGHUP.")
  static let minimumVersion = Setting<TLSVersion>(
    "tls.minimum_version", default: .tls12, "The oldest version that is spoken.")
  static let ciphers = Setting<String>(
    "tls.ciphers", default: TLSOptions(certificate: "", key: "").ciphers,
    "Ciphers of TLS 1.2 in OpenSSL's names; only those with forward secrecy and authenticated encryption.")
  static let suites = Setting<String>(
    "tls.suites", default: TLSOptions(certificate: "", key: "").suites, "Cipher suites of TLS 1.3.")
  static let clientCertificates = Setting<ClientCertificates>(
    "tls.client_certificates", default: .none, "Whether clients may or must show a certificate.")
  static let clientAuthorities = Setting<FilePath?>(
    "tls.client_authorities", default: nil, "A PEM file with the authorities whose certificates clients may show.")

  static let section = SettingSection(
    "TLS", "Encryption on the server's own port; without a certificate there is none.",
    [certificate, key, minimumVersion, ciphers, suites, clientCertificates, clientAuthorities])

  /// What the configuration asks for; nil for plain HTTP.
  static func server(_ configuration: Configuration) throws -> TLSServer? {
    try options(configuration).map { options throws(TLSError) in try TLSServer(options) }
  }

  private static func options(_ configuration: Configuration) throws -> TLSOptions? {
    switch (configuration[certificate], configuration[key]) {
    case (nil, nil):
      guard configuration[clientCertificates] == .none else {
        throw UsageError("tls.client_certificates needs tls.certificate and tls.key")
      }
      return nil
    case (let certificate?, let key?):
      var options = TLSOptions(certificate: certificate.text, key: key.text)
      options.minimumVersion = configuration[minimumVersion]
      options.ciphers = configuration[ciphers]
      options.suites = configuration[suites]
      options.clientAuthentication = try authentication(configuration)
      return options
    default: throw UsageError("tls.certificate and tls.key (--tls-cert, --tls-key) belong together")
    }
  }

  private static func authentication(_ configuration: Configuration) throws -> ClientAuthentication {
    let asked = configuration[clientCertificates]
    if asked == .none { return .none }
    guard let authorities = configuration[clientAuthorities]?.text else {
      throw UsageError("tls.client_certificates needs tls.client_authorities")
    }
    return asked == .required ? .required(authorities: authorities) : .optional(authorities: authorities)
  }
}
