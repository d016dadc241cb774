// `witan bench`: how many cases this machine decides, end to end: a server of its own on a scratch data folder, tokens
// checked, every answer recorded durably, asked over sockets by this process.
import Config
import Crypto
import Glibc
import JSON

private let seconds = Option<Int>("seconds", value: "N", "How long to ask; 5 if not given.")
private let connections = Option<Int>("connections", value: "N", "Connections that ask at once; 32 if not given.")
private let folder = Option<FilePath>(
  "in", value: "DIR",
  "Where the scratch data folder is made and removed: the disk counts. The current folder if not given.")
private let repeated = Flag("repeated", "Ask the same cases again and again, so that decisions come from the cache.")
private let asJSON = Flag("json", "Print the result as JSON.")

let benchCommand = Command(
  "bench", "Measures decisions a second and their latency, end to end, on a scratch data folder.",
  discussion:
    "Starts a server of its own on a free port of this machine, with a new data folder that is removed afterwards, and asks it "
    + "over that many connections. Asking costs time on the same cores: a server by itself does more.",
  options: [
    seconds.declaration, connections.declaration, folder.declaration, repeated.declaration, asJSON.declaration,
  ]
) { invocation in
  let (time, count) = (invocation[seconds] ?? 5, invocation[connections] ?? 32)
  guard (1...600).contains(time) else { throw UsageError("--seconds lies in 1 … 600") }
  guard (1...1024).contains(count) else { throw UsageError("--connections lies in 1 … 1024") }
  let scratch = try ScratchFolder(in: invocation[folder]?.text ?? ".")
  defer { scratch.remove() }
  let server = try ScratchServer(data: scratch.path)
  defer { server.end() }
  let token = try ServiceKeys(data: scratch.path, KeySettings.found()).token(
    subject: "bench", roles: ["decider"], lifetime: 3600, issuer: nil, audience: [])
  let result = try Load(
    port: server.port, token: token, connections: count, seconds: time, isRepeated: invocation[repeated]
  ).run()
  let memory = server.peakMemory
  writeText(invocation[asJSON] ? result.json(memory) + "\n" : result.words(memory), to: 1)
  return result.failures == 0 && result.answers > 0 ? .fine : .foundWrong
}

/// What a run of asking came to.
struct LoadResult: Sendable {
  var answers = 0
  var failures = 0
  var seconds = 0.0
  /// Microseconds, in order.
  var latencies: [UInt32] = []

  func latency(_ share: Double) -> Double {
    guard !latencies.isEmpty else { return 0 }
    return Double(latencies[min(latencies.count - 1, Int(share * Double(latencies.count)))]) / 1000
  }

  private var rate: Int { seconds > 0 ? Int(Double(answers) / seconds) : 0 }

  private static func two(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  func words(_ memory: Int) -> String {
    """
    \(rate) decisions a second, each recorded durably before its answer
    latency  p50 \(Self.two(latency(0.5))) ms   p99 \(Self.two(latency(0.99))) ms   most \(Self.two(latency(1))) ms
    \(answers) answers, \(failures) failures in \(Self.two(seconds)) s; the server took \(memory >> 10) MB at most

    """
  }

  func json(_ memory: Int) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("decisions_per_second", rate)
    writer.member("answers", answers)
    writer.member("failures", failures)
    writer.member("seconds", seconds)
    writer.key("latency_ms")
    writer.beginObject()
    writer.member("p50", latency(0.5))
    writer.member("p99", latency(0.99))
    writer.member("max", latency(1))
    writer.endObject()
    writer.member("server_peak_kilobytes", memory)
    writer.endObject()
    return writer.string
  }
}
