// An IPv4 or IPv6 address with a port: parsed from `host:port`, compared by address for the limits per peer.
import Glibc

package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// The address in 16 bytes, IPv4 in its mapped form (::ffff:a.b.c.d), in network order.
  package let high: UInt64
  package let low: UInt64
  package let port: UInt16
  package let isVersionFour: Bool

  /// The address without its port: what a limit per peer counts by.
  package struct Host: Hashable, Sendable {
    let high: UInt64
    let low: UInt64
  }

  package var host: Host { Host(high: high, low: low) }

  private init(high: UInt64, low: UInt64, port: UInt16, isVersionFour: Bool) {
    self.high = high
    self.low = low
    self.port = port
    self.isVersionFour = isVersionFour
  }

  /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `*:8080` or `:8080`. Nil for anything else: names are not
  /// resolved here.
  package init?(_ text: some StringProtocol) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if host.isEmpty || host == "*" { host = "0.0.0.0" }
    if host == "localhost" { host = "127.0.0.1" }
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, host, &four) == 1 {
      self.init(four: four, port: port)
    } else if inet_pton(AF_INET6, host, &six) == 1 {
      self.init(six: six, port: port)
    } else {
      return nil
    }
  }

  private init(four: in_addr, port: UInt16) {
    self.init(
      high: 0, low: 0xffff_0000_0000 | UInt64(UInt32(bigEndian: four.s_addr)), port: port, isVersionFour: true)
  }

  private init(six: in6_addr, port: UInt16) {
    let (high, low) = withUnsafeBytes(of: six) { bytes in
      (
        UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
    self.init(high: high, low: low, port: port, isVersionFour: high == 0 && low >> 32 == 0xffff)
  }

  /// Takes the address out of what accept(2) or getsockname(2) has filled in.
  package init(_ storage: sockaddr_storage) {
    let family = storage.ss_family
    self = withUnsafePointer(to: storage) { pointer in
      if family == sa_family_t(AF_INET) {
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          SocketAddress(four: $0.pointee.sin_addr, port: UInt16(bigEndian: $0.pointee.sin_port))
        }
      }
      return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        SocketAddress(six: $0.pointee.sin6_addr, port: UInt16(bigEndian: $0.pointee.sin6_port))
      }
    }
  }

  /// Calls `body` with the form that bind(2) and connect(2) take.
  package func withSockaddr<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
    if isVersionFour {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(truncatingIfNeeded: low).bigEndian
      return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
      }
    }
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = port.bigEndian
    withUnsafeMutableBytes(of: &address.sin6_addr) {
      $0.storeBytes(of: high.bigEndian, as: UInt64.self)
      $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in6>.size)) }
    }
  }

  /// Whether only this machine can reach it: 127.0.0.0/8 or ::1.
  package var isLoopback: Bool {
    hostText.hasPrefix("127.") || hostText == "::1"
  }

  package func with(port: UInt16) -> SocketAddress {
    SocketAddress(high: high, low: low, port: port, isVersionFour: isVersionFour)
  }

  /// The address alone, as text: `127.0.0.1`, `::1`.
  package var hostText: String {
    var text = [CChar](repeating: 0, count: 64)
    if isVersionFour {
      var four = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
      inet_ntop(AF_INET, &four, &text, 64)
    } else {
      var words = (high.bigEndian, low.bigEndian)
      inet_ntop(AF_INET6, &words, &text, 64)
    }
    return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  package var description: String { isVersionFour ? "\(hostText):\(port)" : "[\(hostText)]:\(port)" }
}
