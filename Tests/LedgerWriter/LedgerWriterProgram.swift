// `ledger-writer FOLDER RUN`: appends to a ledger from many tasks at once, and prints a line for each receipt, until it is
// killed. For the test that kills it.
import Ledger

#if canImport(Glibc)
  import Glibc
#endif

@main
enum LedgerWriterProgram {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else { exit(2) }
    try await run(folder: arguments[1], run: arguments[2])
  }

  private nonisolated static func run(folder: String, run: String) async throws {
    let ledger = try Ledger.open(dataFolder: folder)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lane in 0..<16 {
        group.addTask {
          for number in 0..<Int.max {
            let receipt = try await ledger.append(
              EntryDraft(
                type: "note", id: "\(run)-\(lane)-\(number)", actor: "writer-\(lane)",
                payload: number % 3 == 0 ? Array("payload \(number)".utf8) : nil))
            let line = Array("\(receipt.index) \(receipt.leafHash.hex)\n".utf8)
            // One write for a whole line: a killed process leaves no half of one.
            _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
