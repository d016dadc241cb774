// Reading the chamber's state off the log at the start.
import Engine
import JSON
import Ledger
import TransparencyLog

extension Chamber {
  /// Calls `body` with every entry that bears on the chamber's state, in the order of the log.
  static func readBack(
    _ ledger: Ledger, _ body: (LoggedEntry) throws(JSONRefusal) -> Void
  ) throws {
    let size = ledger.size
    var index: UInt64 = 0
    while index < size {
      let entry = try ledger.entry(at: index)
      try body(try JSONReader.decode(LoggedEntry.self, from: entry.bytes))
      index += 1
    }
  }
}
