// A client on loops of its own, ended when the test is done.
import HTTPClient
import Net

enum Calling {
  static func run(
    _ change: (inout OutgoingSettings) -> Void = { _ in }, _ body: (HTTPClient, EventLoop) async throws -> Void
  ) async throws {
    var settings = OutgoingSettings()
    settings.addresses.allowsLoopback = true
    change(&settings)
    let group = try EventLoopGroup(count: 1)
    let client = try HTTPClient(on: group.loops, settings: settings)
    defer {
      client.close()
      group.stop()
    }
    try await body(client, group.loops[0])
  }

  static let time = Duration.seconds(30)

  /// The error of a call that has to fail.
  static func failure(_ client: HTTPClient, _ request: OutgoingRequest, deadline: Duration = time) async
    -> OutgoingError?
  {
    do throws(OutgoingError) {
      _ = try await client.send(request, deadline: deadline)
      return nil
    } catch {
      return error
    }
  }
}

extension OutgoingAnswer {
  var text: String { String(decoding: body, as: UTF8.self) }
}
