// The routes of `httpd-echo`.
import HTTP
import JSON

func echoRouter() -> Router {
  var router = Router()
  let ok = Response.text("ok")
  router.immediately(.get, "/") { _ in ok }
  router.immediately(.get, "/livez") { _ in ok }
  router.post("/", bodyLimit: 8 * 1024 * 1024) { request in
    let body = try await request.body.whole()
    return Response(.ok, contentType: .binary, body: body)
  }
  router.post("/json") { request in
    let order = try await request.decode(Order.self)
    return .json { writer in
      writer.beginObject()
      writer.member("action", order.action)
      writer.key("context")
      writer.raw(order.context.span.bytes)
      writer.endObject()
    }
  }
  router.get("/events") { _ in
    .events { sink in
      for number in 1...10 { try await sink.send("\(number)", event: "count", id: "\(number)") }
    }
  }
  router.get("/ws") { request in
    var options = WebSocketOptions()
    options.limits.frameBytes = 64 * 1024 * 1024
    options.limits.messageBytes = 64 * 1024 * 1024
    return try .webSocket(request, options) { socket in
      while let message = try await socket.next() { try await socket.send(message) }
    }
  }
  return router
}

/// What `POST /json` reads.
struct Order: JSONReadable, Sendable {
  var action: String
  /// An object, as it was written.
  var context: [UInt8]

  init(from reader: inout JSONReader) throws(JSONError) {
    var action: String?
    var context: [UInt8]?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "action": action = try reader.string()
      case "context":
        let isObject = try reader.peek() == .object
        context = try reader.raw().withUnsafeBytes { Array($0) }
        if !isObject { reader.refuse("must be an object") }
      default: reader.refuseUnknown(key, known: ["action", "context"])
      }
    }
    self.action = action ?? reader.missing("action", of: object, instead: "")
    self.context = context ?? reader.missing("context", of: object, instead: [])
  }
}
