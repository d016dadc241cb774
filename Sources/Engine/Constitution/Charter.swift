// What the constitution says of one critic. Its parts stand behind one reference, because a charter is handed to its critic
// for every case, and copying a reference costs next to nothing.

package struct Charter: Sendable, Hashable {
  /// The parts by value.
  private struct Parts: Sendable {
    var critic: String
    var principle: Principle
    var title: String
    var purpose: String
    var leaves: String
    var weight: Double
    var required: Bool
    var deadlineMilliseconds: Int
    var dissentThreshold: Double
    var clauses: [Clause] { didSet { rules = CharterRules(clauses) } }
    var rules: CharterRules
    var settings: [String: Double]
    var remote: RemoteSeat?
  }

  /// One immutable edition of the parts, shared by all copies of a charter.
  private final class Edition: Sendable {
    let parts: Parts

    init(_ parts: Parts) { self.parts = parts }
  }

  private var edition: Edition

  package init(
    critic: String, principle: Principle, title: String = "", purpose: String = "", leaves: String = "",
    weight: Double = 1, required: Bool = false, deadlineMilliseconds: Int = 1000, dissentThreshold: Double = 1,
    clauses: [Clause] = [], settings: [String: Double] = [:], remote: RemoteSeat? = nil
  ) {
    edition = Edition(
      Parts(
        critic: critic, principle: principle, title: title, purpose: purpose, leaves: leaves, weight: weight,
        required: required, deadlineMilliseconds: deadlineMilliseconds, dissentThreshold: dissentThreshold,
        clauses: clauses, rules: CharterRules(clauses), settings: settings, remote: remote))
  }

  private mutating func change(_ edit: (inout Parts) -> Void) {
    var parts = edition.parts
    edit(&parts)
    edition = Edition(parts)
  }

  /// The same for copies of a charter, as long as it is alive; another one after any change.
  package var identity: ObjectIdentifier { ObjectIdentifier(edition) }
}

extension Charter {
  package var critic: String {
    get { edition.parts.critic }
    set { change { $0.critic = newValue } }
  }

  package var principle: Principle {
    get { edition.parts.principle }
    set { change { $0.principle = newValue } }
  }

  package var title: String {
    get { edition.parts.title }
    set { change { $0.title = newValue } }
  }

  /// What it guards, in a sentence or two.
  package var purpose: String {
    get { edition.parts.purpose }
    set { change { $0.purpose = newValue } }
  }

  /// What it must leave to others.
  package var leaves: String {
    get { edition.parts.leaves }
    set { change { $0.leaves = newValue } }
  }

  package var weight: Double {
    get { edition.parts.weight }
    set { change { $0.weight = newValue } }
  }

  /// The abstention of a required critic escalates.
  package var required: Bool {
    get { edition.parts.required }
    set { change { $0.required = newValue } }
  }

  /// An outside critic's budget; after it the answer no longer waits.
  package var deadlineMilliseconds: Int {
    get { edition.parts.deadlineMilliseconds }
    set { change { $0.deadlineMilliseconds = newValue } }
  }

  /// Concerns from this severity on are repeated in `dissent`, word for word, whatever the verdict.
  package var dissentThreshold: Double {
    get { edition.parts.dissentThreshold }
    set { change { $0.dissentThreshold = newValue } }
  }

  package var clauses: [Clause] {
    get { edition.parts.clauses }
    set { change { $0.clauses = newValue } }
  }

  /// Further numbers of this critic by name: the four-fifths ratio, a level of significance.
  package var settings: [String: Double] {
    get { edition.parts.settings }
    set { change { $0.settings = newValue } }
  }

  /// Where a critic without code of its own answers, if not from its clauses: the address of a remote critic.
  package var remote: RemoteSeat? {
    get { edition.parts.remote }
    set { change { $0.remote = newValue } }
  }

  /// The clauses, ready for asking.
  package var rules: CharterRules { edition.parts.rules }

  // The rules follow from the clauses, so they are not compared.
  package static func == (left: Charter, right: Charter) -> Bool {
    left.edition === right.edition
      || (left.critic == right.critic && left.principle == right.principle && left.title == right.title
        && left.purpose == right.purpose && left.leaves == right.leaves && left.weight == right.weight
        && left.required == right.required && left.deadlineMilliseconds == right.deadlineMilliseconds
        && left.dissentThreshold == right.dissentThreshold && left.clauses == right.clauses
        && left.settings == right.settings && left.remote == right.remote)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(critic)
    hasher.combine(weight)
    hasher.combine(clauses)
  }
}
