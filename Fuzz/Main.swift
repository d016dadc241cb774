// `witan-fuzz TARGET [libFuzzer's options] [CORPUS…]` feeds one target with bytes made up by libFuzzer; `--list` names the
// targets. Tools/fuzz builds it with instrumentation and runs them all. To add a target: write a file with a function
// that asserts laws by `expect`, and name it in `targets`.
import CFuzzer
import Foundation

/// Something that reads hostile bytes, and the laws that it must keep whatever they are.
struct FuzzTarget: Sendable {
  let name: String
  let run: @Sendable (RawSpan) -> Void
}

private let targets: [FuzzTarget] = [
  FuzzTarget(name: "http-requests", run: fuzzHTTPRequests),
  FuzzTarget(name: "http-chunks", run: fuzzHTTPChunks),
  FuzzTarget(name: "json", run: fuzzJSON),
  FuzzTarget(name: "json-numbers", run: fuzzJSONNumbers),
  FuzzTarget(name: "keys", run: fuzzKeys),
  FuzzTarget(name: "websocket", run: fuzzWebSocket),
  FuzzTarget(name: "tokens", run: fuzzTokens),
]

/// Ends the process, and so the fuzzing, if a law is broken.
func expect(_ holds: Bool, _ law: @autoclosure () -> String, line: UInt = #line, file: StaticString = #fileID) {
  if holds { return }
  FileHandle.standardError.write(Data("broken: \(law()) (\(file):\(line))\n".utf8))
  abort()
}

/// Set once before the driver starts, read by its one thread afterwards.
nonisolated(unsafe) private var chosen = targets[0]

/// Called by libFuzzer. It stands outside `main` so that it does not belong to the main actor.
private let callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32 = { data, size in
  chosen.run(UnsafeRawBufferPointer(start: data, count: size).bytes)
  return 0
}

@main
enum Main {
  static func main() {
    let arguments = CommandLine.arguments
    if arguments.dropFirst().first == "--list" {
      for target in targets { print(target.name) }
      return
    }
    guard let target = targets.first(where: { $0.name == arguments.dropFirst().first }) else {
      FileHandle.standardError.write(Data("usage: witan-fuzz --list | TARGET [OPTION…] [CORPUS…]\n".utf8))
      exit(2)
    }
    chosen = target
    // The driver must not see the target's name; it keeps the pointers for as long as the process lives.
    var pointers = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) }
    pointers.append(nil)
    var count = Int32(pointers.count - 1)
    let status = pointers.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      return LLVMFuzzerRunDriver(&count, &start, callback)
    }
    exit(status)
  }
}
