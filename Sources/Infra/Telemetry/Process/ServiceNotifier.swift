// Tells systemd how the service is doing (sd_notify(3)): one datagram to the socket that it named. Where nobody listens,
// nothing happens.
import Glibc

package struct ServiceNotifier: Sendable {
  private let path: String?
  /// How often the watchdog wants to hear from us: half of the time after which it would act. Nil where there is none.
  package let watchdogInterval: Duration?

  package init(environment: [String: String], process: Int32 = getpid()) {
    let path = environment["NOTIFY_SOCKET"] ?? ""
    self.path = path.hasPrefix("/") || path.hasPrefix("@") ? path : nil
    let isForUs = environment["WATCHDOG_PID"].map { $0 == String(process) } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap { Int($0) } ?? 0
    watchdogInterval = isForUs && microseconds > 0 ? .microseconds(microseconds / 2) : nil
  }

  @discardableResult
  package func ready(status: String = "") -> Bool { send("READY=1\n" + line(status)) }

  @discardableResult
  package func stopping(status: String = "") -> Bool { send("STOPPING=1\n" + line(status)) }

  /// `monotonic` in nanoseconds is the moment at which the reload began; `ready` ends it.
  @discardableResult
  package func reloading(monotonic: UInt64) -> Bool { send("RELOADING=1\nMONOTONIC_USEC=\(monotonic / 1000)\n") }

  @discardableResult
  package func alive() -> Bool { send("WATCHDOG=1\n") }

  @discardableResult
  package func status(_ text: String) -> Bool { send(line(text)) }

  private func line(_ status: String) -> String {
    status.isEmpty ? "" : "STATUS=" + status.replacing("\n", with: " ") + "\n"
  }

  private func send(_ message: String) -> Bool {
    guard let path else { return false }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // In the abstract namespace the first byte is NUL, and the length says where the name ends (unix(7)).
    var name = Array(path.utf8)
    if name[0] == UInt8(ascii: "@") { name[0] = 0 }
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { place in
      guard name.count < place.count else { return false }
      place.copyBytes(from: name)
      return true
    }
    guard fits else { return false }
    let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return false }
    defer { close(socket) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    let bytes = Array(message.utf8)
    let sent = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        sendto(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL), generic, length)
      }
    }
    return sent == bytes.count
  }
}
