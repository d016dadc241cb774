// The real executable on a real file system that fills up: a small one in memory, mounted where only this server sees it.
import Foundation
import TestSupport
import Testing

@Suite struct FullDiskTests {
  /// Whether this system lets an ordinary process mount a file system of its own.
  static let canMount = system("unshare -rm true 2> /dev/null") == 0

  @Test(.enabled(if: canMount))
  func aFullDiskIsAnsweredWith503AndTurnsReadinessRedUntilThereIsRoom() async throws {
    let folder = try TemporaryFolder()
    let witan = RunningProcess.buildFolder.appending(path: "witan").path
    let process = try RunningProcess(
      path: "/usr/bin/unshare",
      [
        "-rm", "/bin/sh", "-c",
        "mount -t tmpfs -o size=800m none \(folder.path) && exec \(witan) serve --listen 127.0.0.1:0 --data \(folder.path)/data",
      ])
    try await process.waitForOutput("log key")
    let greeting = process.standardOutput.prefix { $0 != "\n" }
    let port = try #require(greeting.lastIndex(of: ":").flatMap { UInt16(greeting[greeting.index(after: $0)...]) })
    // The mount as it is seen from here.
    let inside = "/proc/\(process.identifier)/root\(folder.path)"
    let command = try RunningProcess(
      "witan", ["token", "create", "--subject", "tester", "--role", "decider", "--data", "\(inside)/data"])
    #expect(try await command.waitForExit() == 0, "\(command.standardError)")
    let token = command.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    func ready() throws -> Int { try request("GET", "/readyz", port: port).status }
    func decide(_ number: Int) throws -> RawAnswer {
      let text = String(repeating: "word ", count: 2000)
      return try request(
        "POST", "/v1/deliberations", port: port,
        fields: ["Authorization": "Bearer \(token)", "Content-Type": "application/json"],
        body: #"{"kind":"tool_call","action":"note \#(number)","input":"\#(text)","options":{"cache":"bypass"}}"#)
    }
    // There is more room than the server wants to see free before it is ready, which is half a gigabyte.
    try await wait(for: "readiness") { try ready() == 200 }
    #expect(try decide(0).status == 200)
    // Somebody else's file takes all the room that is left.
    let filler = "\(inside)/filler"
    #expect(FileManager.default.createFile(atPath: filler, contents: nil))
    let handle = try #require(FileHandle(forWritingAtPath: filler))
    for size in [1 << 20, 4096] {
      let piece = Data(repeating: 7, count: size)
      while (try? handle.write(contentsOf: piece)) != nil {}
    }
    try handle.close()
    // The log has room laid out, so it takes some more before it is full; then nothing is acknowledged. What is left may be
    // too little for an entry and enough for the smaller write by which the ledger finds out that it can write again: it is
    // red for good when not even that has room.
    var isRed = false
    for number in 1..<20_000 where !isRed {
      let answer = try decide(number)
      if answer.status == 200 { continue }
      #expect(answer.status == 503, "\(answer.text)")
      // Whoever watches over the disk may be the first to see it.
      let told = ["disk is full", "record", "short of room on the disk"]
      #expect(told.contains { answer.text.contains($0) }, "\(answer.text)")
      isRed = try ready() == 503
    }
    #expect(isRed)
    #expect(process.isRunning)
    try FileManager.default.removeItem(atPath: filler)
    try await wait(for: "readiness after there is room", within: .seconds(60)) { try ready() == 200 }
    #expect(try decide(30_000).status == 200)
    process.signal(SIGTERM)
    #expect(try await process.waitForExit() == 0)
  }
}
