// `witan eval DATASET.jsonl`: how well detectors, critics and verdicts tell labelled cases apart.
import Config
import Critics
import Engine
import Evaluation
import Evidence
import Foundation
import Glibc
import JSON

private let policies = Option<FilePath>(
  "policies", value: "DIR", "The folder that holds constitution.yaml; ./policies if it does, else the built-in one.")
private let asJSON = Flag("json", "Print the figures as JSON.")
private let asScores = Flag("scores", "Print one JSON line a row: every detector's strength, every critic's severity.")

let evalCommand = Command(
  "eval", "Measures detectors, critics and verdicts on labelled cases.",
  discussion:
    "A line of the dataset is {\"case\": {…}, \"labels\": {\"NAME\": 0 or 1}, \"group\": \"…\"}, where NAME is a critic, a "
    + "detector, or verdict (1: must not be allowed as it is). A row counts as positive for a critic from the severity at which it "
    + "escalates, for a detector from strength 0.5. Intervals are at 95 %.",
  options: [policies.declaration, asJSON.declaration, asScores.declaration],
  operands: [Operand("DATASET", "The dataset, one JSON object a line; - for standard input.")],
  exclusive: [["json", "scores"]]
) { invocation in
  let constitution = try invocation[policies].map { try Policies.load($0.text) } ?? Policies.loadOrBuiltIn("./policies")
  let examiner = RowExaminer(
    constitution, critics: constitution.critics.map { Bench.critic(for: $0) }, gatherer: OnePassGatherer())
  let source = LineSource(try InputFile.handle(invocation.operands[0]))
  let progress = Progress(total: source.size)
  let result = try await Evaluation(examiner).run(
    source, scores: invocation[asScores] ? { writeAll($0) } : nil, progress: progress.tell)
  progress.finish(result.rows)
  for error in result.errors { writeText("row \(error.row): \(error.reason)\n", to: 2) }
  if result.errorCount > result.errors.count {
    writeText("and \(result.errorCount - result.errors.count) more rows could not be read\n", to: 2)
  }
  if !invocation[asScores] {
    let report = EvaluationReport(result, examiner)
    if invocation[asJSON] {
      var writer = JSONWriter(capacity: 4096)
      report.write(to: &writer)
      writeText(writer.string + "\n", to: 1)
    } else {
      writeText(report.table, to: 1)
      let verdicts = Verdict.allCases.map { "\($0.rawValue) \(result.verdicts[$0] ?? 0)" }
      writeText("\n\(result.rows) rows: \(verdicts.joined(separator: ", "))\n", to: 1)
    }
  }
  return result.errorCount == 0 ? .fine : .foundWrong
}

private func writeAll(_ bytes: [UInt8]) { writeText(String(decoding: bytes, as: UTF8.self), to: 1) }

/// A bar on a terminal, a line now and then elsewhere; nothing within the first second.
private final class Progress {
  private let total: Int?
  private let begin = ContinuousClock.now
  private let isTerminal = isatty(2) == 1
  private var told = ContinuousClock.now

  init(total: Int?) { self.total = total }

  func tell(_ rows: Int, _ bytes: Int) {
    let now = ContinuousClock.now
    guard now - begin > .seconds(1), now - told > (isTerminal ? .milliseconds(100) : .seconds(10)) else { return }
    told = now
    let rate = Int(Double(rows) / seconds(now - begin))
    guard isTerminal, let total else {
      writeText("\(isTerminal ? "\r" : "")\(rows) rows, \(rate) a second\(isTerminal ? "" : "\n")", to: 2)
      return
    }
    let share = min(1, Double(bytes) / Double(max(1, total)))
    let full = Int(share * 30)
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: 30 - full)
    writeText("\r\(bar) \(Int(share * 100)) %  \(rows) rows, \(rate) a second ", to: 2)
  }

  func finish(_ rows: Int) {
    let spent = ContinuousClock.now - begin
    guard spent > .seconds(1) else { return }
    let rate = Int(Double(rows) / seconds(spent))
    writeText(
      "\(isTerminal ? "\r\u{1B}[K" : "")\(rows) rows in \(String(format: "%.1f", seconds(spent))) s, \(rate) a second\n",
      to: 2)
  }

  private func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }
}
