// A dataset through the critics, on all cores: lines are read in batches, the batches of one round are examined at the
// same time, and what comes of them is taken up in the order of the rows, while the next round is on its way.
import Engine
import Foundation
import JSON

package struct EvaluationLimits: Sendable {
  /// A longer line is an error of that row.
  package var lineBytes = 16 << 20
  package var batchRows = 256
  /// How many errors are told; the rest are counted.
  package var errorsTold = 20

  package init() {}
}

/// What came of a dataset.
package struct EvaluationResult: Sendable {
  /// By label and group, in the order in which they first came; the group nil is all rows of the label.
  package fileprivate(set) var rankings: [(label: String, group: String?, ranking: Ranking)] = []
  package fileprivate(set) var rows = 0
  package fileprivate(set) var errors: [(row: Int, reason: String)] = []
  package fileprivate(set) var errorCount = 0
  package fileprivate(set) var verdicts: [Verdict: Int] = [:]
}

package struct Evaluation: Sendable {
  let examiner: RowExaminer
  let limits: EvaluationLimits
  let workers: Int

  package init(
    _ examiner: RowExaminer, limits: EvaluationLimits = EvaluationLimits(),
    workers: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    self.examiner = examiner
    self.limits = limits
    self.workers = max(1, workers)
  }

  /// Evaluates every line of `source`. `scores`, if given, is handed a JSON line for each row, in order; `progress` is
  /// told how many rows and bytes are done.
  package func run(
    _ source: LineSource, scores: (([UInt8]) throws -> Void)? = nil,
    progress: (_ rows: Int, _ bytes: Int) -> Void = { _, _ in }
  ) async throws -> EvaluationResult {
    var tally = Tally(examiner: examiner, limits: limits)
    let wantsScores = scores != nil
    var batches = try read(source)
    var done: [[RowOutcome]] = []
    while !batches.isEmpty || !done.isEmpty {
      // While the cores examine one round, the round before is taken up and the next one is read.
      (done, batches) = try await withThrowingTaskGroup(of: (Int, [RowOutcome]).self) { group in
        for (place, batch) in batches.enumerated() {
          group.addTask { [examiner] in (place, batch.map { RowOutcome.of($0, examiner, wantsScores: wantsScores) }) }
        }
        if !done.isEmpty {
          let lines = tally.take(done)
          try scores?(lines)
          progress(tally.result.rows, source.bytesRead)
        }
        let following = batches.isEmpty ? [] : try read(source)
        var outcomes = [[RowOutcome]](repeating: [], count: batches.count)
        for try await (place, outcome) in group { outcomes[place] = outcome }
        return (outcomes, following)
      }
    }
    return tally.finish()
  }

  /// The lines of one round.
  private func read(_ source: LineSource) throws -> [[Line]] {
    var batches: [[Line]] = []
    while batches.count < workers * 4 {
      let lines = try source.next(limits.batchRows, longest: limits.lineBytes)
      if lines.isEmpty { break }
      batches.append(lines)
    }
    return batches
  }
}

/// What came of one line.
private struct RowOutcome: Sendable {
  let row: Int
  let group: String?
  let scores: [(label: String, score: Float, isPositive: Bool)]
  let verdict: Verdict?
  let error: String?
  let line: [UInt8]

  static func of(_ line: Line, _ examiner: RowExaminer, wantsScores: Bool) -> RowOutcome {
    let read: Result<DatasetRow, RowError> =
      line.isTooLong ? .failure(RowError(reason: "the line is too long")) : DatasetRow.read(line.bytes.span)
    switch read {
    case .failure(let failure): return failed(line.row, failure.reason, wantsScores)
    case .success(let datum):
      if let unknown = datum.labels.first(where: { !examiner.knows($0.name) }) {
        let hint = examiner.suggestion(for: unknown.name).map { "; did you mean \"\($0)\"?" } ?? ""
        return failed(line.row, "no critic and no detector has the name \"\(unknown.name)\"\(hint)", wantsScores)
      }
      let examined = examiner.examine(datum.matter)
      let scores = datum.labels.compactMap { label in
        examiner.score(of: label.name, in: examined).map { (label.name, $0, label.isPositive) }
      }
      return RowOutcome(
        row: line.row, group: datum.group, scores: scores, verdict: examined.verdict, error: nil,
        line: wantsScores ? examiner.line(row: line.row, examined) : [])
    }
  }

