// The client before a real Redis: what it says comes through, what comes back goes to whoever asked, and no trouble on the
// way keeps anybody longer than agreed.
import Foundation
import Locking
import Net
import Redis
import TLS
import TestSupport
import Testing

@Suite("Redis client")
struct ClientTests {
  @Test("values of every kind come back as they are, bytes untouched")
  func values() async throws {
    let server = try await RedisServer()
    let client = try TestClient(server.url)
    try await client.connected()
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(try await client.call("SET", "k", .init(bytes)) == .status("OK"))
    #expect(try await client.call("GET", "k") == .bytes(bytes))
    #expect(try await client.call("GET", "none") == .null)
    #expect(try await client.call("INCRBY", "n", 41) == .integer(41))
    #expect(try await client.call("MGET", "n", "none") == .list([.bytes(Array("41".utf8)), .null]))
    await #expect(throws: RedisError.self) { try await client.call("INCR", "k") }
    do { _ = try await client.call("LPUSH", "k", "x") } catch let error as RedisError {
      #expect(error.code == "WRONGTYPE")
    }
  }

  @Test("answers go to whoever asked, however many ask at once from whatever thread, and commands travel together")
  func pipelining() async throws {
    let server = try await RedisServer()
    let proxy = try TroubledProxy(to: server.port)
    let client = try TestClient("redis://127.0.0.1:\(proxy.port)", loops: 2)
    try await client.connected()
    let before = proxy.seen.pieces
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<4000 {
        group.addTask {
          let loop = client.group.loops[number % 2]
          let answer = try await loop.run { try await client.call("ECHO", .init(number)) }
          #expect(answer == .bytes(Array("\(number)".utf8)))
        }
      }
      try await group.waitForAll()
    }
    #expect(proxy.seen.connections == 2, "one connection on each loop")
    #expect(proxy.seen.pieces - before < 2000, "fewer pieces than commands")
  }

  @Test("without a connection a call fails at once")
  func absent() async throws {
    let client = try TestClient("redis://127.0.0.1:\(try FreePort.next())")
    _ = try await client.refusal()
    let began = ContinuousClock.now
    for _ in 0..<100 { await #expect(throws: RedisError.self) { try await client.call("PING") } }
    #expect(.now - began < .seconds(2))
  }

  @Test("a server that stops answering costs a call its deadline and no more; late answers reach nobody")
  func deadline() async throws {
    let server = try await RedisServer()
    let client = try TestClient(server.url)
    try await client.connected()
    _ = try await client.call("SET", "a", "old")
    server.freeze()
    let began = ContinuousClock.now
    await #expect(throws: RedisError.deadlinePassed) { try await client.call("GET", "a", within: .milliseconds(50)) }
    #expect(.now - began < .seconds(1))
    server.resume()
    #expect(try await client.call("ECHO", "new") == .bytes(Array("new".utf8)))
    #expect(client.redis.health.connections == 1, "the connection went on")
  }

  @Test("a server that stays silent is given up, and found again when it is back")
  func idle() async throws {
    let server = try await RedisServer()
    let proxy = try TroubledProxy(to: server.port)
    let client = try TestClient("redis://127.0.0.1:\(proxy.port)") {
      $0.idleDeadline = .milliseconds(200)
      $0.connectDeadline = .milliseconds(200)
    }
    try await client.connected()
    proxy.set { $0.isSilent = true }
    try await wait(for: "the loss") { client.redis.health.losses == 1 }
    proxy.set { $0.isSilent = false }
    try await client.connected()
    #expect(try await client.call("PING") == .status("PONG"))
  }

  @Test("after a kill in the middle of commands all of them fail, and a new server is found by itself")
  func restart() async throws {
    let server = try await RedisServer()
    let client = try TestClient(server.url)
    try await client.connected()
    server.freeze()
    let waiting = (0..<50).map { number in Task { try await client.call("GET", .init(number), within: .seconds(60)) } }
    await #expect(throws: RedisError.deadlinePassed) { try await client.call("PING", within: .milliseconds(20)) }
    try await server.kill()
    for each in waiting {
      let result = await each.result
      #expect(throws: RedisError.self) { try result.get() }
    }
    let again = try await RedisServer(port: server.port)
    try await client.connected()
    #expect(try await client.call("PING") == .status("PONG"))
    #expect(client.redis.health.losses == 1)
    withExtendedLifetime(again) {}
  }

  @Test("a connection that is cut in the middle of an answer fails that answer and is made anew")
  func cut() async throws {
    let server = try await RedisServer()
    try await server.command("SET", "long", String(repeating: "x", count: 50_000))
    let proxy = try TroubledProxy(to: server.port)
    let client = try TestClient("redis://127.0.0.1:\(proxy.port)")
    try await client.connected()
    proxy.set { $0.cutAfter = 1000 }
    await #expect(throws: RedisError.self) { try await client.call("GET", "long") }
    proxy.set { $0.cutAfter = nil }
    // A connection that was made before is cut once more.
    try await wait(for: "an answer again") { (try? await client.call("STRLEN", "long")) == .integer(50_000) }
  }

  @Test(
    "an answer that is none ends the connection, not the process",
    arguments: [
      "HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n+OK\r\n+OK\r\n", "*2000000000\r\n", "$-7\r\nx", ":twelve\r\n",
      "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "\0\0\0\0\r\n",
      "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n+OK\r\n+more\r\n",
    ])
  func garbage(answer: String) async throws {
    let server = try await RedisServer()
    let proxy = try TroubledProxy(to: server.port)
    let client = try TestClient("redis://127.0.0.1:\(proxy.port)") { $0.connectDeadline = .milliseconds(300) }
    try await client.connected()
    proxy.set { $0.instead = Array(answer.utf8) }
    _ = try? await client.call("GET", "a", within: .milliseconds(300))
    try await wait(for: "the loss") { client.redis.health.losses >= 1 }
    proxy.set { $0.instead = nil }
    try await client.connected()
    #expect(try await client.call("PING") == .status("PONG"))
  }

  @Test("an answer beyond the limit ends the connection")
  func tooLong() async throws {
    let server = try await RedisServer()
    let client = try TestClient(server.url) { $0.replyBytes = 100_000 }
    try await client.connected()
    _ = try await client.call("SETRANGE", "big", 2_000_000, "x")
    await #expect(throws: RedisError.self) { try await client.call("GET", "big") }
    try await wait(for: "the loss") { client.redis.health.losses == 1 }
    #expect(client.redis.health.connections >= 1)
  }

  @Test("more commands than may wait are refused at once")
  func overload() async throws {
    let server = try await RedisServer()
    let client = try TestClient(server.url) { $0.pendingLimit = 10 }
    try await client.connected()
    server.freeze()
    let outcomes = await withTaskGroup(of: RedisError?.self) { group in
      for _ in 0..<30 {
        group.addTask {
          do throws(RedisError) {
            _ = try await client.redis.call(RedisCommand("PING"), within: .milliseconds(300))
            return nil
          } catch { return error }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    server.resume()
    #expect(outcomes.count { $0 == .overloaded(limit: 10) } == 20)
    #expect(outcomes.count { $0 == .deadlinePassed } == 10)
  }

  @Test(
    "password, user and database are those of the URL; a wrong password is told; the manual's rules are enough for a user"
  )
  func access() async throws {
    let server = try await RedisServer(
      ["--requirepass", "main-secret", "--user", "app", "on", ">app-secret"] + RedisServer.rules())
    let client = try TestClient("redis://:main-secret@127.0.0.1:\(server.port)/5")
    try await client.connected()
    _ = try await client.call("SET", "here", "5")
    let other = try TestClient("redis://:main-secret@127.0.0.1:\(server.port)/6")
    try await other.connected()
    #expect(try await other.call("GET", "here") == .null)
    let user = try TestClient("redis://app:app-secret@127.0.0.1:\(server.port)")
    try await user.connected()
    // All that is sent, and all that scripts call.
    let sent: [[RedisCommand.Word]] = [
      ["SET", "witan:x", "1", "NX", "PX", 60_000], ["GET", "witan:x"], ["PTTL", "witan:x"], ["DEL", "witan:x"],
      ["HSET", "witan:h", "a", "1"], ["HSETNX", "witan:h", "b", "1"], ["HGET", "witan:h", "a"],
      ["HMGET", "witan:h", "a", "b"], ["HKEYS", "witan:h"], ["HLEN", "witan:h"], ["HSTRLEN", "witan:h", "a"],
      ["TYPE", "witan:h"], ["HVALS", "witan:h"], ["HDEL", "witan:h", "a"],
      ["PEXPIRE", "witan:h", 60_000], ["PUBLISH", "witan:news", "1"], ["TIME"], ["ROLE"], ["PING"], ["SELECT", 0],
      ["UNLINK", "witan:h"],
    ]
    for words in sent { _ = try await user.redis.call(RedisCommand(words), within: .seconds(5)) }
    let time = RedisScript("return redis.call('TIME')[1]")
    #expect(try await user.redis.run(time, keys: [], [], within: .seconds(5)).text != nil)
    let joined = SharedValue(false)
    let subscription = RedisSubscription(
      on: user.group.loops[0], settings: try TestClient.settings("redis://app:app-secret@127.0.0.1:\(server.port)"),
      channel: "witan:news", joined: { joined.change { $0 = true } }, heard: { _ in })
    try await wait(for: "the channel") { joined.now }
    subscription.close()
    let others: [[RedisCommand.Word]] = [["GET", "here"], ["PUBLISH", "news", "1"], ["CONFIG", "GET", "maxmemory"]]
    for words in others {
      do throws(RedisError) {
        _ = try await user.redis.call(RedisCommand(words), within: .seconds(5))
        Issue.record("\(words) is allowed")
      } catch { #expect(error.code == "NOPERM") }
    }
    #expect(try await TestClient("redis://:wrong@127.0.0.1:\(server.port)").refusal().contains("WRONGPASS"))
    #expect(try await TestClient("redis://127.0.0.1:\(server.port)").refusal().contains("NOAUTH"))
  }

  @Test("over TLS the server must prove its name by an authority that is trusted")
  func secure() async throws {
    let certificates = try await Certificates()
    let good = try await certificates.server()
    let other = try await certificates.make("other", subject: "/CN=other", names: "DNS:other.example")
    func start(_ pair: Certificates.Pair) async throws -> (RedisServer, url: String) {
      let port = try FreePort.next()
      let server = try await RedisServer([
        "--tls-port", "\(port)", "--tls-cert-file", pair.certificate, "--tls-key-file", pair.key,
        "--tls-ca-cert-file", certificates.authority, "--tls-auth-clients", "no",
      ])
      return (server, "rediss://localhost:\(port)")
    }
    let trusted = try TLSClient(authorities: certificates.authority)
    let (one, url) = try await start(good)
    let client = try TestClient(url) { $0.tls = trusted }
    try await client.connected()
    let bytes = [UInt8](repeating: 7, count: 300_000)
    #expect(try await client.call("SET", "k", .init(bytes)) == .status("OK"))
    #expect(try await client.call("GET", "k") == .bytes(bytes))
    #expect(
      try await TestClient(url) { $0.tls = try? TLSClient() }.refusal()
        .contains("certificate"))
    let (two, wrong) = try await start(other)
    #expect(
      try await TestClient(wrong) { $0.tls = trusted }.refusal().contains("ismatch"))
    withExtendedLifetime((one, two)) {}
  }

  @Test("a script runs as one command, also where the server has forgotten it")
  func scripts() async throws {
    let server = try await RedisServer()
    let client = try TestClient(server.url)
    try await client.connected()
    let script = RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    #expect(try await client.redis.run(script, keys: ["n"], [2], within: .seconds(5)) == .integer(2))
    #expect(try await client.redis.run(script, keys: ["n"], [3], within: .seconds(5)) == .integer(5))
    try await server.command("SCRIPT", "FLUSH")
    #expect(try await client.redis.run(script, keys: ["n"], [4], within: .seconds(5)) == .integer(9))
  }

  @Test("sentinels say who the master is, also after another one has become it")
  func sentinels() async throws {
    let first = try await RedisServer()
    let second = try await RedisServer(["--replicaof", "127.0.0.1 \(first.port)"])
    try await wait(for: "the replica") { try await first.command("INFO", "replication").contains("state=online") }
    let sentinel = try await RedisServer.sentinel(of: first, named: "main")
    let dead = try FreePort.next()
    let client = try TestClient("redis+sentinel://127.0.0.1:\(dead),127.0.0.1:\(sentinel.port)/main")
    try await client.connected()
    _ = try await client.call("SET", "k", "1")
    try await wait(for: "the sentinel to know the replica", within: .seconds(30)) {
      try await sentinel.command("SENTINEL", "replicas", "main").contains("\(second.port)")
    }
    try await first.kill()
    try await wait(for: "the other master", within: .seconds(30)) {
      (try? await client.call("SET", "k", "2", within: .milliseconds(200))) == .status("OK")
    }
    #expect(try await second.command("GET", "k") == "2")
  }

  @Test("a master that was made a replica, and goes on, is left at its first refusal: the sentinels are asked anew")
  func demoted() async throws {
    let first = try await RedisServer()
    let second = try await RedisServer(["--replicaof", "127.0.0.1 \(first.port)"])
    let sentinel = try await RedisServer.sentinel(of: first, named: "main")
    let client = try TestClient("redis+sentinel://127.0.0.1:\(sentinel.port)/main")
    try await client.connected()
    _ = try await client.call("SET", "k", "1")
    // By hand, since a sentinel that does it ends the connections too, so that no refusal is seen.
    try await sentinel.command("SENTINEL", "REMOVE", "main")
    try await second.command("REPLICAOF", "NO", "ONE")
    try await first.command("REPLICAOF", "127.0.0.1", "\(second.port)")
    try await sentinel.command("SENTINEL", "MONITOR", "main", "127.0.0.1", "\(second.port)", "1")
    #expect(client.redis.health.connections == 1 && client.redis.health.losses == 0)
    do throws(RedisError) {
      _ = try await client.redis.call(RedisCommand("SET", "k", "2"), within: .seconds(5))
      Issue.record("a replica has taken something")
    } catch { #expect(error.code == "READONLY") }
    try await wait(for: "the other master") {
      (try? await client.call("SET", "k", "3", within: .milliseconds(200))) == .status("OK")
    }
    #expect(try await second.command("GET", "k") == "3")
    #expect(client.redis.health.losses == 1)
    #expect(try await first.command("PING") == "PONG", "it was never away")
  }

  @Test("a channel on which nothing is said is kept, and given up when the server is silent")
  func quiet() async throws {
    let server = try await RedisServer()
    let proxy = try TroubledProxy(to: server.port)
    let client = try TestClient(server.url)
    let joined = SharedValue(0)
    let subscription = RedisSubscription(
      on: client.group.loops[0],
      settings: try TestClient.settings("redis://127.0.0.1:\(proxy.port)") {
        $0.idleDeadline = .seconds(2)
        $0.connectDeadline = .seconds(1)
      }, channel: "news", joined: { joined.change { $0 += 1 } }, heard: { _ in })
    try await wait(for: "the channel") { joined.now == 1 }
    let pieces = proxy.seen.pieces
    try await wait(for: "signs of life", within: .seconds(30)) { proxy.seen.pieces >= pieces + 5 }
    #expect(joined.now == 1 && proxy.seen.connections == 1)
    proxy.set { $0.isSilent = true }
    try await wait(for: "another connection", within: .seconds(30)) { proxy.seen.connections > 1 }
    proxy.set { $0.isSilent = false }
    try await wait(for: "the channel again", within: .seconds(30)) { joined.now == 2 }
    subscription.close()
  }

  @Test("what is published is heard, and joining is told again after a loss")
  func subscription() async throws {
    let server = try await RedisServer()
    let proxy = try TroubledProxy(to: server.port)
    let client = try TestClient(server.url)
    try await client.connected()
    let heard = Locked<[String]>([])
    let joined = Locked(0)
    let subscription = RedisSubscription(
      on: client.group.loops[0], settings: try TestClient.settings("redis://127.0.0.1:\(proxy.port)"),
      channel: "news", joined: { joined.withLock { $0 += 1 } },
      heard: { bytes in heard.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } })
    try await wait(for: "the channel") { joined.withLock { $0 } == 1 }
    #expect(try await client.call("PUBLISH", "news", "one") == .integer(1))
    try await wait(for: "the message") { heard.withLock { $0 == ["one"] } }
    proxy.cutAll()
    try await wait(for: "the channel again") { joined.withLock { $0 } == 2 }
    _ = try await client.call("PUBLISH", "news", "two")
    try await wait(for: "the second message") { heard.withLock { $0 == ["one", "two"] } }
    subscription.close()
  }
}
