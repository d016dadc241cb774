// Before opinions are compared they are sealed: put in the order of the seats, one for each, and held to the rules of an
// opinion. An answer that breaks the rules is not mended; it becomes an abstention, and a human is called.

/// One opinion for each seat of the constitution, in its order.
package struct SealedOpinions: Sendable, Hashable {
  package let bySeat: [Opinion]

  /// The most concerns and escalations, and the most bytes of text, that one opinion may carry.
  package static let findingsLimit = 64
  package static let textLimit = 16_384
  package static let clauseLimit = 64

  /// `answers` holds what each seat answered, in the order of the seats.
  package init(_ answers: [Opinion], under constitution: borrowing Constitution) {
    precondition(answers.count == constitution.critics.count, "one opinion for each seat")
    // Answers that break no rule stand as they are, in the same memory.
    var sealed = answers
    for seat in answers.indices where SealedOpinions.fault(in: answers, at: seat, seat, constitution) != nil {
      sealed[seat] = SealedOpinions.seal(answers[seat], seat: seat, under: constitution)
    }
    bySeat = sealed
  }

  /// What a seat answered, as it stands from then on.
  static func seal(_ opinion: Opinion, seat: Int, under constitution: borrowing Constitution) -> Opinion {
    let critic = constitution.critics[seat].critic
    guard let fault = fault(in: [opinion], at: 0, seat, constitution) else { return opinion }
    // One less than the limit, so that what is sealed would pass the seal again.
    let kept = opinion.escalations.prefix(findingsLimit - 1).map { escalation in
      Escalation(
        critic: critic, clause: escalation.clause.flatMap { $0.utf8.count <= clauseLimit ? $0 : nil },
        tier: escalation.tier, rationale: clipped(escalation.rationale))
    }
    return .malformed(critic, fault, keeping: kept)
  }

  /// What is wrong with one of the opinions, which is that of the seat; or nil. It is read where it lies.
  private static func fault(
    in opinions: [Opinion], at place: Int, _ seat: Int, _ constitution: borrowing Constitution
  ) -> String? {
    let greatest = constitution.formulas.greatestSeverity
    if opinions[place].critic != constitution.critics[seat].critic {
      return "it was given in the name of another critic"
    }
    if !(0...greatest).contains(opinions[place].severity) { return "its severity lies outside 0…\(greatest)" }
    if !(0...1).contains(opinions[place].confidence) { return "its confidence lies outside 0…1" }
    if opinions[place].concerns.count > findingsLimit || opinions[place].escalations.count > findingsLimit {
      return "it carries more than \(findingsLimit) findings"
    }
    var text = 0
    for concern in opinions[place].concerns {
      if !(0...greatest).contains(concern.severity) { return "a concern's severity lies outside 0…\(greatest)" }
      if concern.clause.utf8.count > clauseLimit { return "the name of a clause has more than \(clauseLimit) bytes" }
      text += concern.rationale.utf8.count
    }
    for escalation in opinions[place].escalations {
      if (escalation.clause?.utf8.count ?? 0) > clauseLimit {
        return "the name of a clause has more than \(clauseLimit) bytes"
      }
      text += escalation.rationale.utf8.count
    }
    return text > textLimit ? "it carries more than \(textLimit) bytes of text" : nil
  }

  /// At most 128 bytes; what is cut within a character is repaired.
  private static func clipped(_ text: String) -> String {
    String(decoding: text.utf8.prefix(128), as: UTF8.self)
  }
}

extension Opinion {
  /// What stands in the place of an answer that breaks the rules: a human is called.
  package static func malformed(_ critic: String, _ fault: String, keeping kept: [Escalation] = []) -> Opinion {
    let call = Escalation(
      critic: critic, clause: nil, tier: .determination,
      rationale: "The critic \(critic) gave an answer that cannot be read: \(fault).")
    return Opinion(
      critic: critic, severity: 0, confidence: 0, escalations: [call] + kept, abstention: .malformed(fault))
  }

  /// The gravest thing in it: an opinion cannot hide a grave concern behind a mild figure of its own.
  package var gravest: Double {
    var gravest = severity
    for place in concerns.indices { gravest = max(gravest, concerns[place].severity) }
    return gravest
  }
}

extension Abstention {
  /// In words, for answers and records.
  package var reason: String {
    switch self {
    case .declined(let why): why
    case .failed(let why): "failed: \(why)"
    case .late(let milliseconds): "gave no answer within \(milliseconds) ms"
    case .hurried(let milliseconds): "gave no answer within the \(milliseconds) ms that whoever asked had left"
    case .cancelled: "cancelled"
    case .malformed(let why): "malformed answer: \(why)"
    case .notAsked: "not asked"
    }
  }

  /// The word by which records name it.
  package var code: String {
    switch self {
    case .declined: "declined"
    case .failed: "failed"
    case .late: "late"
    case .hurried: "hurried"
    case .cancelled: "cancelled"
    case .malformed: "malformed"
    case .notAsked: "not_asked"
    }
  }
}
