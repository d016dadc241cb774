// Before opinions are compared they are sealed: put in the order of the seats, one for each, and held to the rules of an
// opinion. An answer that breaks the rules is not mended; it becomes an abstention, and a human is called.

/// One opinion for each seat of the constitution, in its order.
package struct SealedOpinions: Sendable, Hashable {
  package let bySeat: [Opinion]

  /// The most concerns and escalations, and the most bytes of text, that one opinion may carry.
  package static let findingsLimit = 64
  package static let textLimit = 16_384

  /// `answers` holds what each seat answered, in the order of the seats.
  package init(_ answers: [Opinion], under constitution: Constitution) {
    precondition(answers.count == constitution.critics.count, "one opinion for each seat")
    let greatest = constitution.formulas.greatestSeverity
    var sealed: [Opinion] = []
    sealed.reserveCapacity(answers.count)
    for (seat, opinion) in answers.enumerated() {
      sealed.append(SealedOpinions.seal(opinion, constitution.critics[seat].critic, greatest))
    }
    bySeat = sealed
  }

  private static func seal(_ opinion: Opinion, _ critic: String, _ greatest: Double) -> Opinion {
    guard let fault = fault(in: opinion, critic, greatest) else { return opinion }
    let kept = opinion.escalations.prefix(findingsLimit).map {
      Escalation(critic: critic, clause: $0.clause, tier: $0.tier, rationale: clipped($0.rationale))
    }
    let call = Escalation(
      critic: critic, clause: nil, tier: .determination,
      rationale: "The critic \(critic) gave an answer that cannot be read: \(fault).")
    return Opinion(
      critic: critic, severity: 0, confidence: 0, escalations: [call] + kept, abstention: .malformed(fault))
  }

  /// What is wrong with an opinion, or nil.
  private static func fault(in opinion: Opinion, _ critic: String, _ greatest: Double) -> String? {
    if opinion.critic != critic { return "it was given in the name of another critic" }
    if !(0...greatest).contains(opinion.severity) { return "its severity lies outside 0…\(greatest)" }
    if !(0...1).contains(opinion.confidence) { return "its confidence lies outside 0…1" }
    if opinion.concerns.count > findingsLimit || opinion.escalations.count > findingsLimit {
      return "it carries more than \(findingsLimit) findings"
    }
    var text = 0
    for concern in opinion.concerns {
      if !(0...greatest).contains(concern.severity) { return "a concern's severity lies outside 0…\(greatest)" }
      text += concern.rationale.utf8.count
    }
    for escalation in opinion.escalations { text += escalation.rationale.utf8.count }
    return text > textLimit ? "it carries more than \(textLimit) bytes of text" : nil
  }

  private static func clipped(_ text: String) -> String {
    text.utf8.count <= 512 ? text : String(text.prefix(256))
  }
}

extension Opinion {
  /// The gravest thing in it: an opinion cannot hide a grave concern behind a mild figure of its own.
  package var gravest: Double {
    var gravest = severity
    for concern in concerns where concern.severity > gravest { gravest = concern.severity }
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
    case .cancelled: "cancelled"
    case .malformed: "malformed"
    case .notAsked: "not_asked"
    }
  }
}
