// Which proxy a call goes through. Decided here and not by libcurl, because whoever connects must know whether the
// address before it is the proxy's or the target's.
import Glibc

struct ProxyChoice: Sendable {
  private let plain: String?
  private let secure: String?
  /// Hosts that are called without the proxy: names, names with all below them, or `*`.
  private let exempt: [String]

  init(_ proxy: OutgoingSettings.Proxy, limit: Int) throws(OutgoingError) {
    switch proxy {
    case .none:
      plain = nil
      secure = nil
      exempt = []
    case .explicit(let url):
      plain = try Self.checked(url, limit: limit)
      secure = plain
      exempt = []
    case .environment:
      let every = Self.variable("all_proxy") ?? Self.variable("ALL_PROXY")
      // In upper case it could be a request's `Proxy` field in a CGI program, so libcurl and others do not look there.
      plain = try Self.checked(Self.variable("http_proxy") ?? every, limit: limit)
      secure = try Self.checked(Self.variable("https_proxy") ?? Self.variable("HTTPS_PROXY") ?? every, limit: limit)
      exempt = (Self.variable("no_proxy") ?? Self.variable("NO_PROXY") ?? "").lowercased()
        .split { $0 == "," || $0 == " " }.map { String($0.first == "." ? $0.dropFirst() : $0) }
    }
  }

  /// The proxy for `url`, or nil for a direct call.
  func proxy(for url: OutgoingURL) -> String? {
    let isExempt = exempt.contains { $0 == "*" || $0 == url.host || url.host.hasSuffix("." + $0) }
    return isExempt ? nil : url.scheme == "https" ? secure : plain
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  private static func checked(_ url: String?, limit: Int) throws(OutgoingError) -> String? {
    guard let url else { return nil }
    let scheme = url.prefix { $0 != ":" }.lowercased()
    guard url.utf8.count <= limit, !url.contains("://") || scheme == "http" || scheme == "https" else {
      throw .invalid("the proxy is not an http or https URL")
    }
    return url
  }
}
