// The positions that a query's filters and words leave, as lists that leap to where others already are.
import Storage

protocol PositionList: AnyObject {
  /// The first position at or past `target`, which never goes back; nil at the end.
  func seek(_ target: UInt64, _ isDescending: Bool) throws(SQLiteError) -> UInt64?
}

/// The positions of one filter, run by run.
final class FilterPositions: PositionList {
  /// So many runs are read before a leap is made instead.
  private static let patience = 4

  private let statement: SQLiteStatement
  /// In rising order, whichever the order of the query is.
  private var run: [UInt64] = []
  private var isStarted = false

  /// `statement` gives the runs of `term`, its first parameter, from the one on that may hold its second.
  init(_ statement: SQLiteStatement, term: Int64) {
    self.statement = statement
    statement.bind(1, term)
  }

  func seek(_ target: UInt64, _ isDescending: Bool) throws(SQLiteError) -> UInt64? {
    if isStarted {
      guard !run.isEmpty else { return nil }
      if let found = find(target, isDescending) { return found }
      for _ in 0..<Self.patience {
        guard try readRun() else { return nil }
        if let found = find(target, isDescending) { return found }
      }
      statement.reset()
    }
    isStarted = true
    statement.bind(2, Int64(target))
    while try readRun() {
      if let found = find(target, isDescending) { return found }
    }
    return nil
  }

  /// Where in this run the target is, or what is next to it.
  private func find(_ target: UInt64, _ isDescending: Bool) -> UInt64? {
    var low = 0
    var high = run.count
    while low < high {
      let middle = (low + high) / 2
      if run[middle] < target { low = middle + 1 } else { high = middle }
    }
    if low < run.count && (!isDescending || run[low] == target) { return run[low] }
    return isDescending && low > 0 ? run[low - 1] : nil
  }

  private func readRun() throws(SQLiteError) -> Bool {
    run.removeAll(keepingCapacity: true)
    guard try statement.step() else { return false }
    let first = UInt64(bitPattern: statement.number(0))
    guard statement.withBlob(1, { PositionRun.read(first: first, $0, into: &run) }) else {
      throw SQLiteError(code: 11, message: "a run of positions from \(first) on is torn")
    }
    return true
  }
}

/// The positions of all words of a query.
final class WordPositions: PositionList {
  /// How many steps are taken before a leap is made instead, which is dear here.
  private static let patience = 64

  private let statement: SQLiteStatement
  private var current: UInt64?
  private var isStarted = false

  init(_ statement: SQLiteStatement) { self.statement = statement }

  func seek(_ target: UInt64, _ isDescending: Bool) throws(SQLiteError) -> UInt64? {
    if isStarted {
      for _ in 0..<Self.patience {
        guard let current else { return nil }
        if isDescending ? current <= target : current >= target { return current }
        try advance()
      }
      statement.reset()
    }
    isStarted = true
    statement.bind(2, Int64(target))
    try advance()
    return current
  }

  private func advance() throws(SQLiteError) {
    current = try statement.step() ? UInt64(bitPattern: statement.number(0)) : nil
  }
}
