// How many lookups of a name are at work at once: of a name server that says nothing, one waits for all who ask.
import Foundation
import Net
import TestSupport
import Testing

@testable import Redis

@Suite("Looking up names")
struct NameLookupTests {
  private final class Asker: Sendable {}

  @Test("a host is looked up once at a time for all who ask meanwhile, and anew for who asks later")
  func together() async throws {
    let group = try EventLoopGroup(count: 1)
    defer { group.stop() }
    let loop = group.loops[0]
    let (asked, answers) = (SharedValue<[RedisHost]>([]), SharedValue<[String]>([]))
    let speaks = SharedValue(false)
    let lookup = NameLookup { host in
      asked.change { $0.append(host) }
      while !speaks.now { usleep(1000) }
      return .failure(LookupFailed(reason: "no such name"))
    }
    let askers = (0..<3).map { _ in Asker() }
    func ask(_ number: Int, for host: RedisHost, _ asker: Int) {
      lookup.addresses(of: host, for: askers[asker], on: loop) { _ in
        answers.change { $0.append("\(host) \(asker) \(number)") }
      }
    }
    let (host, other) = (RedisHost(name: "redis.test", port: 6379), RedisHost(name: "redis.test", port: 6380))
    for number in 0..<20 { for asker in 0..<3 { ask(number, for: host, asker) } }
    ask(0, for: other, 0)
    try await wait(for: "the lookups") { asked.read { $0.count } >= 2 }
    // As long as a further thread would need to begin.
    try await Task.sleep(for: .milliseconds(100))
    #expect(asked.read { $0.sorted { $0.port < $1.port } } == [host, other])
    #expect(answers.read(\.isEmpty))
    speaks.change { $0 = true }
    // Of one who asked several times, the last question is answered.
    let expected = (0..<3).map { "\(host) \($0) 19" } + ["\(other) 0 0"]
    try await wait(for: "the answers") { answers.read { $0.sorted() } == expected }
    ask(20, for: host, 0)
    try await wait(for: "another answer") { answers.read { $0.count } == 5 }
    #expect(asked.read { $0.count } == 3)
    withExtendedLifetime(askers) {}
  }
}
