// Several instances of a service on one Redis, with a log each and the same keys, as an operator would set them up.
import Foundation
import TestSupport

struct Instances {
  let redis: RedisServer
  let servers: [WitanServer]
  let admin: String

  /// Starts Redis and `count` instances; `url` is how they reach Redis, by default directly. `own`: what one of them has in its
  /// environment besides.
  init(
    _ count: Int, redis: RedisServer? = nil, url: String? = nil, _ arguments: [String] = [],
    environment: [String: String] = [:], own: [Int: [String: String]] = [:]
  ) async throws {
    let redis = if let redis { redis } else { try await RedisServer() }
    self.redis = redis
    var servers: [WitanServer] = []
    for number in 0..<count {
      let folder = try TemporaryFolder()
      if let first = servers.first {
        let keys = folder.file("keys")
        try FileManager.default.createDirectory(
          at: keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in ["token.pem", "cache.key"] {
          try FileManager.default.copyItem(
            at: first.folder.file("keys/\(name)"), to: keys.appending(path: name))
        }
      }
      servers.append(
        try await WitanServer(
          ["--redis", url ?? redis.url] + arguments, folder: folder,
          environment: ["WITAN_HTTP_LOOPS": "2"].merging(environment) { $1 }.merging(own[number] ?? [:]) { $1 }))
    }
    self.servers = servers
    admin = try await servers[0].token("admin", "decider", "auditor")
    for server in servers { try await Self.connected(server) }
  }

  /// Waits until an instance has all its connections.
  static func connected(_ server: WitanServer) async throws {
    try await wait(for: "connections to Redis") { try figure(server, "witan_redis_connections") == 2 }
  }

  /// Decides a case at an instance.
  func decide(_ instance: Int, _ action: String, options: String = "{}") throws -> [String: Any] {
    let answer = try servers[instance].call(
      "POST", "/v1/deliberations", token: admin, body: #"{"action": "\#(action)", "options": \#(options)}"#)
    guard answer.status == 200 else { throw RunningProcess.Ended(description: "\(answer.status): \(answer.text)") }
    return try answer.json()
  }

  func weights(_ instance: Int) throws -> (version: Int, tag: String, risk: Double) {
    let answer = try servers[instance].call("GET", "/v1/weights", token: admin)
    let body = try answer.json()
    let values = body["weights"] as? [String: Double]
    return (body["version"] as? Int ?? 0, answer["ETag"] ?? "", values?["risk"] ?? 0)
  }

  func setRisk(_ instance: Int, to risk: Double) throws -> RawAnswer {
    try servers[instance].call(
      "PUT", "/v1/weights", token: admin, body: #"{"weights": {"risk": \#(risk)}, "reason": "An incident."}"#,
      fields: ["If-Match": try weights(instance).tag])
  }

  /// The figure of a metric with these labels; 0 where it has none yet.
  func figure(_ instance: Int, _ name: String) throws -> Double { try Self.figure(servers[instance], name) }

  static func figure(_ server: WitanServer, _ name: String) throws -> Double {
    let parts = name.split(separator: "{", maxSplits: 1)
    let labels = parts.count == 2 ? "{" + parts[1] : ""
    let text = try request("GET", "/metrics", port: server.port).text
    let line = text.split(separator: "\n").first {
      $0.hasPrefix("\(parts[0])\(labels) ") || $0.hasPrefix("\(parts[0])_total\(labels) ")
    }
    return line?.split(separator: " ").last.flatMap { Double($0) } ?? 0
  }

  /// The components that an instance says are not as they should be.
  func degraded(_ instance: Int) throws -> [String] {
    try servers[instance].call("GET", "/v1/status", token: admin).json()["degraded"] as? [String] ?? []
  }

  /// What an instance says has fallen back.
  func fallen(_ instance: Int) throws -> [String] {
    let status = try servers[instance].call("GET", "/v1/status", token: admin).json()
    let parts = (status["degradation"] as? [String: Any])?["parts"] as? [[String: Any]] ?? []
    return parts.compactMap { $0["part"] as? String }
  }
}
