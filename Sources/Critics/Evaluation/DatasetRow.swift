// One line of a dataset: `{"case": {…}, "labels": {"autonomy": 1}, "group": "…"}`.
import Engine
import JSON

package struct DatasetRow: Sendable {
  package let matter: Case
  /// By the name of a critic, a detector, or `verdict`.
  package let labels: [(name: String, isPositive: Bool)]
  package let group: String?

  /// The line's row, or what is wrong with it.
  package static func read(_ line: Span<UInt8>) -> Result<DatasetRow, RowError> {
    do throws(JSONRefusal) {
      return .success(
        try JSONReader.decode(line.bytes) { reader throws(JSONError) in try DatasetRow.read(from: &reader) })
    } catch {
      return .failure(RowError(reason: "\(error)"))
    }
  }

  private static let members = ["case", "labels", "group"]

  private static func read(from reader: inout JSONReader) throws(JSONError) -> DatasetRow {
    var matter: Case?
    var labels: [(name: String, isPositive: Bool)] = []
    var group: String?
    var object = try reader.object()
    while let key = try reader.key(&object) {
      switch key {
      case "case": matter = try Case.read(from: &reader)
      case "labels": labels = try reader.takeNull() ? [] : Self.labels(from: &reader)
      case "group": group = try reader.takeNull() ? nil : reader.string()
      default: reader.refuseUnknown(key, known: members)
      }
    }
    guard let matter else {
      reader.missing("case", of: object)
      return DatasetRow(matter: Case(action: ""), labels: [], group: nil)
    }
    return DatasetRow(matter: matter, labels: labels, group: group)
  }

  /// Labels are 0, 1, false or true; null is no label.
  private static func labels(
    from reader: inout JSONReader
  ) throws(JSONError) -> [(name: String, isPositive: Bool)] {
    var labels: [(name: String, isPositive: Bool)] = []
    var object = try reader.object()
    while let key = try reader.key(&object) {
      let name = key.string
      if try reader.takeNull() { continue }
      switch try reader.peek() {
      case .boolean: labels.append((name, try reader.boolean()))
      default: labels.append((name, try reader.integer(in: 0...1) == 1))
      }
    }
    return labels
  }
}

/// Why a line was not evaluated.
package struct RowError: Error, Sendable, Hashable, CustomStringConvertible {
  package let reason: String

  package var description: String { reason }
}
