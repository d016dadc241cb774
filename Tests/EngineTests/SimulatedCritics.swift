// The critics of a simulated service: they judge by clause on good days, and fail, hang and lie on others.
import Locking

@testable import Engine

/// What happens to critics next; shared with the parts that act it out.
final class Weather: Sendable {
  enum Mood: CaseIterable { case sound, fails, hangs, hangsDeaf, liesOnFigures, liesOnItsName, hasAWhim }

  private let moods = Locked<[String: Mood]>([:])
  private let deaf = Locked<[UnsafeContinuation<Void, Never>]>([])

  func mood(of critic: String) -> Mood { moods.withLock { $0[critic] ?? .sound } }
  func set(_ mood: Mood, of critic: String) { moods.withLock { $0[critic] = mood } }

  /// Waits until the world ends, whoever calls.
  func sleepDeaf() async {
    await withUnsafeContinuation { continuation in deaf.withLock { $0.append(continuation) } }
  }

  /// Whether everybody is sound.
  var isClear: Bool { moods.withLock { $0.values.allSatisfy { $0 == .sound } } }

  /// The sky clears: everybody is sound, and who was deaf wakes.
  func clear() {
    moods.withLock { $0 = [:] }
    wakeTheDeaf()
  }

  func wakeTheDeaf() {
    let waiting = deaf.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// A critic that judges by clause on good days, and fails or lies on others.
struct MoodyCritic: Critic {
  let name: String
  let weather: Weather

  func examine(_ examination: borrowing Examination, under charter: Charter) throws(CriticFailure) -> Opinion {
    switch weather.mood(of: name) {
    case .fails, .hangs, .hangsDeaf: throw CriticFailure("out of order")
    case .liesOnFigures: return Opinion(critic: name, severity: .nan, confidence: 1)
    case .liesOnItsName: return Opinion(critic: "another", severity: 0, confidence: 1)
    case .hasAWhim:
      return Opinion(
        critic: name, severity: 0, confidence: 1,
        escalations: [Escalation(critic: name, clause: "X", tier: .acknowledgment, rationale: "a whim")])
    case .sound: return try ClauseCritic(name: name).examine(examination, under: charter)
    }
  }
}

/// An outside critic that answers at once or after a while, fails, or never answers.
struct MoodyWitness: OutsideCritic {
  let name: String
  let weather: Weather
  let clock: SimulatedClock

  func examine(_ examination: Examination, under charter: Charter) async throws(CriticFailure) -> Opinion {
    switch weather.mood(of: name) {
    case .fails: throw CriticFailure("connection refused")
    case .hangs:
      do { try await clock.sleep(for: .seconds(3600)) } catch { throw CriticFailure("cancelled") }
      throw CriticFailure("never")
    case .hangsDeaf:
      await weather.sleepDeaf()
      throw CriticFailure("never")
    case .liesOnFigures: return Opinion(critic: name, severity: 99, confidence: 1)
    case .liesOnItsName: return Opinion(critic: "rights", severity: 0, confidence: 1)
    case .sound, .hasAWhim:
      do { try await clock.sleep(for: .milliseconds(3)) } catch { throw CriticFailure("cancelled") }
      return Opinion(critic: name, severity: 0.5, confidence: 0.8)
    }
  }
}
