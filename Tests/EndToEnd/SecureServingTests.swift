// Witan on its own TLS port, seen from curl.
import Foundation
import TestSupport
import Testing

@Suite struct SecureServingTests {
  @Test func `Witan serves over TLS, reads a new certificate at SIGHUP, and says which files do not fit`() async throws
  {
    let folder = try TemporaryFolder()
    for name in ["first", "second"] {
      let openssl = try RunningProcess(
        path: "/usr/bin/openssl",
        [
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
          "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder.file("\(name).key").path,
          "-out",
          folder.file("\(name).pem").path,
        ])
      #expect(try await openssl.waitForExit() == 0, "\(openssl.standardError)")
    }
    func arguments(_ certificate: String, _ key: String, _ port: UInt16) -> [String] {
      [
        "serve", "--listen", "127.0.0.1:\(port)", "--data", folder.file("data").path, "--tls-cert",
        folder.file(certificate).path, "--tls-key", folder.file(key).path,
      ]
    }
    let port = try FreePort.next()
    let refused = try RunningProcess("witan", arguments("first.pem", "second.key", port), folder: folder.url)
    #expect(try await refused.waitForExit() != 0)
    #expect(refused.standardError.contains("second.key does not belong to the certificate"))

    let witan = try RunningProcess("witan", arguments("first.pem", "first.key", port), folder: folder.url)
    try await witan.waitForOutput("listens on https://127.0.0.1:\(port)")
    func get(trusting name: String) async throws -> String {
      let curl = try RunningProcess(
        path: "/usr/bin/curl",
        ["-sS", "-i", "--cacert", folder.file("\(name).pem").path, "https://localhost:\(port)/livez"])
      _ = try await curl.waitForExit()
      return curl.standardOutput
    }
    let answer = try await get(trusting: "first")
    #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
    #expect(answer.contains("Strict-Transport-Security: "))

    // A key that does not fit changes nothing, not even what is beside it.
    let config = folder.file("witan.yaml")
    try Data("log: {level: debug}\n".utf8).write(to: config)
    let whole = try Data(contentsOf: folder.file("first.key"))
    try Data("nonsense".utf8).write(to: folder.file("first.key"))
    witan.signal(SIGHUP)
    try await witan.waitForOutput("tls.reload_failed")
    _ = try await get(trusting: "first")
    #expect(!witan.standardError.contains("config.changed") && !witan.standardError.contains("http.answered"))
    try FileManager.default.removeItem(at: config)
    try whole.write(to: folder.file("first.key"))
    let files = FileManager.default
    for kind in ["pem", "key"] {
      try files.removeItem(at: folder.file("first.\(kind)"))
      try files.copyItem(at: folder.file("second.\(kind)"), to: folder.file("first.\(kind)"))
    }
    witan.signal(SIGHUP)
    try await wait(for: "the new certificate") { try await get(trusting: "second").hasPrefix("HTTP/1.1 200 OK") }
    witan.signal(SIGTERM)
    #expect(try await witan.waitForExit() == 0)
  }
}
