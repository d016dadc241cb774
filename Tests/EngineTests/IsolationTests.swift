// Isolation where critics ask outside: whoever is slow, fails, lies, hangs or hears nothing, every other says what it says
// alone. Time is simulated, so that thousands of councils can be heard.
import Testing

@testable import Engine

@Suite("Isolation of outside critics")
struct IsolationTests {
  @Test("1: a critic's opinion is the same whoever sits beside it, and however slow, broken or deaf they are")
  func isolation() {
    forAll(runs: 10_000, MixedBench.generate) { bench in
      let full = bench.hear()
      let others = bench.withOtherManners.hear()
      for (seat, witness) in bench.witnesses.enumerated() {
        let own = full[bench.inside + seat]
        if own != witness.expected(of: bench.toy.matter) { return "\(witness) answers \(own)" }
        if own != bench.keeping(seat).hear().last { return "\(witness.name) changed when it sat alone" }
        var mixed = bench.withOtherManners
        mixed.witnesses[seat] = witness
        if own != mixed.hear()[bench.inside + seat] { return "\(witness.name) changed when the others did" }
      }
      for seat in 0..<bench.inside where full[seat] != others[seat] {
        return "\(full[seat].critic) changed when those outside did"
      }
      return Array(full.prefix(bench.inside)) == bench.withoutWitnesses.hear() ? nil : "those inside changed"
    }
  }
}

/// An outside critic with a manner of its own; what it says follows from the case alone.
struct MannerlyWitness: OutsideCritic, CustomStringConvertible {
  enum Manner: CaseIterable { case answers, fails, lies, hangs, hangsDeaf }

  var name: String
  var manner: Manner
  /// Odd, where deadlines are even: it is never a tie.
  var delay: Int
  var deadline: Int
  var clock = SimulatedClock()
  var weather = Weather()

  private func opinion(of matter: Case) -> Opinion {
    if manner == .lies { return Opinion(critic: name, severity: .infinity, confidence: 1) }
    return Opinion(critic: name, severity: Double(matter.canonical.count % 4) / 2, confidence: 0.7)
  }

  /// What it comes to, whoever else is heard.
  func expected(of matter: Case) -> Opinion {
    if delay > deadline || manner == .hangs || manner == .hangsDeaf {
      return .abstaining(name, .late(milliseconds: deadline))
    }
    switch manner {
    case .fails: return .abstaining(name, .failed("connection refused"))
    case .lies:
      return .malformed(name, "its severity lies outside 0…\(Toy.constitution.formulas.greatestSeverity)")
    default: return opinion(of: matter)
    }
  }

  func examine(_ examination: Examination, under charter: Charter) async throws(CriticFailure) -> Opinion {
    if manner == .hangsDeaf { await weather.sleepDeaf() }
    do {
      try await clock.sleep(for: manner == .hangs ? .seconds(3600) : .milliseconds(delay))
    } catch { throw CriticFailure("cancelled") }
    if manner == .fails { throw CriticFailure("connection refused") }
    return opinion(of: examination.matter)
  }

  var description: String { "\(name) that \(manner) after \(delay) of \(deadline) ms" }
}

/// A case before critics inside and outside.
struct MixedBench: Shrinkable, CustomStringConvertible {
  var toy: ToyCase
  var witnesses: [MannerlyWitness]
  var otherManners: [MannerlyWitness.Manner]
  /// The order in which jobs run.
  var order: UInt64

  let inside = Toy.constitution.critics.count

  static func generate(_ random: inout Randomness) -> MixedBench {
    let witnesses = (0..<(1 + random.below(3))).map { number in
      MannerlyWitness(
        name: "witness\(number)", manner: random.pick(MannerlyWitness.Manner.allCases),
        delay: 1 + 2 * random.below(12), deadline: 2 + 2 * random.below(12))
    }
    return MixedBench(
      toy: ToyCase.generate(&random), witnesses: witnesses,
      otherManners: witnesses.map { _ in random.pick(MannerlyWitness.Manner.allCases) }, order: random.next())
  }

  /// What each seat says, those inside first.
  func hear() -> [Opinion] {
    let (thread, clock, weather) = (OneThread(), SimulatedClock(), Weather())
    var random = Randomness(seed: order)
    var constitution = Toy.constitution
    for witness in witnesses {
      var charter = Charter(critic: witness.name, principle: .truth)
      charter.deadlineMilliseconds = witness.deadline
      constitution.critics.append(charter)
    }
    let council = Council(
      constitution, critics: Toy.critics,
      outside: witnesses.map {
        var witness = $0
        (witness.clock, witness.weather) = (clock, weather)
        return witness
      }, gatherer: WordGatherer(), clock: clock, executor: thread)
    let (matter, weights) = (toy.matter, Weights(of: constitution))
    let answer = thread.result(
      meanwhile: { if let alarm = clock.nextAlarm { clock.pass(to: alarm) } }, running: { $0.runAll(&random) }
    ) {
      await council.deliberate(
        matter, weights: weights, seats: SeatWeights(weights, under: constitution), precedents: [])
    }
    weather.wakeTheDeaf()
    thread.runAll(&random)
    while let alarm = clock.nextAlarm {
      clock.pass(to: alarm)
      thread.runAll(&random)
    }
    return answer.map { Array($0.decision.opinions.bySeat) } ?? []
  }

  var withOtherManners: MixedBench {
    var copy = self
    for (seat, manner) in otherManners.enumerated() { copy.witnesses[seat].manner = manner }
    return copy
  }

  func keeping(_ seat: Int) -> MixedBench {
    var copy = self
    copy.witnesses = [witnesses[seat]]
    return copy
  }

  var withoutWitnesses: MixedBench {
    var copy = self
    copy.witnesses = []
    return copy
  }

  var simpler: [MixedBench] {
    var simpler: [MixedBench] = []
    func add(_ change: (inout MixedBench) -> Void) {
      var copy = self
      change(&copy)
      simpler.append(copy)
    }
    for each in toy.simpler { add { $0.toy = each } }
    for seat in witnesses.indices {
      if witnesses.count > 1 {
        add {
          $0.witnesses.remove(at: seat)
          $0.otherManners.remove(at: seat)
        }
      }
      if otherManners[seat] != witnesses[seat].manner { add { $0.otherManners[seat] = witnesses[seat].manner } }
      if witnesses[seat].delay > 1 { add { $0.witnesses[seat].delay = 1 } }
    }
    if order != 0 { add { $0.order = 0 } }
    return simpler
  }

  var description: String { "\(toy), \(witnesses), otherwise \(otherManners), order \(order)" }
}
