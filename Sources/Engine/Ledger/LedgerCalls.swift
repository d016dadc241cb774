// Who is told of the calls that a task makes of the ledger, apart from those of deliberations, which tell of their parts by
// themselves: nobody, unless somebody asked to be for a request.

package protocol LedgerWatch: AnyObject, Sendable {
  /// Nanoseconds of a clock that never steps back.
  func now() -> UInt64
  /// A call is over; it came to so many entries. Called on the calling task's thread; it must not wait.
  func called(_ operation: String, entries: Int, failed: Bool, from begin: UInt64, to end: UInt64)
}

package enum LedgerCalls {
  /// For the request for which the current task works.
  @TaskLocal package static var watch: (any LedgerWatch)?

  /// One entry, proof or tile.
  static func told<Result>(
    _ operation: String, _ call: () throws(LedgerError) -> Result
  ) throws(LedgerError) -> Result {
    guard let watch else { return try call() }
    let begin = watch.now()
    do throws(LedgerError) {
      let result = try call()
      watch.called(operation, entries: 1, failed: false, from: begin, to: watch.now())
      return result
    } catch {
      watch.called(operation, entries: 0, failed: true, from: begin, to: watch.now())
      throw error
    }
  }

  static func told<Result>(
    _ operation: String, entries count: (Result) -> Int, _ call: () async throws(LedgerError) -> Result
  ) async throws(LedgerError) -> Result {
    guard let watch else { return try await call() }
    let begin = watch.now()
    do throws(LedgerError) {
      let result = try await call()
      watch.called(operation, entries: count(result), failed: false, from: begin, to: watch.now())
      return result
    } catch {
      watch.called(operation, entries: 0, failed: true, from: begin, to: watch.now())
      throw error
    }
  }
}
