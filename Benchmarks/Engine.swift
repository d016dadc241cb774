// The engine in one process: a case of 1 KB decided anew and from memory, in batches and in previews.
import Cache
import Critics
import Crypto
import Engine
import Evidence
import Foundation
import JSON
import Net

extension Suite {
  static let engine = Suite(name: "engine") {
    try EngineBenchmark.run()
    try PrecedentBenchmark.run()
  }
}

enum EngineBenchmark {
  /// A case of about 1 KB with a few facts and plain text.
  static func text(_ number: Int) -> [UInt8] {
    let body =
      "Please transfer the remaining balance of account \(number) to the savings account named in the enclosed form and "
      + "confirm to the customer by letter. The customer asked for this by telephone on Monday and was identified by the "
      + "usual questions. No fee applies. If the form is incomplete, put the order aside and ask the branch to call back; "
      + "do not guess. The order is due by the end of the week, and the branch has been told. The account stays open."
    return Array(
      """
      {"kind": "tool_call", "action": "transfer_balance", "input": {"instruction": "\(body)", "order": \(number)},
       "output": "The order is entered and waits for the branch to confirm the form of the customer before it is executed.",
       "context": {"domain": "banking", "impact": "moderate", "reversible": true, "rollback": "reverse the transfer",
        "affected_persons": 1, "consent": "given", "contestable": true, "appeal_channel": "branch office",
        "accountable": {"name": "A. Muster", "role": "branch manager"}, "explanation_available": true,
        "environment": "production", "amount": {"value": 1200.5, "currency": "EUR"}},
       "actor": "agent-7", "subject": "customer-\(number)", "tags": ["payments"]}
      """.utf8)
  }

  static func run() throws {
    let constitution = BuiltInConstitution.constitution
    let council = Council(
      constitution, critics: constitution.critics.map { Bench.critic(for: $0) }, gatherer: OnePassGatherer())
    let sitting = Sitting(council: council, weights: Weights(of: constitution), precedents: NoPrecedents())
    let posted = text(1)
    let matter = try Case.decode(posted)
    let decided = sitting.decide(matter)
    print(
      "\ncase of \(posted.count) bytes: \(decided.decision.verdict.rawValue), answer of \(decided.answer.bytes.count) bytes"
    )

    let opinions = decided.decision.opinions.bySeat
    let evidence = council.gatherer.gather(matter)
    let alone = measure(
      [
        Contender(name: "decide uncached (evidence, critics, answer)") { count in
          (0..<count).reduce(0) { sum, _ in sum &+ sitting.decide(matter).answer.bytes.count }
        },
        Contender(name: "  evidence") { count in
          (0..<count).reduce(0) { sum, _ in sum &+ council.gatherer.gather(matter).signals.count }
        },
        Contender(name: "  weighing, ruling and words") { count in
          (0..<count).reduce(0) { sum, _ in
            sum
              &+ Deliberation.decide(
                matter, novelty: evidence.novelty, answers: opinions, weights: sitting.seats, constitution: constitution
              ).constraints.count
          }
        },
        Contender(name: "  the answer's bytes") { count in
          (0..<count).reduce(0) { sum, _ in sum &+ DecidedAnswer(decided.decision).bytes.count }
        },
        Contender(name: "  read the case, with canonical form and hash") { count in
          (0..<count).reduce(0) { sum, _ in sum &+ ((try? Case.decode(posted))?.canonical.count ?? 0) }
        },
      ])
    report("one case, one core", alone)

    let memory = BoundedCache<Digest, DecidedCase>(byteLimit: 64 << 20)
    memory.insert(decided, for: sitting.key(of: matter, asked: nil), cost: decided.footprint, expires: .max)
    var writer = JSONWriter(capacity: 8192)
    let answered = Answered(
      id: "dlb_1", trace: "4bf92f3577b34da6a3ce929d0e0e4736", decided: decided, review: nil, cache: .hit, permit: nil,
      receipt: nil, options: DeliberationOptions())
    let remembered = measure(
      [
        Contender(name: "key, lookup, whole answer written") { count in
          var sum = 0
          for _ in 0..<count {
            guard let found = memory.value(for: sitting.key(of: matter, asked: nil), at: 0) else { continue }
            writer.removeAll()
            answered.write(to: &writer)
            sum &+= writer.count &+ found.answer.bytes.count
          }
          return sum
        },
        Contender(name: "the same, from the posted bytes") { count in
          var sum = 0
          for _ in 0..<count {
            guard let read = try? Case.decode(posted),
              let found = memory.value(for: sitting.key(of: read, asked: nil), at: 0)
            else { continue }
            writer.removeAll()
            answered.write(to: &writer)
            sum &+= writer.count &+ found.answer.bytes.count
          }
          return sum
        },
      ])
    report("the same case from memory", remembered)

    let cases = try (0..<1000).map { try Case.decode(text($0)) }
    let past = cases.map { matter in
      PastCase(
        id: "dlb", record: DecisionRecord(matter: matter, constitution: "", weights: sitting.weights, answer: []))
    }
    let proposed = sitting.proposing(["risk": 2.5])
    let otherCouncil = sitting.proposing(
      Council(
        constitution, critics: constitution.critics.map { Bench.critic(for: $0) }, gatherer: OnePassGatherer()))
    let kilobyte = [UInt8](repeating: 7, count: 1024)
    let thousands = measure(
      [
        Contender(name: "batch") { count in waiting(count) { await sitting.decideAll(cases).count } },
        Contender(name: "preview of other weights") { count in
          waiting(count) { await Preview(from: sitting, to: proposed).run(past).evaluated }
        },
        Contender(name: "preview of another constitution") { count in
          waiting(count) { await Preview(from: sitting, to: otherCouncil).run(past).evaluated }
        },
        Contender(name: "batch, on one core") { count in
          (0..<count).reduce(0) { sum, _ in cases.reduce(sum) { $0 &+ sitting.decide($1).answer.bytes.count } }
        },
        Contender(name: "a thousand SHA-256 of 1 KB, one core") { count in
          (0..<count * 1000).reduce(0) { sum, _ in sum &+ Int(SHA256.digest(kilobyte).bytes[0]) }
        },
      ], rounds: 5, seconds: 0.3)
    report("a thousand different cases at once, all cores (figures for the thousand)", thousands)
    let pace = thousands[4].nanoseconds / 570_000
    print(
      "  SHA-256 of 1 KB takes \(String(format: "%.2f", pace)) of the 0.57 µs of the reference machine; cases a second:"
    )
    for (each, least) in zip(thousands, [40_000.0, 20_000, 20_000]) {
      let rate = 1e12 / each.nanoseconds
      verdict(
        String(
          format: "%@ %.0f, on the reference %.0f (%.0f asked)",
          each.name.padding(toLength: 34, withPad: " ", startingAt: 0), rate, rate * pace, least), rate * pace >= least)
    }
    verdict("a deliberation uncached in 40 µs, on the reference", alone[0].nanoseconds / pace <= 40_000)
    verdict("one from memory in 3 µs, on the reference", remembered[0].nanoseconds / pace <= 3_000)
    try lateness(matter, sitting, past)
  }

