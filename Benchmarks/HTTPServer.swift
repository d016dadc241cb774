// The HTTP server against nginx on the same machine in the same run: wrk loads both in turns over loopback, and the
// median of the rounds counts. Then what the server costs when it does nothing, and whether it asks the heap for anything.
import Foundation

extension Suite {
  static let http = Suite(name: "http", run: runHTTPSuite)
}

private let rounds = 5
private let secondsPerRound = 2

@Sendable
private func runHTTPSuite() throws {
  for tool in ["/usr/bin/wrk", "/usr/sbin/nginx"] where !FileManager.default.isExecutableFile(atPath: tool) {
    print("http: \(tool) is not installed; nothing measured")
    return
  }
  let folder = FileManager.default.temporaryDirectory.appending(path: "witan-bench-\(getpid())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }

  let echo = try HTTPContender.echo(in: folder)
  let nginx = try HTTPContender.nginx(in: folder)
  defer {
    echo.stop()
    nginx.stop()
  }
  let idle = echo.residentBytes
  let post = folder.appending(path: "post.lua")
  try postScript.write(to: post, atomically: true, encoding: .utf8)

  var samples: [String: [LoadSample]] = [:]
  for _ in 0..<rounds {
    samples["nginx", default: []].append(try nginx.load("/livez", seconds: secondsPerRound))
    samples["livez", default: []].append(try echo.load("/livez", seconds: secondsPerRound))
    samples["json", default: []].append(try echo.load("/json", script: post, seconds: secondsPerRound))
  }
  let reference = LoadSample.median(samples["nginx"]!)
  let livez = LoadSample.median(samples["livez"]!)
  let json = LoadSample.median(samples["json"]!)

  print("\nHTTP server, wrk -t2 -c64, \(rounds) rounds of \(secondsPerRound) s in turns, medians")
  row("", "requests/s", "ratio", "per CPU-second", "ratio", "p99")
  for (name, sample) in [("nginx return 200", reference), ("GET /livez", livez), ("POST /json, 300 bytes", json)] {
    row(
      name, format(sample.rate), ratio(sample.rate, reference.rate), format(sample.ratePerCPU),
      ratio(sample.ratePerCPU, reference.ratePerCPU), String(format: "%.2f ms", sample.p99))
  }
  try measureTLS(in: folder)
  let perConnection = try bytesPerIdleConnection(echo)
  let allocations = try allocationsPerRequest(in: folder)
  print("  resident when idle           \(format(Double(idle) / 1024)) KiB")
  print("  per idle keep-alive client   \(perConnection) bytes")
  print(String(format: "  heap allocations             %.4f per GET /livez", allocations))

  verdict("GET /livez at least as fast as nginx", livez.rate >= reference.rate)
  verdict("GET /livez at least 0.9 of nginx per CPU-second", livez.ratePerCPU >= 0.9 * reference.ratePerCPU)
  verdict("POST /json at least 100,000 a second or 0.7 of nginx", json.rate >= min(100_000, 0.7 * reference.rate))
  verdict("p99 of GET /livez no worse than nginx", livez.p99 <= reference.p99)
  verdict("under 32 MiB when idle", idle < 32 << 20)
  verdict("at most 4 KiB per idle client", perConnection <= 4096)
  verdict("no allocation per request", allocations < 0.01)
}

/// The same under TLS 1.3: requests on connections that stay, and whole connections, of which the handshake is the most.
private func measureTLS(in folder: URL) throws {
  let certificate = try TestCertificate(in: folder)
  let echo = try HTTPContender.echo(in: folder, tls: certificate)
  let nginx = try HTTPContender.nginx(in: folder, tls: certificate)
  defer {
    echo.stop()
    nginx.stop()
  }
  let kinds: [(name: String, fields: [String])] = [
    ("GET /livez over TLS", []), ("a handshake each", ["Connection: close"]),
  ]
  for (name, fields) in kinds {
    var samples: [[LoadSample]] = [[], []]
    for _ in 0..<rounds {
      samples[0].append(try nginx.load("/livez", fields: fields, seconds: secondsPerRound))
      samples[1].append(try echo.load("/livez", fields: fields, seconds: secondsPerRound))
    }
    let (reference, own) = (LoadSample.median(samples[0]), LoadSample.median(samples[1]))
    for (title, sample) in [("nginx: \(name)", reference), (name, own)] {
      row(
        title, format(sample.rate), ratio(sample.rate, reference.rate), format(sample.ratePerCPU),
        ratio(sample.ratePerCPU, reference.ratePerCPU), String(format: "%.2f ms", sample.p99))
    }
  }
}

private let postScript = """
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = '{"action":"approve_payment","context":{"domain":"finance","impact":"high","reversible":false,' ..
    '"affected_persons":3,"purpose":"refund","collected_for":"refund","consent":"given",' ..
    '"budget":{"limit":1000,"cost":250,"unit":"EUR"},"environment":"production","confidence":0.93,' ..
    '"note":"\(String(repeating: "x", count: 30))"}}'
  """

// MARK: The idle and the heap

/// Resident bytes that one client costs that has asked once and then stays.
private func bytesPerIdleConnection(_ server: HTTPContender) throws -> Int {
  let count = 4000
  // One round beforehand, so that what grows only once has grown.
  _ = try LoopbackClient.asked(server.port, times: 1)
  let before = server.residentBytes
  let clients = try (0..<count).map { _ in try LoopbackClient.asked(server.port, times: 1) }
  let after = server.residentBytes
  withExtendedLifetime(clients) {}
  return max(0, after - before) / count
}

/// Blocks asked of the heap for one GET on a connection that is warm, counted by a preloaded library.
private func allocationsPerRequest(in folder: URL) throws -> Double {
  let counter = try AllocationCounter(in: folder)
  let server = try HTTPContender.echo(in: folder, environment: counter.environment)
  defer { server.stop() }
  let client = try LoopbackClient.asked(server.port, times: 1000)
  let before = try counter.count
  let requests = 20_000
  try client.ask(times: requests)
  return Double(try counter.count - before) / Double(requests)
}

// MARK: The table

private func row(_ cells: String...) {
  let widths = [32, 12, 8, 16, 8, 10]
  let line = zip(cells, widths).enumerated().map { index, cell in
    index == 0
      ? cell.0.padding(toLength: cell.1, withPad: " ", startingAt: 0)
      : String(repeating: " ", count: max(1, cell.1 - cell.0.count)) + cell.0
  }
  print("  " + line.joined())
}

private func format(_ number: Double) -> String { String(format: "%.0f", number) }
private func ratio(_ one: Double, _ other: Double) -> String { String(format: "%.2f×", one / other) }
