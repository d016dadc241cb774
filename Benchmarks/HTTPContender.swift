// A server process under load, and a client that asks one question at a time.
import Foundation

/// What one run of wrk found.
struct LoadSample {
  /// Answers a second, answers per second of the server's processor time, and the 99th percentile in milliseconds.
  var rate: Double
  var ratePerCPU: Double
  var p99: Double

  static func median(_ samples: [LoadSample]) -> LoadSample {
    func middle(_ value: (LoadSample) -> Double) -> Double { samples.map(value).sorted()[samples.count / 2] }
    return LoadSample(rate: middle(\.rate), ratePerCPU: middle(\.ratePerCPU), p99: middle(\.p99))
  }
}

struct BenchmarkFailure: Error, CustomStringConvertible {
  let description: String
}

final class HTTPContender {
  let port: UInt16
  private let process: Process
  private let scheme: String

  init(port: UInt16, process: Process, tls: TestCertificate?) throws {
    self.port = port
    self.process = process
    scheme = tls == nil ? "http" : "https"
    let deadline = Date.now + 10
    while (try? LoopbackClient(port)) == nil {
      guard Date.now < deadline, process.isRunning else {
        throw BenchmarkFailure(description: "\(process.arguments ?? []) does not listen")
      }
      usleep(10_000)
    }
  }

