// One setting, declared once: the name that files, environment and messages use, the type that code reads, and what the
// reference says about it. Code never names a setting by string:
//
//     let bodyLimit = Setting<ByteSize>(
//       "limits.body", default: .mebibytes(1), in: .range(.kibibytes(1) ... .mebibytes(64)), reloadable: true,
//       "Largest request body that is read.")
//     configuration[bodyLimit].bytes

import YAML

/// What values of a type are in range, and how the reference says so.
package struct Constraint<Value>: Sendable {
  package let text: String
  package let holds: @Sendable (Value) -> Bool

  package init(_ text: String, holds: @escaping @Sendable (Value) -> Bool) {
    self.text = text
    self.holds = holds
  }
}

extension Constraint where Value: SettingValue & Comparable {
  package static func range(_ range: ClosedRange<Value>) -> Constraint {
    Constraint("\(range.lowerBound.written) to \(range.upperBound.written)") { range.contains($0) }
  }

  package static func atLeast(_ bound: Value) -> Constraint {
    Constraint("at least \(bound.written)") { $0 >= bound }
  }
}

extension Constraint where Value == ServiceURL {
  package static func schemes(_ schemes: String...) -> Constraint {
    Constraint("with the scheme " + schemes.joined(separator: " or ")) { schemes.contains($0.scheme) }
  }
}

extension Constraint {
  /// Holds for nil, and for a value that `inner` holds for.
  package static func some<Wrapped>(_ inner: Constraint<Wrapped>) -> Constraint where Value == Wrapped? {
    Constraint(inner.text) { $0.map(inner.holds) ?? true }
  }

  /// Holds when `inner` holds for every element and there are at most `limit`.
  package static func each<Element>(_ inner: Constraint<Element>, atMost limit: Int = 1000) -> Constraint
  where Value == [Element] {
    Constraint("each \(inner.text)") { $0.count <= limit && $0.allSatisfy(inner.holds) }
  }

  package static func each<Element>(_ inner: Constraint<Element>, atMost limit: Int = 1000) -> Constraint
  where Value == [String: Element] {
    Constraint("each \(inner.text)") { $0.count <= limit && $0.values.allSatisfy(inner.holds) }
  }
}

/// A variable outside the program's own prefix that also sets a setting, and how its text becomes the setting's.
package struct EnvironmentAlias: Sendable {
  package let variable: String
  package let translate: @Sendable (String) throws(SettingProblem) -> String

  package init(
    _ variable: String,
    translate: @escaping @Sendable (String) throws(SettingProblem) -> String = { text throws(SettingProblem) in text }
  ) {
    self.variable = variable
    self.translate = translate
  }
}

package struct Setting<Value: SettingValue>: Sendable {
  /// Words joined by points, each a level of `witan.yaml`: `limits.body`.
  package let name: String
  package let defaultValue: Value
  package let constraint: Constraint<Value>?
  /// What a bare number counts, where the type does not say: "requests", "entries".
  package let unit: String?
  /// Whether a change takes effect without a restart.
  package let isReloadable: Bool
  /// The option of `serve` that sets it, without dashes.
  package let flag: String?
  package let aliases: [EnvironmentAlias]
  /// One sentence.
  package let summary: String

  package init(
    _ name: String, default defaultValue: Value, in constraint: Constraint<Value>? = nil, unit: String? = nil,
    reloadable: Bool = false, flag: String? = nil, aliases: [EnvironmentAlias] = [], _ summary: String
  ) {
    self.name = name
    self.defaultValue = defaultValue
    self.constraint = constraint
    self.unit = unit
    self.isReloadable = reloadable
    self.flag = flag
    self.aliases = aliases
    self.summary = summary
  }
}

/// A setting without its type, as the schema, the reports and the reference see it.
package protocol DeclaredSetting: Sendable {
  var name: String { get }
  var unit: String? { get }
  var isReloadable: Bool { get }
  var flag: String? { get }
  var aliases: [EnvironmentAlias] { get }
  var summary: String { get }

  var typeName: String { get }
  var isSecret: Bool { get }
  var constraintText: String? { get }
  var builtIn: StoredValue { get }
  var defaultIsInRange: Bool { get }

  func read(text: String) throws(SettingProblem) -> StoredValue
  func read(node: YAMLNode) throws(SettingProblem) -> StoredValue
  func areEqual(_ left: StoredValue, _ right: StoredValue) -> Bool
}

/// A value of some setting's type, and how it is shown.
package struct StoredValue: Sendable {
  let value: any Sendable
  package let written: String
}

extension Setting: DeclaredSetting {
  package var typeName: String { Value.typeName }
  package var isSecret: Bool { Value.isSecret }
  package var constraintText: String? { constraint?.text }
  package var builtIn: StoredValue { stored(defaultValue) }
  package var defaultIsInRange: Bool { constraint?.holds(defaultValue) ?? true }

  func stored(_ value: Value) -> StoredValue { StoredValue(value: value, written: value.written) }

  package func read(text: String) throws(SettingProblem) -> StoredValue { try inRange(Value.read(text: text)) }

  package func read(node: YAMLNode) throws(SettingProblem) -> StoredValue {
    if node.isNull, !Value.allowsNull { throw SettingProblem("no value is given", at: node.position) }
    return try inRange(Value.read(node: node))
  }

  private func inRange(_ value: Value) throws(SettingProblem) -> StoredValue {
    if let constraint, !constraint.holds(value) {
      let shown = isSecret ? "the value" : value.written
      throw SettingProblem("\(shown) is out of range: \(constraint.text)")
    }
    return stored(value)
  }

  package func areEqual(_ left: StoredValue, _ right: StoredValue) -> Bool {
    guard let left = left.value as? Value, let right = right.value as? Value else { return false }
    return left == right
  }
}
