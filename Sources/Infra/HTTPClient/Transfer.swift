import CCurl
import Glibc
// One exchange: libcurl's easy handle, what it has received so far, and who waits for the end. libcurl's callbacks are
// handed this object's address, so the driver keeps it until the handle has been taken away from libcurl.
import Locking
import Net
import Synchronization

/// Names an exchange for whoever may want to cancel it, before or after it has begun.
final class Ticket: Sendable {
  let isCancelled = Atomic<Bool>(false)
}

/// What an exchange needs to know, checked beforehand.
struct TransferOrder: Sendable {
  let request: OutgoingRequest
  let host: String
  let url: String
  let proxy: String?
  let milliseconds: Int
}

typealias TransferResult = Result<OutgoingAnswer, OutgoingError>

/// Belongs to its loop's thread.
final class Transfer {
  let easy: UnsafeMutableRawPointer
  let ticket: Ticket
  private let order: TransferOrder
  private let settings: OutgoingSettings
  private let waiter: Handover<TransferResult>
  private var list: UnsafeMutablePointer<curl_slist>?
  private let reason = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  private var fields: [OutgoingRequest.Field] = []
  private var headBytes = 0
  private var headIsWhole = false
  private var body: [UInt8] = []
  /// Why a callback has refused to go on.
  private var refusal: OutgoingError?

