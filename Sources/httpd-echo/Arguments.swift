// The command line of `httpd-echo`.
import HTTP
import Net

struct Arguments {
  var address = SocketAddress("127.0.0.1:8080")!
  /// One for each core when not given.
  var loops: Int?
  /// PEM files; both or neither.
  var certificate: String?
  var key: String?
  var limits = ServerLimits()

  static var usage: String {
    let limits =
      ServerLimits.sizes.map { "  \(flag($0.name)) BYTES" } + ServerLimits.counts.map { "  \(flag($0.name)) N" }
      + ServerLimits.times.map { "  \(flag($0.name)) 10s|250ms" }
    return "usage: httpd-echo [--listen HOST:PORT] [--loops N] [--tls-cert FILE --tls-key FILE] [LIMIT…]\nlimits:\n"
      + limits.joined(separator: "\n")
  }

  init?(_ arguments: some Sequence<String>) {
    var rest = arguments.makeIterator()
    while let argument = rest.next() {
      // Both `--name value` and `--name=value`.
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = parts.first, let value = parts.count == 2 ? parts[1] : rest.next() else { return nil }
      switch name {
      case "--listen":
        guard let address = SocketAddress(value) else { return nil }
        self.address = address
      case "--loops":
        guard let loops = Int(value), loops > 0 else { return nil }
        self.loops = loops
      case "--tls-cert": certificate = value
      case "--tls-key": key = value
      default: guard setLimit(name, value) else { return nil }
      }
    }
    guard (certificate == nil) == (key == nil) else { return nil }
  }

  private static func flag(_ name: String) -> String { "--" + name.map { $0 == "_" ? "-" : String($0) }.joined() }

  private mutating func setLimit(_ flag: String, _ value: String) -> Bool {
    if let limit = (ServerLimits.sizes + ServerLimits.counts).first(where: { Self.flag($0.name) == flag }) {
      guard let number = Int(value), limit.range.contains(number) else { return false }
      limits[keyPath: limit.path] = number
    } else if let limit = ServerLimits.times.first(where: { Self.flag($0.name) == flag }) {
      guard let time = Self.duration(value), limit.range.contains(time) else { return false }
      limits[keyPath: limit.path] = time
    } else {
      return false
    }
    return true
  }

  private static func duration(_ text: String) -> Duration? {
    if text.hasSuffix("ms") { return Int(text.dropLast(2)).map { .milliseconds($0) } }
    return text.hasSuffix("s") ? Int(text.dropLast()).map { .seconds($0) } : nil
  }
}
