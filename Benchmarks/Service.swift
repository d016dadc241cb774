// The whole way, end to end: the release executable with its own token check, all critics, and a durable, signed entry
// before each answer, beside nginx answering a constant in the same run. Distinct cases, repeated cases, and one batch.
import Foundation

extension Suite {
  static let service = Suite(name: "service", run: runServiceSuite)
}

private let rounds = 5
private let secondsPerRound = 4
private let batchCases = 50_000

@Sendable
private func runServiceSuite() throws {
  for tool in ["/usr/bin/wrk", "/usr/sbin/nginx"] where !FileManager.default.isExecutableFile(atPath: tool) {
    print("service: \(tool) is not installed; nothing measured")
    return
  }
  let folder = FileManager.default.temporaryDirectory.appending(path: "witan-bench-service-\(getpid())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }

  let nginx = try HTTPContender.nginx(in: folder)
  defer { nginx.stop() }
  let witan = try HTTPContender.witan(in: folder)
  defer { witan.stop() }
  let token = try HTTPContender.deciderToken(in: folder)
  let distinct = try caseScript("distinct", token, in: folder, distinct: true)
  let repeated = try caseScript("repeated", token, in: folder, distinct: false)

  var samples: [String: [LoadSample]] = [:]
  for _ in 0..<rounds {
    samples["nginx", default: []].append(try nginx.load("/livez", seconds: secondsPerRound))
    samples["distinct", default: []].append(
      try witan.load("/v1/deliberations", script: distinct, seconds: secondsPerRound))
    samples["repeated", default: []].append(
      try witan.load("/v1/deliberations", script: repeated, seconds: secondsPerRound))
  }
  let reference = LoadSample.median(samples["nginx"]!)
  let one = LoadSample.median(samples["distinct"]!)
  let again = LoadSample.median(samples["repeated"]!)
  let resident = witan.residentBytes
  // After such a load no batch is begun for a few looks at the processors.
  sleep(10)
  let batch = try batchRate(witan.port, token)

  print("\nThe service, wrk -t2 -c64, \(rounds) rounds of \(secondsPerRound) s in turns, medians; cases of 1 KB")
  for (name, sample) in [("nginx return 200", reference), ("distinct cases", one), ("repeated cases", again)] {
    let cells = [
      String(format: "%9.0f/s", sample.rate), String(format: "%7.3f of nginx", sample.rate / reference.rate),
      String(format: "%8.0f per CPU-second", sample.ratePerCPU), String(format: "p99 %6.2f ms", sample.p99),
    ]
    print("  \(name.padding(toLength: 20, withPad: " ", startingAt: 0)) \(cells.joined(separator: "  "))")
  }
  print(String(format: "  NDJSON batch         %9.0f cases/s (%d cases)", batch, batchCases))
  print(String(format: "  resident             %9.1f MB", Double(resident) / 1e6))
  verdict("20,000 distinct cases a second, or 0.14 of nginx", one.rate >= 20_000 || one.rate >= 0.14 * reference.rate)
  verdict("p99 under 10 ms", one.p99 < 10)
  verdict("under 100 MB", resident < 100_000_000)
  verdict("30,000 repeated cases a second", again.rate >= 30_000)
  verdict("50,000 cases a second in a batch", batch >= 50_000)
}

extension HTTPContender {
  /// `witan serve` with its defaults and these options, from the folder that this program lies in.
  static func witan(in folder: URL, _ options: [String] = []) throws -> HTTPContender {
    let port = try LoopbackClient.freePort()
    let process = Process()
    process.executableURL = sibling("witan")
    process.arguments =
      ["serve", "--listen", "127.0.0.1:\(port)", "--data", folder.appending(path: "data").path] + options
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return try HTTPContender(port: port, process: process, tls: nil)
  }

  static func deciderToken(in folder: URL) throws -> String {
    let process = Process()
    process.executableURL = sibling("witan")
    process.arguments = [
      "token", "create", "--role", "decider", "--subject", "bench", "--data", folder.appending(path: "data").path,
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw BenchmarkFailure(description: "no token was made") }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// Four sentences of ordinary business, so that a case has about 1 KB.
private let prose = String(
  repeating:
    "The customer asked for a summary of the quarterly report on deliveries; the assistant drafted a short note "
    + "for the regional team and listed the open points for next week. ", count: 4)

private func caseJSON(_ number: String) -> String {
  #"{"kind":"tool_call","action":"send_message","input":"Please send note \#(number) to the team. \#(prose)","#
    + #""context":{"domain":"logistics","impact":"low","reversible":true,"consent":"given","contestable":true},"#
    + #""actor":"svc:mailer","subject":"team:7"}"#
}

/// What wrk posts: cases of 1 KB.
func caseScript(_ name: String, _ token: String, in folder: URL, distinct: Bool) throws -> URL {
  let file = folder.appending(path: "\(name).lua")
  // Each thread of wrk counts by itself from a place of its own; runs begin at different times.
  let body = caseJSON("§").split(separator: "§", omittingEmptySubsequences: false)
  try """
  local first = [[\(body[0])]]
  local rest = [[\(body[1])]]
  local threads, n = 0, 0
  function setup(thread) thread:set("id", threads); threads = threads + 1 end
  function init() n = 0; start = os.time() end
  wrk.method = "POST"
  wrk.headers["Authorization"] = "Bearer \(token)"
  wrk.headers["Content-Type"] = "application/json"
  function request()
    n = n + 1
    local number = \(distinct ? "start .. \"-\" .. id .. \"-\" .. n" : "n % 100")
    return wrk.format(nil, nil, nil, first .. number .. rest)
  end
  """.write(to: file, atomically: true, encoding: .utf8)
  return file
}

/// Cases a second of one streamed batch over one connection.
private func batchRate(_ port: UInt16, _ token: String) throws -> Double {
  let client = try LoopbackClient(port)
  var body: [UInt8] = []
  for number in 0..<batchCases { body += Array((caseJSON("b\(number)") + "\n").utf8) }
  // HTTP/1.0, so that no line of the answer is cut by a chunk.
  let head =
    "POST /v1/deliberations/batch HTTP/1.0\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nConnection: close\r\n"
    + "Content-Type: application/x-ndjson\r\nAccept: application/x-ndjson\r\nContent-Length: \(body.count)\r\n\r\n"
  let request = Array(head.utf8) + body
  let clock = ContinuousClock()
  var answered = 0
  let elapsed = try clock.measure {
    let writer = Thread { client.sendAll(request) }
    writer.start()
    answered = try client.countLinesToEnd(beginning: #"{"id":"dlb_"#)
  }
  guard answered == batchCases else {
    throw BenchmarkFailure(description: "the batch answered \(answered) of \(batchCases) cases")
  }
  return Double(batchCases) / (Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
}
