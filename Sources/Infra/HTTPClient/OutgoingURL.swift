// A URL as libcurl itself reads it, so that what was checked is what is called.
import CCurl
import Net

struct OutgoingURL: Equatable {
  let text: String
  let scheme: String
  /// In brackets when it is an IPv6 address.
  let host: String
  let port: String

  init(_ text: String, limit: Int) throws(OutgoingError) {
    guard text.utf8.count <= limit else { throw .invalid("the URL is longer than \(limit) bytes") }
    guard !text.utf8.contains(0) else { throw .invalid("the URL has a NUL in it") }
    // libcurl would take the first word after any number of slashes for the host.
    guard !text.contains(":///") else { throw .invalid("the URL names no host") }
    guard let parts = curl_url() else { throw .system(SystemError("curl_url", 12)) }
    defer { curl_url_cleanup(parts) }
    // Without a scheme libcurl would guess one from the host's name; with user information it would send it.
    let code = curl_url_set(parts, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER))
    guard code == CURLUE_OK else {
      throw .invalid("not a URL that can be called: \(String(cString: curl_url_strerror(code)))")
    }
    func part(_ part: CURLUPart) -> String? {
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(parts, part, &value, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let value else { return nil }
      defer { curl_free(value) }
      return String(cString: value)
    }
    guard let scheme = part(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https" else {
      throw .invalid("only http and https URLs can be called")
    }
    guard let host = part(CURLUPART_HOST)?.lowercased(), !host.isEmpty, let port = part(CURLUPART_PORT) else {
      throw .invalid("the URL names no host")
    }
    self.text = text
    self.scheme = scheme
    self.host = host
    self.port = port
  }

  /// Same scheme, host and port (RFC 6454).
  func hasOrigin(of other: OutgoingURL) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }

  /// The host when it is written as an address. libcurl has already brought odd notations (0x7f.1) into the usual one.
  var literalAddress: SocketAddress? {
    // `localhost` is a name like any other here: SocketAddress would take it for 127.0.0.1, which is what it means.
    SocketAddress("\(host):\(port)")
  }
}
