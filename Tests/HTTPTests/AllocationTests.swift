// What a request costs the heap. The built `httpd-echo` runs with a library before it that counts each block asked for: on
// the plain path there is none. In a build for debugging a few are left that the optimiser removes, and their number must
// not grow.
import Foundation
import TestSupport
import Testing

@Suite struct AllocationTests {
  private static let isPossible =
    ProcessInfo.processInfo.environment["WITAN_SANITIZER"] == nil
    && (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/clang") }

  /// Blocks asked for by one GET of a fixed answer, over a thousand of them.
  #if DEBUG
    private static let mostBlocks = 8.5
  #else
    private static let mostBlocks = 0.05
  #endif

  @Test(.enabled(if: isPossible, "sanitizers have an allocator of their own; clang makes the counter"))
  func `A request on a warm connection asks the heap for next to nothing`() async throws {
    let folder = try TemporaryFolder()
    let library = folder.file("malloc-count.so").path
    let source = Fixtures.packageRoot.appending(path: "Tools/malloc-count/malloc-count.c").path
    let compiler = try RunningProcess(
      path: "/usr/bin/env", ["clang", "-O2", "-shared", "-fPIC", "-o", library, source])
    #expect(try await compiler.waitForExit() == 0, "\(compiler.standardError)")
    let counter = folder.file("count")
    try Data(count: 4096).write(to: counter)
    func counted() throws -> UInt64 {
      try Data(contentsOf: counter).prefix(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }
    let server = try RunningProcess(
      "httpd-echo", ["--listen", "127.0.0.1:0"],
      environment: ["LD_PRELOAD": library, "WITAN_MALLOC_COUNT": counter.path])
    try await server.waitForOutput("listening on")
    let address = server.standardError.trimmingCharacters(in: .whitespacesAndNewlines)
    let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
    var connection = try RawConnection(port: port)
    func ask(_ times: Int) throws {
      for _ in 0..<times {
        try connection.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try connection.answer().status == 200)
      }
    }
    // What grows only once has grown.
    try ask(200)
    let before = try counted()
    try ask(1000)
    let blocks = Double(try counted() - before) / 1000
    #expect(blocks > 0 || before > 0, "the counter counts")
    #expect(blocks <= Self.mostBlocks, "\(blocks) blocks a request")
    server.signal(SIGTERM)
    #expect(try await server.waitForExit() == 0)
  }
}
