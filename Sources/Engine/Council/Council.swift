// The council as it sits: a constitution, and for each seat the critic that fills it. It gathers evidence, hears every
// critic on its own, and hands the sealed opinions to the deliberation. It is immutable; another constitution is another
// council.
import JSON
import Resilience

package final class Council: Sendable {
  /// Who fills a seat.
  enum Occupant: Sendable {
    case critic(any Critic)
    case outside(any OutsideCritic)
    /// The constitution names a critic that this program does not have.
    case nobody
  }

  package let constitution: Constitution
  package let gatherer: any EvidenceGatherer
  let occupants: [Occupant]
  /// Whether any seat is filled by a critic that asks outside.
  package let asksOutside: Bool
  package let clock: any Clock<Duration>
  /// The time that the deadlines of those who ask are held against.
  let time: @Sendable () -> ContinuousClock.Instant
  /// Where the council runs what must not hold up its caller; nil for wherever the runtime likes.
  package let executor: (any TaskExecutor)?

  /// Seats the critics whose names the constitution knows; the others stay out.
  package init(
    _ constitution: Constitution, critics: [any Critic], outside: [any OutsideCritic] = [],
    gatherer: any EvidenceGatherer, clock: any Clock<Duration> = ContinuousClock(),
    time: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, executor: (any TaskExecutor)? = nil
  ) {
    self.constitution = constitution
    self.gatherer = gatherer
    self.clock = clock
    self.time = time
    self.executor = executor
    occupants = constitution.critics.map { charter in
      if let critic = critics.first(where: { $0.name == charter.critic }) { return .critic(critic) }
      if let critic = outside.first(where: { $0.name == charter.critic }) { return .outside(critic) }
      return .nobody
    }
    asksOutside = occupants.contains { if case .outside = $0 { true } else { false } }
  }

  /// From now on, how much time has passed by the council's clock.
  func stopwatch() -> @Sendable () -> Duration {
    func start<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
      let began = clock.now
      return { began.duration(to: clock.now) }
    }
    return start(clock)
  }

  /// Whether anybody fills the seat.
  package func isFilled(_ seat: Int) -> Bool {
    if case .nobody = occupants[seat] { false } else { true }
  }

  /// What is wrong with `options.critics`: names that no seat bears.
  package func faults(inAsked names: [String]) -> FieldErrors {
    var errors = FieldErrors()
    for (index, name) in names.enumerated() where constitution.charter(of: name) == nil {
      let meant = NearestName.suggestion(for: name, among: constitution.critics.lazy.map(\.critic))
      errors.add(
        JSONPointer("options", "critics", "\(index)"),
        "is not a critic of this council" + (meant.map { "; did you mean “\($0)”?" } ?? ""))
    }
    return errors
  }

  /// Decides at once. Seats that ask outside must be answered by `recorded`; else they abstain.
  package func decide(
    _ matter: Case, weights: Weights, precedents: [ConsultedPrecedent] = [], asked: [String]? = nil,
    recorded: [Opinion] = []
  ) -> DecidedCase {
    decide(
      matter, weights: weights, seats: SeatWeights(weights, under: constitution), precedents: precedents, asked: asked,
      recorded: recorded)
  }

  /// The same, with the weights laid out already.
  package func decide(
    _ matter: Case, weights: Weights, seats: SeatWeights, precedents: [ConsultedPrecedent], asked: [String]? = nil,
    recorded: [Opinion] = [], watch: (any DeliberationWatch)? = nil
  ) -> DecidedCase {
    let examination = examination(of: matter, precedents, watch)
    return conclude(examination, answers(examination, asked, recorded, watch), weights, seats, asked, watch)
  }

  /// The decision alone, without what it takes to answer and to record it. `evidence` is what the gatherer gave for the
  /// case, where that is known already.
  package func decision(
    of matter: Case, evidence: Evidence? = nil, seats: SeatWeights, precedents: [ConsultedPrecedent],
    asked: [String]? = nil, recorded: [Opinion] = []
  ) -> (decision: Decision, evidence: Evidence) {
    let evidence = evidence ?? gatherer.gather(matter)
    let examination = Examination(
      matter: matter, evidence: evidence, precedents: precedents, constitution: constitution)
    let decision = Deliberation.decide(
      matter, novelty: evidence.novelty, answers: answers(examination, asked, recorded, nil), precedents: precedents,
      weights: seats, constitution: constitution)
    return (decision, evidence)
  }

  /// What every seat answers by itself or has answered before; whoever would have to be asked abstains.
  private func answers(
    _ examination: Examination, _ asked: [String]?, _ recorded: [Opinion], _ watch: (any DeliberationWatch)?
  ) -> [Opinion] {
    var timer = PartTimer(watch)
    let listener = watch?.listener
    return occupants.indices.map { seat in
      let opinion =
        answer(of: seat, examination, asked, recorded) ?? .abstaining(name(of: seat), .failed("it was not heard"))
      timer.passed(.heard(opinion))
      listener?.tell(opinion, of: seat, under: constitution)
      return opinion
    }
  }

  /// Decides, asking outside critics at the same time, each within its deadline.
  package func deliberate(
    _ matter: Case, weights: Weights, seats: SeatWeights, precedents: [ConsultedPrecedent], asked: [String]? = nil,
    watch: (any DeliberationWatch)? = nil
  ) async -> DecidedCase {
    guard asksOutside else {
      return decide(matter, weights: weights, seats: seats, precedents: precedents, asked: asked, watch: watch)
    }
    let examination = examination(of: matter, precedents, watch)
    let hearing = Hearing(examination, clock: clock, time: time, executor: executor, watch: watch)
    // The tasks that ask inherit the carrier.
    TraceCarrier.$current.withValue(watch?.carrier) {
      for seat in occupants.indices where isAsked(seat, asked) {
        if case .outside(let critic) = occupants[seat] {
          hearing.call(critic, seat: seat, charter: constitution.critics[seat])
        }
      }
    }
    var timer = PartTimer(watch)
    let listener = watch?.listener
    var answers: [Opinion?] = occupants.indices.map { seat in
      let opinion = answer(of: seat, examination, asked, [])
      if let opinion {
        timer.passed(.heard(opinion))
        listener?.tell(opinion, of: seat, under: constitution)
      }
      return opinion
    }
    for (seat, opinion) in await hearing.close() { answers[seat] = opinion }
    let heard = answers.enumerated().map { seat, opinion in
      opinion ?? .abstaining(name(of: seat), .failed("it was not heard"))
    }
    return conclude(examination, heard, weights, seats, asked, watch)
  }

  private func examination(
    of matter: Case, _ precedents: [ConsultedPrecedent], _ watch: (any DeliberationWatch)?
  ) -> Examination {
    var timer = PartTimer(watch)
    let evidence = gatherer.gather(matter)
    timer.passed(.evidence(signals: evidence.signals.count))
    watch?.listener?.reached(.evidence(evidence))
    return Examination(matter: matter, evidence: evidence, precedents: precedents, constitution: constitution)
  }

  private func name(of seat: Int) -> String { constitution.critics[seat].critic }

  /// A required critic is asked whatever the poster chose.
  private func isAsked(_ seat: Int, _ asked: [String]?) -> Bool {
    guard let asked else { return true }
    return constitution.critics[seat].required || asked.contains(name(of: seat))
  }

  /// Whether a seat is asked that asks outside.
  func asksOutside(_ asked: [String]?) -> Bool {
    asksOutside
      && occupants.indices.contains { seat in
        if case .outside = occupants[seat] { isAsked(seat, asked) } else { false }
      }
  }

  /// How long the critics that are asked outside may take; zero where none is.
  func timeOutside(_ asked: [String]?) -> Duration {
    guard asksOutside else { return .zero }
    return occupants.indices.reduce(.zero) { longest, seat in
      guard case .outside = occupants[seat], isAsked(seat, asked) else { return longest }
      return max(longest, .milliseconds(constitution.critics[seat].deadlineMilliseconds))
    }
  }

  /// What a seat answers by itself; nil where it must be asked outside.
  private func answer(
    of seat: Int, _ examination: Examination, _ asked: [String]?, _ recorded: [Opinion]
  ) -> Opinion? {
    let name = name(of: seat)
    if !isAsked(seat, asked) { return .abstaining(name, .notAsked) }
    for opinion in recorded where opinion.critic == name { return opinion }
    switch occupants[seat] {
    case .critic(let critic):
      do throws(CriticFailure) {
        return try critic.examine(examination, under: constitution.critics[seat])
      } catch {
        return .abstaining(name, .failed(error.reason))
      }
    case .outside: return nil
    case .nobody: return .abstaining(name, .failed("no critic of this name is installed"))
    }
  }

  func conclude(
    _ examination: Examination, _ answers: [Opinion], _ weights: Weights, _ seats: SeatWeights, _ asked: [String]?,
    _ watch: (any DeliberationWatch)?
  ) -> DecidedCase {
    let decision = Deliberation.decide(
      examination.matter, novelty: examination.evidence.novelty, answers: answers, precedents: examination.precedents,
      weights: seats, constitution: constitution, watch: watch?.wantsDetail == true ? watch : nil)
    return DecidedCase(
      decision: decision, evidence: examination.evidence, governed: weights, asked: asked,
      recorded: recorded(of: decision.opinions.bySeat))
  }

  /// What came from outside, or failed to come.
  private func recorded(of opinions: [Opinion]) -> [Opinion] {
    var recorded: [Opinion] = []
    for seat in opinions.indices where asksOutside || opinions[seat].abstention != nil {
      if case .outside = occupants[seat] {
        if opinions[seat].abstention != .notAsked { recorded.append(opinions[seat]) }
      } else if opinions[seat].abstention?.isFailure == true {
        recorded.append(opinions[seat])
      }
    }
    return recorded
  }
}

extension DeliberationPart {
  static func heard(_ opinion: Opinion, isOutside: Bool = false) -> DeliberationPart {
    .critic(opinion.critic, severity: opinion.severity, abstention: opinion.abstention, isOutside: isOutside)
  }
}

extension Abstention {
  /// Whether something went wrong, so that asking again might give another answer.
  package var isFailure: Bool {
    switch self {
    case .failed, .late, .hurried, .cancelled, .malformed: true
    case .declined, .notAsked: false
    }
  }
}
