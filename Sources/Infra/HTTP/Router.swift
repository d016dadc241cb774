// Which handler answers a request: a tree of path segments built before the server starts and not changed afterwards.
import Net

/// Answers a request. What it throws becomes a problem.
package typealias Handler = @Sendable (Request) async throws -> Response
/// Answers a request without waiting for anything: runs in place, without a task.
package typealias ImmediateHandler = @Sendable (Request) throws -> Response
/// Wraps a handler in another: plain functions, composed when a route is added.
package typealias Middleware = @Sendable (_ next: @escaping Handler) -> Handler

/// Method and path pattern to handler.
///
/// Patterns: literal segments; `{name}` for one segment, `{name:int}` for one of digits only, `{name...}` for the rest
/// of the path, at the end. Literals win over numbers, numbers over anything, anything over the rest.
///
///     var router = Router()
///     router.use(authentication)
///     router.get("/v1/audit/entries/{index:int}") { request in … }
package struct Router: Sendable {
  private let root = Node()
  private var middleware: [Middleware] = []

  package init() {}

  /// Wraps the routes added from here on; the first to be used is the outermost. Immediate routes are not wrapped.
  package mutating func use(_ middleware: @escaping Middleware) { self.middleware.append(middleware) }

  package mutating func get(_ pattern: String, _ handler: @escaping Handler) { on(.get, pattern, handler) }
  package mutating func put(_ pattern: String, _ handler: @escaping Handler) { on(.put, pattern, handler) }
  package mutating func post(_ pattern: String, bodyLimit: Int? = nil, _ handler: @escaping Handler) {
    on(.post, pattern, bodyLimit: bodyLimit, handler)
  }
  package mutating func delete(_ pattern: String, _ handler: @escaping Handler) { on(.delete, pattern, handler) }

  /// Adds a route. A GET route answers HEAD too, OPTIONS and 405 are answered from what there is. `streams`: the handler
  /// takes the body as it comes and keeps none of it, so that it may be longer than one that is held in memory.
  package mutating func on(
    _ method: Method, _ pattern: String, bodyLimit: Int? = nil, streams: Bool = false, _ handler: @escaping Handler
  ) {
    let wrapped = middleware.reversed().reduce(handler) { inner, outer in outer(inner) }
    add(method, pattern, bodyLimit, .suspending(wrapped), streams)
  }

  /// Adds a route whose handler never waits, for answers that cost less than a task would.
  package mutating func immediately(_ method: Method, _ pattern: String, _ handler: @escaping ImmediateHandler) {
    add(method, pattern, nil, .immediate(handler))
  }

  private mutating func add(
    _ method: Method, _ pattern: String, _ bodyLimit: Int?, _ action: Route.Action, _ streams: Bool = false
  ) {
    precondition(pattern.hasPrefix("/"), "a pattern begins with a slash: \(pattern)")
    var node = root
    var names: [String] = []
    for segment in pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      precondition(!node.isRest, "nothing follows the rest of a path: \(pattern)")
      let (next, name) = node.child(for: segment)
      if let name { names.append(name) }
      node = next
    }
    precondition(names.count <= 8 && Set(names).count == names.count, "too many or repeated parameters: \(pattern)")
    precondition(node.routes[Int(method.rawValue)] == nil, "\(method.name) \(pattern) is routed twice")
    node.routes[Int(method.rawValue)] = Route(pattern, names, bodyLimit, action, isStreamed: streams)
    node.describeMethods()
  }

  enum Outcome {
    case found(Route)
    case notFound
    /// The path is there, the method is not; and what `Allow` has to say.
    case otherMethods(String)
  }

  /// Finds the route of a request and leaves its parameters in the head.
  func route(_ head: IncomingHead) -> Outcome {
    let node: Node? = head.withPath { path in
      guard let first = path.first else { return root.child(matching: path, 0, head, 0) }
      guard first == 0x2f else { return nil }
      return root.child(matching: path, 1, head, 0)
    }
    guard let node else { return .notFound }
    let method = Int(head.method.rawValue)
    if let route = node.routes[method] { return .found(route) }
    if head.method == .head, let route = node.routes[Int(Method.get.rawValue)] { return .found(route) }
    return .otherMethods(node.allow)
  }
}

