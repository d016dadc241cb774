// What is wrong with a document that was to be a constitution: every fault at once, each with its place.
import YAML

/// One fault.
package struct ConstitutionProblem: Sendable, Hashable, Comparable {
  package let position: YAMLPosition
  package let message: String

  package static func < (left: ConstitutionProblem, right: ConstitutionProblem) -> Bool {
    (left.position, left.message) < (right.position, right.message)
  }
}

/// A document that was refused. Its description has one line for each fault: `file:line:column: message`.
package struct ConstitutionErrors: Error, Sendable, Hashable, CustomStringConvertible {
  package let file: String
  /// In the order of the document.
  package let problems: [ConstitutionProblem]

  package var description: String {
    problems.map { "\(file):\($0.position.line):\($0.position.column): \($0.message)" }.joined(separator: "\n")
  }
}

/// Collects faults while reading goes on, so that one reading finds them all.
final class Complaints {
  private(set) var problems: [ConstitutionProblem] = []

  func note(_ message: String, at position: YAMLPosition) {
    problems.append(ConstitutionProblem(position: position, message: message))
  }
}
