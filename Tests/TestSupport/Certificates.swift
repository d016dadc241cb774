// Certificates for tests, made by the openssl command in a folder that goes away: an authority, servers and clients.
import Foundation

package struct Certificates {
  package let folder: TemporaryFolder

  package struct Pair {
    package let certificate: String
    package let key: String
  }

  package init() async throws {
    folder = try TemporaryFolder()
    try await run(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
      "/CN=Test Authority", "-keyout", path("ca.key"), "-out", authority)
  }

  package var authority: String { path("ca.pem") }

  package func path(_ name: String) -> String { folder.file(name).path }

  /// A certificate by the authority.
  package func make(
    _ name: String, subject: String, names: String, purpose: String = "serverAuth",
    algorithm: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
  ) async throws -> Pair {
    let pair = Pair(certificate: path("\(name).pem"), key: path("\(name).key"))
    try await run(
      ["req", "-newkey"] + algorithm
        + ["-nodes", "-subj", subject, "-keyout", pair.key, "-out", path("\(name).csr")])
    let extensions = "subjectAltName=\(names)\nextendedKeyUsage=\(purpose)\nbasicConstraints=CA:FALSE\n"
    try extensions.write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
    try await run(
      "x509", "-req", "-in", path("\(name).csr"), "-CA", authority, "-CAkey", path("ca.key"), "-CAcreateserial",
      "-days", "2", "-extfile", path("\(name).ext"), "-out", pair.certificate)
    return pair
  }

  package func server(_ name: String = "server") async throws -> Pair {
    try await make(name, subject: "/CN=localhost", names: "DNS:localhost,IP:127.0.0.1")
  }

  /// The certificate's SHA-256 fingerprint by openssl's reckoning.
  package func fingerprint(_ certificate: String) async throws -> String {
    let output = try await run("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")
    return output.split(separator: "=").last.map { $0.filter(\.isHexDigit).lowercased() } ?? ""
  }

  @discardableResult
  package func run(_ arguments: String...) async throws -> String { try await run(arguments) }

  @discardableResult
  package func run(_ arguments: [String]) async throws -> String {
    let process = try RunningProcess(path: "/usr/bin/openssl", arguments)
    guard try await process.waitForExit() == 0 else {
      throw RunningProcess.Ended(description: "openssl \(arguments): \(process.standardError)")
    }
    return process.standardOutput
  }
}
