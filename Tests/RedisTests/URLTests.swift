import Testing

@testable import Redis

@Suite("Redis URL")
struct URLTests {
  @Test("a URL names host, port, user, password and database, and whether it is TLS")
  func plain() throws {
    let url = try RedisURL("rediss://app:p%40ss:w@cache.example:7000/3")
    #expect(url.place == .server(RedisHost(name: "cache.example", port: 7000)))
    #expect(url.isSecure && url.user == "app" && url.password == "p@ss:w" && url.database == 3)
    let short = try RedisURL("redis://127.0.0.1")
    #expect(short.place == .server(RedisHost(name: "127.0.0.1", port: 6379)))
    #expect(!short.isSecure && short.user == nil && short.password == nil && short.database == 0)
    #expect(try RedisURL("redis://:secret@[::1]:6380/").place == .server(RedisHost(name: "::1", port: 6380)))
    #expect(try RedisURL("redis://:secret@h").user == nil)
    let named = try RedisURL("redis://app%2Fone@h/2")
    #expect(named.user == "app/one" && named.password == nil && named.database == 2)
  }

  @Test("sentinels are several, and name the master")
  func sentinels() throws {
    let url = try RedisURL("redis+sentinel://:s@a,b:26380/main/2")
    #expect(
      url.place
        == .sentinels([RedisHost(name: "a", port: 26_379), RedisHost(name: "b", port: 26_380)], master: "main"))
    #expect(url.database == 2 && url.password == "s")
  }

  @Test(
    "what is no such URL is refused",
    arguments: [
      "", "127.0.0.1:6379", "http://h", "redis://", "redis://h:0", "redis://h:x", "redis://h:70000", "redis://h/x",
      "redis://h/-1", "redis://h/1/2", "redis://@h", "redis://a,b", "redis+sentinel://a", "redis+sentinel://a/",
      "redis://u:%4@h", "redis://h h",
    ])
  func refused(text: String) {
    #expect(throws: RedisURL.Invalid.self) { try RedisURL(text) }
  }
}
