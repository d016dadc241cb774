// A server in the test's own process, with the routes that the tests talk to.
import Foundation
import HTTP
import JSON
import Net
import TestSupport

final class Service: Sendable {
  let group: EventLoopGroup
  let server: Server
  let port: UInt16

  init(
    loops: Int = 1, options: ServerOptions = .init(), router: Router = Service.echo()
  ) async throws {
    group = try EventLoopGroup(count: loops)
    server = try Server(router: router, options: options)
    port = try await server.start(on: group, at: SocketAddress("127.0.0.1:0")!).port
  }

  /// Runs `body` against a fresh service, and ends it.
  static func run<Value>(
    loops: Int = 1, options: ServerOptions = .init(), router: Router = Service.echo(),
    _ body: (Service) async throws -> Value
  ) async throws -> Value {
    let service = try await Service(loops: loops, options: options, router: router)
    do {
      let value = try await body(service)
      await service.end()
      return value
    } catch {
      await service.end()
      throw error
    }
  }

  func end() async {
    await server.stop()
    group.stop()
  }

  /// Short times, so that nobody waits.
  static func options(_ change: (inout ServerLimits) -> Void = { _ in }) -> ServerOptions {
    var options = ServerOptions()
    options.limits.drainIdleGrace = .milliseconds(1)
    options.limits.drainDeadline = .seconds(1)
    options.limits.lingerTimeout = .milliseconds(300)
    change(&options.limits)
    return options
  }

  static func echo() -> Router {
    var router = Router()
    router.immediately(.get, "/") { _ in .text("ok") }
    router.immediately(.post, "/unread") { _ in .text("unread") }
    router.get("/waiting") { _ in
      await Task.yield()
      return .text("waited")
    }
    router.post("/") { request in
      Response(.ok, contentType: .binary, body: try await request.body.whole())
    }
    router.post("/pieces") { request in
      .stream(contentType: .binary) { writer in
        for try await piece in request.body.pieces { try await writer.write(piece) }
      }
    }
    router.post("/greedy") { request in
      .stream(contentType: .binary) { writer in
        while var together = try await request.body.next() {
          while let more = try await request.body.nextAtHand() { together += more }
          try await writer.write(together)
        }
      }
    }
    router.post("/lines") { request in
      var lengths: [String] = []
      for try await line in request.body.lines { lengths.append(String(line.count)) }
      return .text(lengths.joined(separator: ","))
    }
    router.post("/trailers") { request in
      _ = try await request.body.whole()
      return .text(request.body.trailers)
    }
    router.get("/large/{count:int}") { request in
      .init(
        .ok, contentType: .binary,
        body: [UInt8](repeating: 0x61, count: try request.parameter("count", as: Int.self)))
    }
    router.get("/stream/{count:int}") { request in
      let count = try request.parameter("count", as: Int.self)
      return .stream(contentType: .binary) { writer in
        for number in 0..<count { try await writer.write("\(number)\n") }
      }
    }
    router.get("/target/{rest...}") { request in .text("\(request.path)|\(request.rawQuery ?? "-")") }
    router.get("/tagged") { _ in Response.text("tagged").tagged(EntityTag("v1")) }
    router.put("/tagged") { request in
      try request.requireMatch(EntityTag("v1"), required: true)
      return Response(.noContent)
    }
    router.get("/fails") { _ in throw Unforeseen() }
    router.get("/upgrade") { _ in
      .upgrade(to: "echo") { connection in
        while let bytes = try? await connection.read() { try? await connection.write(bytes) }
      }
    }
    return router
  }
}

struct Unforeseen: Error {}

extension RawConnection {
  /// Sends one request without a body and reads its answer.
  mutating func get(_ target: String, _ fields: String = "") throws -> RawAnswer {
    try send("GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
    return try answer()
  }
}
