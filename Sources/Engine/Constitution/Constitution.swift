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
  package var clearedBy: Condition?
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
    self.question = question
    self.constraints = constraints
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
