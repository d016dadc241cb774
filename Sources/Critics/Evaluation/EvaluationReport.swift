// What came of an evaluation, for programs (JSON) and for people (a table).
import Foundation
import JSON

package struct EvaluationReport: Sendable {
  package struct Row: Sendable {
    package let label: String
    /// nil for all rows of the label.
    package let group: String?
    package let threshold: Float
    package let figures: RankingFigures
  }

  package let rows: [Row]

  package init(_ result: EvaluationResult, _ examiner: RowExaminer) {
    rows = result.rankings.map { each in
      let threshold = examiner.threshold(of: each.label)
      return Row(
        label: each.label, group: each.group, threshold: threshold,
        figures: RankingFigures(each.ranking, threshold: threshold))
    }
  }

  /// A list of objects; a figure that the rows do not define is null. `intervals` are at 95 %.
  package func write(to writer: inout JSONWriter) {
    writer.beginArray()
    for row in rows {
      let figures = row.figures
      writer.beginObject()
      writer.member("label", row.label)
      writer.member("group", row.group ?? EvaluationReport.all)
      writer.member("n", figures.count)
      writer.member("positives", figures.positives)
      for (name, figure) in named(figures) { member(name, figure?.value, to: &writer) }
      writer.key("tpr_at_fpr")
      writer.beginObject()
      for (rate, figure) in figures.tprAtFPR { member("\(rate)", figure?.value, to: &writer) }
      writer.endObject()
      writer.key("fpr_at_recall")
      writer.beginObject()
      for (recall, figure) in figures.fprAtRecall { member("\(recall)", figure?.value, to: &writer) }
      writer.endObject()
      writer.member("true_positives", figures.truePositives)
      writer.member("false_positives", figures.falsePositives)
      writer.member("threshold", Double(row.threshold))
      member("fpr", figures.falseAlarms?.value, to: &writer)
      writer.key("intervals")
      writer.beginObject()
      for (name, figure) in named(figures) { interval(name, figure, to: &writer) }
      for (rate, figure) in figures.tprAtFPR { interval("tpr_at_fpr_\(rate)", figure, to: &writer) }
      for (recall, figure) in figures.fprAtRecall { interval("fpr_at_recall_\(recall)", figure, to: &writer) }
      interval("fpr", figures.falseAlarms, to: &writer)
      writer.endObject()
      writer.endObject()
    }
    writer.endArray()
  }

  /// The name under which all rows of a label are told, where they have several groups or none.
  package static let all = "all"

  private func named(_ figures: RankingFigures) -> [(String, Figure?)] {
    [
      ("precision", figures.precision), ("recall", figures.recall), ("f1", figures.f1), ("auroc", figures.auroc),
      ("auprc", figures.auprc),
    ]
  }

  private func member(_ name: String, _ value: Double?, to writer: inout JSONWriter) {
    writer.key(name)
    if let value { writer.double(rounded(value)) } else { writer.null() }
  }

  private func interval(_ name: String, _ figure: Figure?, to writer: inout JSONWriter) {
    guard let figure else { return }
    writer.key(name)
    writer.beginArray()
    writer.double(rounded(figure.low))
    writer.double(rounded(figure.high))
    writer.endArray()
  }

  private func rounded(_ value: Double) -> Double { (value * 1_000_000).rounded() / 1_000_000 }

  /// One line for each label and group, each figure with its interval.
  package var table: String {
    let heads = [
      "label", "group", "n", "pos", "TP", "FP", "precision", "recall", "F1", "AUROC", "AUPRC", "TPR@1%FPR", "TPR@5%FPR",
      "FPR@80%TPR", "FPR@95%TPR", "FPR",
    ]
    let cells = rows.map { row in
      let counts = [
        row.figures.count, row.figures.positives, row.figures.truePositives, row.figures.falsePositives,
      ]
      return [row.label, row.group ?? EvaluationReport.all] + counts.map(String.init)
        + named(row.figures).map { cell($0.1) } + row.figures.tprAtFPR.map { cell($0.tpr) }
        + row.figures.fprAtRecall.map { cell($0.fpr) } + [cell(row.figures.falseAlarms)]
    }
    let widths = heads.indices.map { column in ([heads] + cells).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      cells.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column < 2 ? cell + space : space + cell
      }.joined(separator: "  ")
    }
    return ([line(heads)] + cells.map(line)).joined(separator: "\n") + "\n"
  }

  private func cell(_ figure: Figure?) -> String {
    guard let figure else { return "–" }
    return String(format: "%.3f [%.2f, %.2f]", figure.value, figure.low, figure.high)
  }
}
