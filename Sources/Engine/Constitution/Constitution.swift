// The constitution as plain data: who sits on the council, what each critic guards, in which order, and every number of
// the formulas. It is loaded from `policies/`, versioned by its hash, and never consulted for anything but its fields.

package struct Constitution: Sendable, Hashable {
  package var title: String
  /// `sha256:` and the hex digest of its canonical form: the version that answers and records name.
  package var version: String
  /// The whole document in canonical JSON (RFC 8785), of which `version` is the hash; empty where it was made in code.
  package var document: String
  /// The critics in the order of their seats. Opinions, sums and answers follow this order.
  package var critics: [Charter]
  /// Principles by rank, the first the highest. What is not listed ranks after all that is.
  package var priority: [Principle]
  /// Principles in which a grave and confident finding denies.
  package var inviolable: Set<Principle>
  package var formulas: Formulas
  /// How a breach becomes a severity.
  package var grading: Grading
  /// Within these bounds weights may be governed.
  package var weightBounds: ClosedRange<Double>
  package var reviews: ReviewRules
  package var precedents: PrecedentRules
  /// How long a permit is valid.
  package var permitSeconds: Int

  package init(
    title: String = "", version: String = "", document: String = "", critics: [Charter] = [],
    priority: [Principle] = Principle.customary,
    inviolable: Set<Principle> = [], formulas: Formulas = Formulas(), grading: Grading = Grading(),
    weightBounds: ClosedRange<Double> = 0.1...10,
    reviews: ReviewRules = ReviewRules(), precedents: PrecedentRules = PrecedentRules(), permitSeconds: Int = 300
  ) {
    self.title = title
    self.version = version
    self.document = document
    self.critics = critics
    self.priority = priority
    self.inviolable = inviolable
    self.formulas = formulas
    self.grading = grading
    self.weightBounds = weightBounds
    self.reviews = reviews
    self.precedents = precedents
    self.permitSeconds = permitSeconds
  }

  package func charter(of critic: String) -> Charter? { critics.first { $0.critic == critic } }

  /// The rank of a principle: 0 the highest.
  package func rank(of principle: Principle) -> Int { priority.firstIndex(of: principle) ?? priority.count }
}

/// A value that a critic guards. Principles are data: a constitution may name others than these.
package struct Principle: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }
  package init(stringLiteral value: String) { rawValue = value }

  package static let rights: Principle = "rights"
  package static let autonomy: Principle = "autonomy"
  package static let privacy: Principle = "privacy"
  package static let fairness: Principle = "fairness"
  package static let dueProcess: Principle = "due_process"
  package static let truth: Principle = "truth"
  package static let risk: Principle = "risk"
  package static let pragmatics: Principle = "pragmatics"
  package static let precedent: Principle = "precedent"
  package static let uncertainty: Principle = "uncertainty"

  /// The customary order.
  package static let customary: [Principle] = [
    .rights, .autonomy, .privacy, .fairness, .dueProcess, .truth, .risk, .pragmatics,
  ]
}

/// What the constitution says of one critic.
package struct Charter: Sendable, Hashable {
  package var critic: String
  package var principle: Principle
  package var title: String
  /// What it guards, in a sentence or two.
  package var purpose: String
  /// What it must leave to others.
  package var leaves: String
  package var weight: Double
  /// The abstention of a required critic escalates.
  package var required: Bool
  /// An outside critic's budget; after it the answer no longer waits.
  package var deadlineMilliseconds: Int
  /// Concerns from this severity on are repeated in `dissent`, word for word, whatever the verdict.
  package var dissentThreshold: Double
  package var clauses: [Clause]
  /// Further numbers of this critic by name: the four-fifths ratio, a level of significance.
  package var settings: [String: Double]
  /// Where a critic without code of its own answers, if not from its clauses: the address of a remote critic.
  package var remote: RemoteSeat?

  package init(
    critic: String, principle: Principle, title: String = "", purpose: String = "", leaves: String = "",
    weight: Double = 1, required: Bool = false, deadlineMilliseconds: Int = 1000, dissentThreshold: Double = 1,
    clauses: [Clause] = [], settings: [String: Double] = [:], remote: RemoteSeat? = nil
  ) {
    self.critic = critic
    self.principle = principle
    self.title = title
    self.purpose = purpose
    self.leaves = leaves
    self.remote = remote
    self.weight = weight
    self.required = required
    self.deadlineMilliseconds = deadlineMilliseconds
    self.dissentThreshold = dissentThreshold
    self.clauses = clauses
    self.settings = settings
  }
}