  /// A program from the folder that this one lies in.
  static func sibling(_ name: String) -> URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
  }

  /// `httpd-echo` from the folder that this program lies in.
  static func echo(
    in folder: URL, tls: TestCertificate? = nil, environment: [String: String] = [:]
  ) throws -> HTTPContender {
    let port = try LoopbackClient.freePort()
    let process = Process()
    process.executableURL = sibling("httpd-echo")
    process.arguments =
      ["--listen", "127.0.0.1:\(port)"] + (tls.map { ["--tls-cert", $0.certificate, "--tls-key", $0.key] } ?? [])
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardError = FileHandle.nullDevice
    try process.run()
    return try HTTPContender(port: port, process: process, tls: tls)
  }

  /// nginx with two workers that answer every request with a constant.
  static func nginx(in folder: URL, tls: TestCertificate? = nil) throws -> HTTPContender {
    let port = try LoopbackClient.freePort()
    let configuration = folder.appending(path: "nginx-\(port).conf")
    // With the versions, ciphers and groups that `TLSOptions` has by default.
    let encryption =
      tls.map {
        """
        ssl_certificate \($0.certificate); ssl_certificate_key \($0.key); ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_ecdh_curve X25519:prime256v1:secp384r1;
        ssl_session_tickets on; ssl_session_timeout 1h;
        """
      } ?? ""
    try """
    worker_processes 2; daemon off; pid \(folder.path)/nginx-\(port).pid; error_log /dev/null;
    events { worker_connections 4096; }
    http {
      access_log off; keepalive_requests 1000000000;
      client_body_temp_path \(folder.path)/body; proxy_temp_path \(folder.path)/proxy;
      fastcgi_temp_path \(folder.path)/fastcgi; uwsgi_temp_path \(folder.path)/uwsgi; scgi_temp_path \(folder.path)/scgi;
      server { listen 127.0.0.1:\(port)\(tls == nil ? "" : " ssl"); \(encryption) location / { default_type text/plain; return 200 "ok"; } }
    }
    """.write(to: configuration, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/sbin/nginx")
    process.arguments = ["-c", configuration.path]
    process.standardError = FileHandle.nullDevice
    try process.run()
    return try HTTPContender(port: port, process: process, tls: tls)
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  /// Loads the server with wrk.
  func load(
    _ path: String, script: URL? = nil, fields: [String] = [], seconds: Int, wholly: Bool = false
  ) throws -> LoadSample {
    let wrk = Process()
    wrk.executableURL = URL(filePath: "/usr/bin/wrk")
    wrk.arguments =
      ["-t2", "-c64", "-d\(seconds)s", "--latency"] + (script.map { ["-s", $0.path] } ?? [])
      + fields.flatMap { ["-H", $0] } + ["\(scheme)://127.0.0.1:\(port)\(path)"]
    let output = Pipe()
    wrk.standardOutput = output
    let before = processorSeconds
    try wrk.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    wrk.waitUntilExit()
    let spent = processorSeconds - before
    func number(after mark: String) throws -> Substring {
      guard let range = text.range(of: mark) else { throw BenchmarkFailure(description: "wrk said: \(text)") }
      return text[range.upperBound...].drop { $0 == " " }.prefix { !$0.isWhitespace }
    }
    if text.contains("Non-2xx") || wholly && text.contains("Socket errors") {
      throw BenchmarkFailure(description: "wrk said: \(text)")
    }
    let rate = Double(try number(after: "Requests/sec:")) ?? 0
    let requests = rate * Double(seconds)
    return LoadSample(rate: rate, ratePerCPU: requests / max(spent, 0.01), p99: milliseconds(try number(after: "99%")))
  }

  private func milliseconds(_ text: Substring) -> Double {
    let value = Double(text.prefix { $0.isNumber || $0 == "." }) ?? .infinity
    if text.hasSuffix("us") { return value / 1000 }
    return text.hasSuffix("ms") ? value : value * 1000
  }

  /// The process and its children.
  private var identifiers: [Int32] {
    let own = process.processIdentifier
    let children = (try? String(contentsOfFile: "/proc/\(own)/task/\(own)/children", encoding: .utf8)) ?? ""
    return [own]
      + children.split(separator: " ").compactMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// User and system time so far, of the process and its children (proc(5): fields 14 and 15 of stat).
  private var processorSeconds: Double {
    identifiers.reduce(0) { sum, identifier in
      guard let stat = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
        let end = stat.lastIndex(of: ")")
      else { return sum }
      let fields = stat[stat.index(after: end)...].split(separator: " ")
      return sum + ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
  }

  var residentBytes: Int {
    let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8)) ?? ""
    let pages = status.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}

/// A certificate that signs itself, with its key, as files.
struct TestCertificate {
  let certificate: String
  let key: String

  init(in folder: URL) throws {
    certificate = folder.appending(path: "certificate.pem").path
    key = folder.appending(path: "key.pem").path
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
      "/CN=localhost", "-keyout", key, "-out", certificate,
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw BenchmarkFailure(description: "openssl makes no certificate") }
  }
}

/// A plain socket that sends `GET /livez` and waits for the answer.
final class LoopbackClient: Sendable {
  private let descriptor: Int32

  init(_ port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let connected = Self.withAddress(port) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    guard connected == 0 else {
      close(descriptor)
      throw BenchmarkFailure(description: "connect to \(port): \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  static func asked(_ port: UInt16, times: Int) throws -> LoopbackClient {
    let client = try LoopbackClient(port)
    try client.ask(times: times)
    return client
  }

  func ask(times: Int) throws {
    let request = Array("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    var answer = [UInt8](repeating: 0, count: 4096)
    for _ in 0..<times {
      guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count,
        recv(descriptor, &answer, answer.count, 0) > 0
      else { throw BenchmarkFailure(description: "the server hung up") }
    }
  }

  func sendAll(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      sent += count
    }
  }

  /// Reads until the other side closes, and counts the lines that begin with a text.
  func countLinesToEnd(beginning text: String) throws -> Int {
    let wanted = Array(text.utf8)
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var found = 0
    /// How many bytes of the current line have been seen and agree; nil once one did not.
    var agreeing: Int? = 0
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return found }
      var place = 0
      while place < count {
        if let seen = agreeing, seen < wanted.count {
          agreeing = buffer[place] == wanted[seen] ? seen + 1 : nil
          if buffer[place] == UInt8(ascii: "\n") { agreeing = 0 }
          place += 1
          continue
        }
        let rest = count - place
        let end = buffer.withUnsafeBytes { bytes in
          memchr(bytes.baseAddress! + place, Int32(UInt8(ascii: "\n")), rest).map {
            $0 - UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
          }
        }
        guard let end else { break }
        if agreeing == wanted.count { found += 1 }
        agreeing = 0
        place = end + 1
      }
    }
  }

  static func freePort() throws -> UInt16 {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withAddress(0) { bind(listener, $0, length) }
    let named = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    guard bound == 0, named == 0 else { throw BenchmarkFailure(description: "no free port") }
    return UInt16(bigEndian: address.sin_port)
  }

  private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
    }
  }
}
