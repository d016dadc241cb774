// Counts what another process asks of the heap, by a library that is preloaded into it (Tools/malloc-count).
import Foundation

struct AllocationCounter {
  /// For the process that is to be counted.
  let environment: [String: String]
  private let counter: URL

  init(in folder: URL) throws {
    let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Tools/malloc-count/malloc-count.c")
    let library = folder.appending(path: "malloc-count.so")
    let compiler = try Process.run(
      URL(filePath: "/usr/bin/env"), arguments: ["clang", "-O2", "-shared", "-fPIC", "-o", library.path, source.path])
    compiler.waitUntilExit()
    // Without the library nothing would be counted, and nothing is what we hope for.
    guard compiler.terminationStatus == 0 else {
      throw BenchmarkFailure(description: "the allocation counter does not compile")
    }
    counter = folder.appending(path: "count")
    try Data(count: 4096).write(to: counter)
    environment = ["LD_PRELOAD": library.path, "WITAN_MALLOC_COUNT": counter.path]
  }

  /// Blocks asked of the heap so far.
  var count: UInt64 {
    get throws { try Self.count(in: counter) }
  }

  private static func count(in file: URL) throws -> UInt64 {
    try Data(contentsOf: file).prefix(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
  }

  /// How many of this process itself, where it is one that is counted; nil elsewhere.
  static var own: UInt64? {
    ProcessInfo.processInfo.environment["WITAN_MALLOC_COUNT"].flatMap { try? count(in: URL(filePath: $0)) }
  }
}
