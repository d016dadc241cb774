// Runs of positions, as the projection keeps them.
import Storage
import TestSupport
import Testing

@testable import Ledger

@Suite struct PositionRunTests {
  @Test func aRunIsReadAsItWasWrittenAndEndsBeforeItIsTooLong() {
    var random = SeededGenerator(seed: 91)
    for _ in 0..<500 {
      var positions = [UInt64.random(in: 0...(1 << 40), using: &random)]
      // What lies before a run in the buffer counts for nothing.
      var bytes: [UInt8] = [7, 7, 7]
      let widest = UInt64.random(in: 1...62, using: &random)
      while positions.count < 2000 {
        let distance = UInt64.random(in: 1...(1 << UInt64.random(in: 0..<widest, using: &random)), using: &random)
        let last = positions[positions.count - 1]
        guard last < 1 << 62, PositionRun.append(distance, to: &bytes, from: 3) else { break }
        positions.append(last + distance)
      }
      #expect(bytes.count - 3 <= PositionRun.longest)
      var read: [UInt64] = []
      let isRead = bytes[3...].withUnsafeBytes { PositionRun.read(first: positions[0], $0, into: &read) }
      #expect(isRead && read == positions)
    }
  }

  @Test func aRunThatIsTornOrStandsStillIsRefused() {
    for bytes in [[0x80], [1, 0xFF], [0], [3, 0, 1], Array(repeating: 0xFF, count: 12)] as [[UInt8]] {
      var read: [UInt64] = []
      #expect(!bytes.withUnsafeBytes { PositionRun.read(first: 5, $0, into: &read) }, "\(bytes)")
    }
  }

  /// Every position is sought from both sides, with leaps of every length.
  @Test func aListLeapsToTheNextPositionOnEitherSide() throws {
    let connection = try SQLiteConnection(path: ":memory:")
    try connection.execute("CREATE TABLE runs (first INTEGER PRIMARY KEY, more BLOB NOT NULL)")
    var random = SeededGenerator(seed: 92)
    var positions: [UInt64] = []
    var next: UInt64 = 3
    for _ in 0..<30 {
      let first = next
      positions.append(first)
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        let distance = UInt64.random(in: 1...4, using: &random)
        #expect(PositionRun.append(distance, to: &bytes, from: 0))
        next += distance
        positions.append(next)
      }
      let insert = try connection.prepare("INSERT INTO runs VALUES (?1, ?2)")
      try insert.run(Int64(first), bytes.span.bytes)
      next += UInt64.random(in: 1...9, using: &random)
    }
    for isDescending in [false, true] {
      for step in 1...40 as ClosedRange<UInt64> {
        let start =
          isDescending
          ? "first <= ?2 ORDER BY first DESC"
          : "first >= coalesce((SELECT max(first) FROM runs WHERE first <= ?2), 0) ORDER BY first"
        let statement = try connection.prepare("SELECT first, more FROM runs WHERE ?1 = 1 AND \(start)")
        let list = FilterPositions(statement, term: 1)
        var targets = Array(stride(from: 0, through: next + 5, by: Int(step)))
        if isDescending { targets.reverse() }
        for target in targets {
          let expected = isDescending ? positions.last { $0 <= target } : positions.first { $0 >= target }
          #expect(try list.seek(target, isDescending) == expected, "\(target), \(isDescending)")
        }
      }
    }
  }
}