/// A route: what is known of it before any request.
package final class Route: Sendable {
  enum Action: Sendable {
    case immediate(ImmediateHandler)
    case suspending(Handler)
  }

  let pattern: String
  let parameterNames: [String]
  let bodyLimit: Int?
  let action: Action
  /// Whether the handler takes the body as it comes.
  let isStreamed: Bool

  init(
    _ pattern: String, _ parameterNames: [String], _ bodyLimit: Int?, _ action: Action, isStreamed: Bool = false
  ) {
    self.isStreamed = isStreamed
    self.pattern = pattern
    self.parameterNames = parameterNames
    self.bodyLimit = bodyLimit
    self.action = action
  }
}

/// A place in the tree. Built before the server starts and only read afterwards, from all loops: hence
/// `@unchecked Sendable`.
private final class Node: @unchecked Sendable {
  var literals: [Literal] = []
  var number: Node?
  var anything: Node?
  var rest: Node?
  var isRest = false
  var routes: [Route?] = Array(repeating: nil, count: Method.allCases.count)
  var allow = ""

  func child(for segment: Substring) -> (Node, name: String?) {
    guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
      let bytes = Array(segment.utf8)
      if let known = literals.first(where: { $0.segment == bytes }) { return (known.node, nil) }
      let node = Node()
      literals.append(Literal(segment: bytes, node: node))
      return (node, nil)
    }
    let inner = segment.dropFirst().dropLast()
    if inner.hasSuffix("...") {
      let node = rest ?? Node()
      node.isRest = true
      rest = node
      return (node, String(inner.dropLast(3)))
    }
    if inner.hasSuffix(":int") {
      let node = number ?? Node()
      number = node
      return (node, String(inner.dropLast(4)))
    }
    let node = anything ?? Node()
    anything = node
    return (node, String(inner))
  }

  func describeMethods() {
    var names = Method.allCases.filter { routes[Int($0.rawValue)] != nil }.map(\.name)
    if routes[Int(Method.get.rawValue)] != nil, routes[Int(Method.head.rawValue)] == nil { names.append("HEAD") }
    if routes[Int(Method.options.rawValue)] == nil { names.append("OPTIONS") }
    allow = names.joined(separator: ", ")
  }

  struct Literal {
    let segment: [UInt8]
    let node: Node

    func matches(_ path: UnsafeBufferPointer<UInt8>, _ begin: Int, _ end: Int) -> Bool {
      guard segment.count == end - begin else { return false }
      for index in segment.indices where segment[index] != path[begin + index] { return false }
      return true
    }
  }

  private var isEnd: Bool { !allow.isEmpty }

  /// The node for the path from `begin`, the first byte of a segment, on. As deep as the pattern, whatever the path.
  func child(
    matching path: UnsafeBufferPointer<UInt8>, _ begin: Int, _ head: IncomingHead, _ parameters: Int
  ) -> Node? {
    var end = begin
    while end < path.count, path[end] != 0x2f { end += 1 }
    let isLast = end >= path.count
    func descend(_ node: Node, _ parameters: Int) -> Node? {
      if isLast { return node.isEnd ? node : nil }
      return node.child(matching: path, end + 1, head, parameters)
    }
    // By index, so that what does not match is looked at where it lies.
    for index in literals.indices
    where literals[index].matches(path, begin, end) {
      if let found = descend(literals[index].node, parameters) { return found }
    }
    guard end > begin else { return nil }
    func keep(to end: Int) {
      head.parameters[parameters] = .init(start: UInt16(begin), length: UInt16(end - begin))
    }
    if let number, end - begin <= 19, path[begin..<end].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let found = descend(number, parameters + 1)
    {
      keep(to: end)
      return found
    }
    if let anything, let found = descend(anything, parameters + 1) {
      keep(to: end)
      return found
    }
    if let rest, rest.isEnd {
      keep(to: path.count)
      return rest
    }
    return nil
  }
}