  /// How long after its budget an answer is there whose outside critic never answers, on an event loop as in the service:
  /// with idle cores, and beside previews.
  private static func lateness(_ matter: Case, _ sitting: Sitting, _ past: [PastCase]) throws {
    struct Silent: OutsideCritic {
      let name = "silent"
      func examine(_ examination: Examination, under charter: Charter) async throws(CriticFailure) -> Opinion {
        try? await Task.sleep(for: .seconds(60))
        throw CriticFailure("woken")
      }
    }
    let loops = try EventLoopGroup(count: 1)
    defer { loops.stop() }
    let loop = loops.loops[0]
    let budget = 20
    var constitution = sitting.constitution
    var charter = Charter(critic: "silent", principle: .truth)
    charter.deadlineMilliseconds = budget
    constitution.critics.append(charter)
    let council = Council(
      constitution, critics: sitting.constitution.critics.map { Bench.critic(for: $0) }, outside: [Silent()],
      gatherer: OnePassGatherer())
    let waitingSitting = Sitting(
      council: council, weights: Weights(of: constitution), precedents: NoPrecedents())
    print("\nbeyond a budget of \(budget) ms, a critic that never answers (at most 5 ms asked)")
    for isBusy in [false, true] {
      let load = Task.detached {
        while isBusy && !Task.isCancelled {
          _ = await Preview(from: sitting, to: sitting).run(past + past + past + past)
        }
      }
      let samples = Samples()
      _ = waiting(60, on: loop) {
        let began = ContinuousClock().now
        _ = await waitingSitting.decideAll([matter])
        let late = (ContinuousClock().now - began) / .milliseconds(1) - Double(budget)
        samples.milliseconds.append(late)
        return 0
      }
      load.cancel()
      let sorted = samples.milliseconds.sorted()
      print(
        String(
          format: "  %@ p50 %.2f ms  p95 %.2f ms  max %.2f ms",
          isBusy ? "beside previews on all cores" : "idle cores                  ",
          sorted[sorted.count / 2], sorted[sorted.count * 95 / 100], sorted.last ?? 0))
      verdict("at most 5 ms late", (sorted.last ?? 0) <= 5)
    }
  }

  /// Written by one task at a time, and read when it is done.
  private final class Samples: @unchecked Sendable {
    var milliseconds: [Double] = []
  }

  /// Runs asynchronous work from synchronous code: the benchmark's own thread waits.
  private static func waiting(
    _ count: Int, on executor: (any TaskExecutor)? = nil, _ work: @escaping @Sendable () async -> Int
  ) -> Int {
    let box = Box()
    let done = DispatchSemaphore(value: 0)
    Task.detached(executorPreference: executor) {
      var sum = 0
      for _ in 0..<count { sum &+= await work() }
      box.value = sum
      done.signal()
    }
    done.wait()
    return box.value
  }

  /// Written before the semaphore is signalled and read after it was waited for, so never at the same time.
  private final class Box: @unchecked Sendable {
    var value = 0
  }
}