  init?(
    _ order: TransferOrder, ticket: Ticket, settings: OutgoingSettings,
    waiter: Handover<TransferResult>
  ) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    self.ticket = ticket
    self.order = order
    self.settings = settings
    self.waiter = waiter
    reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(list)
    reason.deallocate()
  }

  // MARK: Setting up

  /// Tells the handle all it needs. Throws when libcurl refuses a setting, because none of them may be missing.
  func prepare(closer: UnsafeMutableRawPointer) throws(OutgoingError) {
    let own = Unmanaged.passUnretained(self).toOpaque()
    try set(witan_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, reason))
    try set(witan_curl_set_receiver(easy, CURLOPT_HEADERFUNCTION, receiveHead))
    try set(witan_curl_set_pointer(easy, CURLOPT_HEADERDATA, own))
    try set(witan_curl_set_receiver(easy, CURLOPT_WRITEFUNCTION, receiveBody))
    try set(witan_curl_set_pointer(easy, CURLOPT_WRITEDATA, own))
    try set(witan_curl_set_opener(easy, openSocket, own))
    try set(witan_curl_set_closer(easy, closeSocket, closer))
    try text(CURLOPT_PROTOCOLS_STR, "http,https")
    try text(CURLOPT_URL, order.url)
    try number(CURLOPT_FOLLOWLOCATION, 0)
    try number(CURLOPT_NOSIGNAL, 1)
    // Otherwise the end of a call would wait for the resolver's thread.
    try number(CURLOPT_QUICK_EXIT, 1)
    try number(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    try number(CURLOPT_TIMEOUT_MS, order.milliseconds)
    try number(CURLOPT_CONNECTTIMEOUT_MS, min(order.milliseconds, settings.connectDeadline.milliseconds))
    try number(CURLOPT_MAXAGE_CONN, max(1, settings.limits.idleAge.milliseconds / 1000))
    // What HEAD announces does not come.
    if order.request.method != .head {
      try set(witan_curl_set_size(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(settings.limits.answerBytes)))
    }
    try prepareTrust()
    // Empty texts keep libcurl from looking into the environment.
    try text(CURLOPT_PROXY, order.proxy ?? "")
    try text(CURLOPT_NOPROXY, "")
    try number(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    try prepareMethod()
    try prepareFields()
  }

  private func prepareTrust() throws(OutgoingError) {
    try number(CURLOPT_SSL_VERIFYPEER, 1)
    try number(CURLOPT_SSL_VERIFYHOST, 2)
    try number(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    // The system's authorities are looked up by name in their folder, which leaves the one file to the extra ones.
    guard let extra = settings.extraAuthorities else { return }
    try text(CURLOPT_CAPATH, SystemAuthorities.folder)
    try text(CURLOPT_CAINFO, extra)
  }

  private func prepareMethod() throws(OutgoingError) {
    switch order.request.method {
    case .get: try number(CURLOPT_HTTPGET, 1)
    case .head: try number(CURLOPT_NOBODY, 1)
    default:
      if let body = order.request.body {
        try set(
          body.withUnsafeBytes {
            witan_curl_set_body(easy, $0.baseAddress ?? UnsafeRawPointer(easy), curl_off_t($0.count))
          })
      }
      try text(CURLOPT_CUSTOMREQUEST, order.request.method.rawValue)
    }
  }

  private func prepareFields() throws(OutgoingError) {
    // A name with nothing behind the colon takes the field away that libcurl would add by itself.
    var lines = ["Expect:"]
    if !order.request.fields.contains(where: { $0.name.lowercased() == "content-type" }) {
      lines.append("Content-Type:")
    }
    if let agent = settings.userAgent { lines.append("User-Agent: \(agent)") }
    for field in order.request.fields {
      lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    for line in lines {
      guard let longer = curl_slist_append(list, line) else { throw .system(SystemError("curl_slist_append", ENOMEM)) }
      list = longer
    }
    try set(witan_curl_set_list(easy, CURLOPT_HTTPHEADER, list))
  }

  private func number(_ option: CURLoption, _ value: Int) throws(OutgoingError) {
    try set(witan_curl_set_number(easy, option, value))
  }

  private func text(_ option: CURLoption, _ value: String) throws(OutgoingError) {
    try set(witan_curl_set_text(easy, option, value))
  }

  private func set(_ code: CURLcode) throws(OutgoingError) {
    guard code == CURLE_OK else {
      throw .invalid("libcurl refuses a setting: \(String(cString: curl_easy_strerror(code)))")
    }
  }

  // MARK: Ending

  /// Tells the waiter. Once, and after the handle has been taken away from libcurl.
  func end(_ result: TransferResult) { waiter.give(result) }

  /// What to tell when libcurl is done with the handle.
  func result(_ code: CURLcode) -> TransferResult {
    // Only these are how libcurl tells that a callback has refused.
    if let refusal, code == CURLE_WRITE_ERROR || code == CURLE_COULDNT_CONNECT { return .failure(refusal) }
    guard code == CURLE_OK else {
      let text = String(cString: reason)
      return .failure(
        OutgoingError(
          code, reason: text.isEmpty ? String(cString: curl_easy_strerror(code)) : text, host: order.host,
          wasConnected: witan_curl_size(easy, CURLINFO_PRETRANSFER_TIME_T) > 0, limit: settings.limits.answerBytes))
    }
    return .success(
      OutgoingAnswer(
        status: witan_curl_number(easy, CURLINFO_RESPONSE_CODE), fields: fields, body: body,
        reusedConnection: witan_curl_number(easy, CURLINFO_NUM_CONNECTS) == 0,
        redirect: witan_curl_text(easy, CURLINFO_REDIRECT_URL).map { String(cString: $0) }))
  }

  // MARK: Callbacks; none of them calls libcurl

  fileprivate func receive(head line: UnsafeBufferPointer<UInt8>) -> Bool {
    headBytes += line.count
    guard headBytes <= settings.limits.headBytes else {
      refusal = .headTooLarge(limit: settings.limits.headBytes)
      return false
    }
    let text = line.last == 10 ? line.dropLast(line.count > 1 && line[line.count - 2] == 13 ? 2 : 1) : line[...]
    if text.isEmpty {
      headIsWhole = true
    } else if headIsWhole, !text.starts(with: "HTTP/".utf8) || !body.isEmpty {
      // A trailer.
    } else if text.starts(with: "HTTP/".utf8) {
      // Another head: the one before was of an interim answer.
      fields = []
      headIsWhole = false
    } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
      let value = text[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
      let end = value.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? value.startIndex
      fields.append(
        .init(String(decoding: text[..<colon], as: UTF8.self), String(decoding: value[..<end], as: UTF8.self)))
    }
    return true
  }

  fileprivate func receive(body bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard body.count + bytes.count <= settings.limits.answerBytes else {
      refusal = .answerTooLarge(limit: settings.limits.answerBytes)
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  /// The one door to the network: every connection, whatever led to it, is opened here.
  fileprivate func open(_ target: UnsafeMutablePointer<curl_sockaddr>) -> Int32 {
    var storage = sockaddr_storage()
    guard [AF_INET, AF_INET6].contains(target.pointee.family), witan_curl_copy_address(target, &storage) != 0 else {
      refusal = .notConnected(host: order.host, reason: "neither IPv4 nor IPv6")
      return -1
    }
    let address = SocketAddress(storage)
    let kind = AddressKind(address)
    // A proxy is what the operator has named, and is usually near; but it is not where a cloud keeps its secrets.
    let policy = order.proxy == nil ? settings.addresses : AddressPolicy(allowsLoopback: true, allowsPrivate: true)
    guard policy.allows(kind) else {
      refusal = .forbiddenAddress(host: order.host, address: address.hostText, kind: kind)
      return -1
    }
    let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(target.pointee.family, target.pointee.socktype | flags, target.pointee.`protocol`)
    if descriptor < 0 { refusal = .system(SystemError("socket")) } else { refusal = nil }
    return descriptor
  }
}

/// The transfer that a callback was given. It is alive: see the file's head.
private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
  Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
}

private func buffer(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(start: UnsafeRawPointer(bytes)?.assumingMemoryBound(to: UInt8.self), count: count)
}

private let receiveHead: witan_curl_receiver = { bytes, size, count, context in
  transfer(context).receive(head: buffer(bytes, size * count)) ? size * count : 0
}

private let receiveBody: witan_curl_receiver = { bytes, size, count, context in
  // Nothing received is fine, and must not look like a refusal.
  size * count == 0 || transfer(context).receive(body: buffer(bytes, size * count)) ? size * count : 0
}

private let openSocket: witan_curl_opener = { context, _, address in
  guard let address else { return -1 }
  return transfer(context).open(address)
}

extension Duration {
  /// At least one, because to libcurl no time at all means for ever; and at most some 23 days.
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds < 2_000_000 else { return 2_000_000_000 }
    return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
  }
}