  private static func failed(_ row: Int, _ reason: String, _ wantsScores: Bool) -> RowOutcome {
    var line: [UInt8] = []
    if wantsScores {
      var writer = JSONWriter(capacity: 128)
      writer.beginObject()
      writer.member("row", row)
      writer.member("error", reason)
      writer.endObject()
      writer.endLine()
      line = writer.array
    }
    return RowOutcome(row: row, group: nil, scores: [], verdict: nil, error: reason, line: line)
  }
}

extension RowExaminer {
  /// `{"row": …, "detectors": {…}, "critics": {…}, "verdict": …}` and a line feed.
  fileprivate func line(row: Int, _ scores: RowScores) -> [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    writer.beginObject()
    writer.member("row", row)
    writer.key("detectors")
    write(detectors, scores.detectors, to: &writer)
    writer.key("critics")
    write(critics, scores.critics, to: &writer)
    writer.member("verdict", scores.verdict.rawValue)
    writer.endObject()
    writer.endLine()
    return writer.array
  }

  private func write(_ names: [String], _ values: [Float], to writer: inout JSONWriter) {
    writer.beginObject()
    for (name, value) in zip(names, values) {
      writer.key(name)
      writer.double((Double(value) * 10_000).rounded() / 10_000)
    }
    writer.endObject()
  }
}

/// Takes up the outcomes in the order of the rows.
private struct Tally {
  private struct Key: Hashable {
    let label: String
    let group: String?
  }

  let examiner: RowExaminer
  let limits: EvaluationLimits
  private(set) var result = EvaluationResult()
  private var places: [Key: Int] = [:]

  init(examiner: RowExaminer, limits: EvaluationLimits) {
    self.examiner = examiner
    self.limits = limits
  }

  /// Takes up a round and gives its lines.
  mutating func take(_ outcomes: [[RowOutcome]]) -> [UInt8] {
    var lines: [UInt8] = []
    lines.reserveCapacity(outcomes.reduce(0) { $0 + $1.reduce(0) { $0 + $1.line.count } })
    for outcome in outcomes.joined() {
      take(outcome)
      lines += outcome.line
    }
    return lines
  }

  private mutating func take(_ outcome: RowOutcome) {
    result.rows += 1
    if let error = outcome.error {
      result.errorCount += 1
      if result.errors.count < limits.errorsTold { result.errors.append((outcome.row, error)) }
    }
    if let verdict = outcome.verdict { result.verdicts[verdict, default: 0] += 1 }
    for score in outcome.scores {
      add(Key(label: score.label, group: nil), score.score, score.isPositive)
      if let group = outcome.group { add(Key(label: score.label, group: group), score.score, score.isPositive) }
    }
  }

  private mutating func add(_ key: Key, _ score: Float, _ isPositive: Bool) {
    let place: Int
    if let known = places[key] {
      place = known
    } else {
      place = result.rankings.count
      places[key] = place
      result.rankings.append((key.label, key.group, Ranking()))
    }
    result.rankings[place].ranking.add(score, isPositive)
  }

  /// Labels in the order in which they came, each whole first and then by group; a label with one group alone is told once.
  mutating func finish() -> EvaluationResult {
    var ordered: [(label: String, group: String?, ranking: Ranking)] = []
    for whole in result.rankings where whole.group == nil {
      let groups = result.rankings.filter { $0.label == whole.label && $0.group != nil }
      let isOne = groups.count == 1 && groups[0].ranking.count == whole.ranking.count
      if !isOne { ordered.append(whole) }
      ordered += groups
    }
    result.rankings = ordered
    return result
  }
}
