// What the program makes of one row: every detector's strength, every critic's severity, and the verdict.
import Engine
import JSON

package struct RowScores: Sendable {
  /// In the order of `RowExaminer.detectors`.
  package let detectors: [Float]
  /// In the order of the constitution's seats.
  package let critics: [Float]
  package let verdict: Verdict
  /// What ranks rows for the label `verdict`: the verdict first, then the gravest severity.
  package let rank: Float
}

package final class RowExaminer: Sendable {
  package let detectors: [String]
  package let critics: [String]
  private let constitution: Constitution
  private let occupants: [any Critic]
  private let gatherer: any EvidenceGatherer
  private let weights: SeatWeights
  /// Where each label's score stands.
  private let places: [String: Place]

  enum Place: Sendable { case detector(Int), critic(Int), verdict }

  /// `critics` fill the seats of the same names; a seat that nobody fills abstains, as a remote critic does here.
  package init(_ constitution: Constitution, critics: [any Critic], gatherer: any EvidenceGatherer) {
    self.constitution = constitution
    self.gatherer = gatherer
    detectors = gatherer.detectors
    self.critics = constitution.critics.map(\.critic)
    occupants = constitution.critics.map { charter in
      critics.first { $0.name == charter.critic } ?? SilentCritic(name: charter.critic)
    }
    weights = SeatWeights(Weights(of: constitution), under: constitution)
    var places: [String: Place] = ["verdict": .verdict]
    for (index, name) in detectors.enumerated() { places[name] = .detector(index) }
    for (index, name) in self.critics.enumerated() { places[name] = .critic(index) }
    self.places = places
  }

  /// Every name that a label may bear.
  package var labels: [String] { critics + detectors + ["verdict"] }

  package func knows(_ label: String) -> Bool { places[label] != nil }

  /// The nearest known name to a misspelt label.
  package func suggestion(for label: String) -> String? { NearestName.suggestion(for: label, among: labels) }

  /// The score from which a row counts as positive for a label.
  package func threshold(of label: String) -> Float {
    switch places[label] {
    case .critic: Float(constitution.grading.escalatesFrom)
    case .verdict: Float(Verdict.allowWithConstraints.strictness * 4)
    case .detector, nil: 0.5
    }
  }

  package func score(of label: String, in scores: RowScores) -> Float? {
    switch places[label] {
    case .detector(let index): scores.detectors[index]
    case .critic(let index): scores.critics[index]
    case .verdict: scores.rank
    case nil: nil
    }
  }

  package func examine(_ matter: Case) -> RowScores {
    let evidence = gatherer.gather(matter)
    let examination = Examination(matter: matter, evidence: evidence, constitution: constitution)
    var answers: [Opinion] = []
    answers.reserveCapacity(occupants.count)
    var gravest = 0.0
    for seat in occupants.indices {
      do throws(CriticFailure) {
        answers.append(try occupants[seat].examine(examination, under: constitution.critics[seat]))
      } catch {
        answers.append(.abstaining(critics[seat], .failed(error.reason)))
      }
      gravest = max(gravest, answers[seat].severity)
    }
    let decision = Deliberation.decide(
      matter, novelty: evidence.novelty, answers: answers, weights: weights, constitution: constitution)
    var strengths = [Float](repeating: 0, count: detectors.count)
    for signal in evidence.signals {
      guard case .detector(let place) = places[signal.detector] else { continue }
      strengths[place] = max(strengths[place], Float(signal.strength))
    }
    return RowScores(
      detectors: strengths, critics: answers.map { Float($0.severity) },
      verdict: decision.verdict, rank: Float(Double(decision.verdict.strictness) * 4 + gravest))
  }
}

/// A seat that is not filled while evaluating.
private struct SilentCritic: Critic {
  let name: String

  func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
    .abstaining(name, .notAsked)
  }
}
