// The command line of `httpd-echo`.
import Net

struct Arguments {
  var address = SocketAddress("127.0.0.1:8080")!
  /// One for each core when not given.
  var loops: Int?
  /// PEM files; both or neither.
  var certificate: String?
  var key: String?

  init?(_ arguments: some Sequence<String>) {
    var rest = arguments.makeIterator()
    while let argument = rest.next() {
      // Both `--name value` and `--name=value`.
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard let value = parts.count == 2 ? parts[1] : rest.next() else { return nil }
      switch parts[0] {
      case "--listen":
        guard let address = SocketAddress(value) else { return nil }
        self.address = address
      case "--loops":
        guard let loops = Int(value), loops > 0 else { return nil }
        self.loops = loops
      case "--tls-cert": certificate = value
      case "--tls-key": key = value
      default: return nil
      }
    }
    guard (certificate == nil) == (key == nil) else { return nil }
  }
}
