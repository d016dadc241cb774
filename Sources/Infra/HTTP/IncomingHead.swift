// A request's head as the parser leaves it: the block with its bytes, and ranges into them. Reused from request to
// request, so that reading a head allocates nothing.
import Net

/// How the end of a request's body is found (RFC 9112, section 6.3).
package enum BodyFraming: Equatable, Sendable {
  case none
  case length(Int)
  case chunked
}

/// Proof for `@unchecked Sendable`: the connection's loop writes it while no handler knows it. From the moment a handler
/// is given it until it is uniquely referenced again it does not change, except for `connection`, `parameters` and
/// `continueWanted`, which only the loop touches. What is marked unchecked is set in single steps. Its bytes lie in a block
/// that is not written below `end` meanwhile.
package final class IncomingHead: @unchecked Sendable {
  /// Where the bytes are, and where in it the head begins. Ranges count from there.
  var block: Block?
  var start = 0
  var length = 0

  var method = Method.get
  var methodIsKnown = true
  var minorVersion: UInt8 = 1
  var target = 0..<0
  /// Of the target: the path, and the query without its question mark.
  var path = 0..<0
  var query: Range<Int>?
  /// The authority of an absolute-form target, which counts instead of Host (RFC 9112, section 3.2.2).
  var authority: Range<Int>?
  /// The path with its escapes resolved, where it has any.
  var decodedPath: [UInt8]?

  private(set) var fields: UnsafeMutablePointer<FieldRange>
  private var capacity = 32
  private(set) var fieldCount = 0
  /// For each known field the number of its first line plus one.
  private var known = InlineArray<17, UInt8>(repeating: 0)
  /// The known fields that have more than one line, a bit each.
  private var repeated: UInt32 = 0

  var framing = BodyFraming.none
  var keepAlive = true
  var continueWanted = false
  var upgradeWanted = false

  @exclusivity(unchecked) var peer: SocketAddress?
  var clientCertificate: PeerCertificate?
  @exclusivity(unchecked) var trace = RequestSpan()
  @exclusivity(unchecked) var route: Route?
  var parameters = InlineArray<8, ParameterRange>(repeating: ParameterRange(start: 0, length: 0))
  var trailers: [UInt8] = []
  /// What goes along with the request until it is answered, left by whoever heard of it first. Touched on the loop only.
  var companion: (any AnyObject & Sendable)?
  /// Whose request it is while it is being handled. Touched on the loop only.
  @exclusivity(unchecked) var connection: Connection?
  let loop: EventLoop?
  let lineLimit: Int

  struct ParameterRange {
    var start: UInt16
    var length: UInt16
  }

  init(loop: EventLoop? = nil, lineLimit: Int = 0) {
    self.loop = loop
    self.lineLimit = lineLimit
    fields = .allocate(capacity: 32)
  }

  deinit { fields.deallocate() }

  /// Ready for another head.
  func reset() {
    fieldCount = 0
    known = InlineArray(repeating: 0)
    repeated = 0
    framing = .none
    keepAlive = true
    continueWanted = false
    upgradeWanted = false
    methodIsKnown = true
    query = nil
    if authority != nil { authority = nil }
    if decodedPath != nil { decodedPath = nil }
    if !trailers.isEmpty { trailers = [] }
  }

  /// Lets go of what belongs to one request.
  func release() {
    block = nil
    route = nil
    connection = nil
    if companion != nil { companion = nil }
    if clientCertificate != nil { clientCertificate = nil }
  }

  func append(_ field: FieldRange, _ kind: KnownField?) {
    if fieldCount == capacity {
      let grown = UnsafeMutablePointer<FieldRange>.allocate(capacity: capacity * 2)
      grown.moveInitialize(from: fields, count: capacity)
      fields.deallocate()
      fields = grown
      capacity *= 2
    }
    (fields + fieldCount).initialize(to: field)
    fieldCount += 1
    guard let kind else { return }
    if known[Int(kind.rawValue)] == 0 {
      known[Int(kind.rawValue)] = UInt8(clamping: fieldCount)
    } else {
      repeated |= 1 << UInt32(kind.rawValue)
    }
  }

  /// Whether a known field has more than one line.
  func isRepeated(_ field: KnownField) -> Bool { repeated & 1 << UInt32(field.rawValue) != 0 }

  func has(_ field: KnownField) -> Bool { known[Int(field.rawValue)] != 0 }

  /// Calls `body` with bytes of the head.
  @inline(__always)
  func withBytes<Value>(_ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value {
    guard let block else { return try body(UnsafeBufferPointer(start: nil, count: 0)) }
    let base = (block.bytes + start + range.lowerBound).assumingMemoryBound(to: UInt8.self)
    return try body(UnsafeBufferPointer(start: base, count: range.count))
  }

  /// The first line of a known field.
  func valueRange(_ field: KnownField) -> Range<Int>? {
    let number = Int(known[Int(field.rawValue)])
    guard number > 0 else { return nil }
    return fields[number - 1].value
  }

  /// Calls `body` with the value of each line named `name` until it returns false.
  func eachValue(of name: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Bool) {
    for index in 0..<fieldCount {
      let field = fields[index]
      guard Int(field.nameLength) == name.count else { continue }
      let matches = withBytes(field.name) { equalsIgnoringCase($0, name) }
      if matches, !body(field.value) { return }
    }
  }

  /// Calls `body` with the path after its escapes have been resolved.
  func withPath<Value>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value {
    if let decodedPath { return try decodedPath.withUnsafeBufferPointer(body) }
    return try withBytes(path, body)
  }
}

extension FieldRange {
  var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameLength) }
  var value: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueLength) }
}
