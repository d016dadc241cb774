// Looking back and ahead: why a case was decided so, and what a change would have decided.
import Engine
import JSON
import Ledger

extension Chamber {
  /// The most past cases that a preview decides again.
  package static let mostPreviewed = 10_000

  /// The explanation of a recorded deliberation, with what would have opened its gate.
  package func explanation(of id: String) async throws -> Explanation {
    guard let bytes = try await deliberation(id).record else { throw ChamberError.erased(id) }
    let record = try JSONReader.decode(DecisionRecord.self, from: bytes)
    let council = try await council(of: record.constitution)
    let past = inForce.precedents
    // Some hundred decisions.
    return await Task.detached(executorPreference: executor ?? WorkPool.shared) {
      let decided = council.decide(
        record.matter, weights: record.weights, precedents: record.precedents, asked: record.asked,
        recorded: record.recorded)
      return Explanation(
        decided.decision, counterfactuals: CounterfactualSearch(decided, by: council, among: past).find())
    }.value
  }

  /// What other weights would have made of the last `count` cases. `progress` hears how many are done, of how many there are.
  package func previewWeights(
    _ values: [String: Double], last count: Int, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> PreviewReport {
    let sitting = inForce
    let errors = WeightsHistory.faults(in: values, under: sitting.constitution)
    if !errors.isEmpty { throw errors }
    return try await preview(from: sitting, to: sitting.proposing(values), last: count, progress)
  }

  /// What another constitution would have made of the last `count` cases.
  package func previewConstitution(
    _ document: [UInt8], last count: Int, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> PreviewReport {
    let sitting = inForce
    return try await preview(from: sitting, to: sitting.proposing(try assemble(document)), last: count, progress)
  }

  private func preview(
    from present: Sitting, to proposed: Sitting, last count: Int,
    _ progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> PreviewReport {
    let count = min(count, Chamber.mostPreviewed)
    // Thousands of decisions.
    let work = Task.detached(executorPreference: executor) { [self] in
      let (cases, unavailable) = try await pastCases(last: count)
      var report = await Preview(from: present, to: proposed).run(cases, progress: progress)
      report.unavailable += unavailable
      return report
    }
    return try await withTaskCancellationHandler {
      try await work.value
    } onCancel: {
      work.cancel()
    }
  }

  /// The last cases, newest first, and how many of them were erased.
  private func pastCases(last count: Int) async throws -> ([PastCase], unavailable: Int) {
    var query = LedgerQuery()
    query.type = EntryType.deliberation
    var cases: [PastCase] = []
    var unavailable = 0
    while cases.count + unavailable < count {
      try Task.checkCancellation()
      query.limit = min(LedgerQuery.largestPage, count - cases.count - unavailable)
      let page = try await ledger.query(query)
      let read = await SharedWork(page.entries.count, piece: 16, on: executor).run { range in
        Result { try page.entries[range].map { try self.pastCase($0) } }
      }
      for part in try read.flatMap({ try $0.get() }) {
        if let part { cases.append(part) } else { unavailable += 1 }
      }
      guard let next = page.next else { break }
      query.cursor = next
    }
    return (cases, unavailable)
  }

  /// Nil where its record was erased.
  private func pastCase(_ entry: StoredEntry) throws -> PastCase? {
    guard case .present(let bytes) = try ledger.payload(at: entry.index) else { return nil }
    return PastCase(
      id: try JSONReader.decode(LoggedEntry.self, from: entry.bytes).id,
      record: try JSONReader.decode(DecisionRecord.self, from: bytes))
  }
}

extension Chamber {
  /// Puts the precedent of a closed review in force.
  package func promotePrecedent(
    _ id: String, reason: String, by actor: String, trace: String? = nil
  ) async throws -> Precedent {
    let deliberation = try precedents.precedent(id).deliberation
    guard let bytes = try await self.deliberation(deliberation).record else { throw ChamberError.erased(deliberation) }
    return try await promotePrecedent(
      id, record: try JSONReader.decode(DecisionRecord.self, from: bytes), reason: reason, by: actor, trace: trace)
  }
}

extension Chamber {
  /// All that a reviewer should see: the dissent, what the clauses ask, the case, the opinions, and the answers so far.
  package func reviewSheet(_ id: String) async throws -> [UInt8] {
    let review = try review(id)
    var record: DecisionRecord?
    if case .present(let bytes) = try ledger.payload(at: review.index) {
      record = try JSONReader.decode(DecisionRecord.self, from: bytes)
    }
    let constitution =
      if let record { try await council(of: record.constitution).constitution } else { inForce.constitution }
    var writer = JSONWriter(capacity: 8192)
    review.writeSheet(record: record, under: constitution, to: &writer)
    return writer.array
  }
}
