// Requests that must not be done twice. The key that a caller gives, with the caller's name, is the deliberation's id; and
// an id is written to the ledger once. So a repeat finds the first answer even after a crash, and nothing else remembers.
import Engine
import JSON
import Ledger

extension Chamber {
  /// For how long a key stands for the request that it came with.
  package static let repeatWindow: Duration = .seconds(24 * 3600)
  /// A key that was used anew on more days than this is refused.
  private static let mostGenerations = 1000

  /// Decides a case once under `key`; a repeat gets the first answer again.
  package func deliberateOnce(
    _ request: DeliberationRequest, key: String, by actor: String, trace: String,
    watch: (any DeliberationWatch)? = nil
  ) async throws -> Answered {
    for generation in 0..<Self.mostGenerations {
      let id = Identifier.derived("dlb_", from: actor, key, String(generation))
      guard running.withLock({ $0.insert(id).inserted }) else { throw ChamberError.stillRunning }
      defer { running.withLock { _ = $0.remove(id) } }
      do throws(DeliberationRefusal) {
        return try await proceedings.deliberate(request, by: actor, trace: trace, id: id, watch: watch)
      } catch {
        guard case .identifierTaken(let receipt) = error else { throw error.cause }
        if isPast(receipt) { continue }
        return try await firstAnswer(receipt, to: request)
      }
    }
    throw ChamberError.otherRequest
  }

  private func isPast(_ receipt: Receipt) -> Bool {
    guard let time = Timestamp(text: receipt.time) else { return false }
    return surroundings.now().microseconds - time.microseconds > Self.repeatWindow.components.seconds * 1_000_000
  }

  /// The answer that the entry of `receipt` was first given, if it was to the same request.
  func firstAnswer(_ receipt: Receipt, to request: DeliberationRequest) async throws -> Answered {
    try await firstAnswer(receipt, options: request.options) { record in
      // In whatever order they were named; a cached decision has that of whoever asked first.
      record.matter.hash == request.matter.hash && record.asked?.sorted() == request.options.critics?.sorted()
    }
  }

  /// The same, whatever the request was, unless `isRight` says that it cannot have been this one.
  func firstAnswer(
    _ receipt: Receipt, options: DeliberationOptions, isRight: (DecisionRecord) -> Bool = { _ in true }
  ) async throws -> Answered {
    let entry = try JSONValue(parsing: ledger.entry(at: receipt.index).bytes)
    let id = entry["id"]?.string ?? ""
    guard case .present(let bytes) = try ledger.payload(at: receipt.index) else { throw ChamberError.erased(id) }
    let record = try JSONReader.decode(DecisionRecord.self, from: bytes)
    guard isRight(record) else { throw ChamberError.otherRequest }
    let council = try await council(of: record.constitution)
    let decided = council.decide(
      record.matter, weights: record.weights, precedents: record.precedents, asked: record.asked,
      recorded: record.recorded)
    guard let given = DecidedAnswer(recorded: record.answer) else {
      throw LedgerError.inconsistent("the record of \(id) holds no answer")
    }
    // What this program would say otherwise it cannot explain.
    var options = options
    if given != decided.answer { options.explain = false }
    let review = try entry["body"]?["review"].map { try JSONReader.decode(ReviewOpening.self, from: $0.jsonBytes) }
    let answered = decided.answered(by: given)
    return await Answered(
      id: id, trace: entry["trace"]?.string, decided: answered, review: review,
      cache: entry["body"]?["cache"]?.string.flatMap { Answered.CacheState(rawValue: $0) } ?? .miss,
      permit: try proceedings.permit(for: answered, deliberation: id, receipt: receipt), receipt: receipt,
      options: options
    ).explained(by: council, among: inForce.precedents)
  }
}