/// A numbered duty.
package struct Clause: Sendable, Hashable {
  /// `A1`, `DP2`, …
  package var id: String
  package var title: String
  package var tier: Tier
  package var principle: Principle
  /// The articles of law and charters that it stands on.
  package var articles: [String]
  /// What fires it. The gravest trigger that holds counts.
  package var triggers: [Trigger]
  /// The facts under which signs in the text alone are no breach.
  package var clearedBy: Condition? { didSet { excuse = clearedBy.map(ConditionProgram.init) } }
  /// `clearedBy`, ready for asking.
  package private(set) var excuse: ConditionProgram?
  /// What the reviewer is asked.
  package var question: String
  /// What must be done when the verdict is `allow_with_constraints` and this clause was raised.
  package var constraints: [String]

  package init(
    id: String, title: String, tier: Tier, principle: Principle, articles: [String] = [], triggers: [Trigger] = [],
    clearedBy: Condition? = nil, question: String = "", constraints: [String] = []
  ) {
    self.id = id
    self.title = title
    self.tier = tier
    self.principle = principle
    self.articles = articles
    self.triggers = triggers
    self.clearedBy = clearedBy
    excuse = clearedBy.map(ConditionProgram.init)
    self.question = question
    self.constraints = constraints
  }
}

extension Clause {
  package static func == (left: Clause, right: Clause) -> Bool {
    left.id == right.id && left.title == right.title && left.tier == right.tier && left.principle == right.principle
      && left.articles == right.articles && left.triggers == right.triggers && left.clearedBy == right.clearedBy
      && left.question == right.question && left.constraints == right.constraints
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    hasher.combine(tier)
    hasher.combine(triggers)
  }
}

/// One way in which a clause fires.
package struct Trigger: Sendable, Hashable {
  /// Exact rules over facts and figures come first; rules over signs in the text second.
  package enum Basis: Sendable, Hashable {
    case facts
    /// The severity grows from `Trigger.severity` at the threshold to this at strength 1; the confidence is the strength.
    case text(severityAtFullStrength: Double)
  }

  package let when: Condition
  /// Only a clear yes excuses; where it is undecidable the trigger fires and the facts that would excuse are named.
  package let unless: Condition?
  package var basis: Basis
  package var severity: Double
  package var confidence: Double
  /// False for a finding that is only noted: it carries a concern, but demands no human act.
  package var escalates: Bool
  /// The reason in words; `{impact}`, `{signals}`, `{matched}`, `{figures}` are replaced by what was found.
  package var rationale: String
  /// `when` and `unless`, ready for asking.
  package let program: ConditionProgram
  package let excuse: ConditionProgram?

  package init(
    when: Condition, unless: Condition? = nil, basis: Basis = .facts, severity: Double, confidence: Double,
    escalates: Bool = true, rationale: String
  ) {
    self.when = when
    self.unless = unless
    self.basis = basis
    self.severity = severity
    self.confidence = confidence
    self.escalates = escalates
    self.rationale = rationale
    program = ConditionProgram(when)
    excuse = unless.map(ConditionProgram.init)
  }

  package static func == (left: Trigger, right: Trigger) -> Bool {
    left.when == right.when && left.unless == right.unless && left.basis == right.basis
      && left.severity == right.severity && left.confidence == right.confidence
      && left.escalates == right.escalates && left.rationale == right.rationale
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(when)
    hasher.combine(severity)
    hasher.combine(rationale)
  }
}

/// Where a remote critic answers.
package struct RemoteSeat: Sendable, Hashable {
  package var url: String
  /// At most so many cases in one call.
  package var batch: Int

  package init(url: String, batch: Int = 64) {
    self.url = url
    self.batch = batch
  }
}
