// Many cases at once: equal ones are decided once, the work is shared across cores, and the order is kept.
import Crypto
import JSON
import Ledger

extension Sitting {
  /// Cases that a worker decides before it lets others have its core.
  static let chunk = 16

  /// Decides every case, in order. Equal cases share one decision.
  package func decideAll(
    _ cases: [Case], asked: [String]? = nil, watch: (any DeliberationWatch)? = nil
  ) async -> [DecidedCase] {
    var first: [Digest: Int] = [:]
    var distinct: [Case] = []
    let places = cases.map { matter in
      if let place = first[matter.hash] { return place }
      first[matter.hash] = distinct.count
      distinct.append(matter)
      return distinct.count - 1
    }
    let decided =
      council.asksOutside ? await decideOutside(distinct, asked, watch) : await decideInside(distinct, asked, watch)
    return places.map { decided[$0] }
  }

  private func decideInside(
    _ cases: [Case], _ asked: [String]?, _ watch: (any DeliberationWatch)?
  ) async -> [DecidedCase] {
    await SharedWork(cases.count, piece: Sitting.chunk, on: council.executor).run { range in
      cases[range].map { self.decide($0, asked: asked, watch: watch) }
    }.flatMap { $0 }
  }

  /// As many cases at once as those outside can bear, which is learnt on the way.
  private func decideOutside(
    _ cases: [Case], _ asked: [String]?, _ watch: (any DeliberationWatch)?
  ) async -> [DecidedCase] {
    var pace = OutsidePace()
    var decided: [DecidedCase] = []
    decided.reserveCapacity(cases.count)
    let clock = ContinuousClock()
    while decided.count < cases.count {
      let group = cases[decided.count..<min(decided.count + pace.size, cases.count)]
      let began = clock.now
      let part = await withTaskGroup(of: (Int, DecidedCase).self) { tasks in
        for (place, matter) in zip(group.indices, group) {
          tasks.addTask { (place, await self.deliberate(matter, asked: asked, watch: watch)) }
        }
        return await tasks.reduce(into: [(Int, DecidedCase)]()) { $0.append($1) }
      }
      decided += part.sorted { $0.0 < $1.0 }.map(\.1)
      pace.learn(
        size: group.count, failures: part.count { !$0.1.isSettled },
        milliseconds: Double((clock.now - began) / .milliseconds(1)))
    }
    return decided
  }
}

/// How many cases are put to outside critics at once: one more while they keep up, half as many when they fail or slow down.
package struct OutsidePace: Sendable, Hashable {
  package static let most = 256

  package private(set) var size = 8
  /// The quickest group so far.
  private var best: Double?

  package init() {}

  package mutating func learn(size taken: Int, failures: Int, milliseconds: Double) {
    let quickest = min(best ?? milliseconds, milliseconds)
    best = quickest
    if failures * 10 > taken || milliseconds > 4 * quickest + 10 {
      size = max(1, size / 2)
    } else if taken == size {
      size = min(OutsidePace.most, size + max(1, size / 4))
    }
  }
}

extension Proceedings {
  /// Decides and records a batch. Results stand in the order of the requests; one that fails is an error in its place.
  /// `ids` names the deliberations, for a caller who must not do a thing twice.
  package func deliberateAll(
    _ requests: [DeliberationRequest], by caller: String, trace: String?, ids: [String]? = nil,
    watch: (any DeliberationWatch)? = nil
  ) async -> [Result<Answered, DeliberationRefusal>] {
    let watch = watch ?? settings.watch
    let sitting = sitting
    var timer = PartTimer(watch)
    let decisions = await decideAll(requests, sitting)
    timer.passed(.batch(cases: requests.count))
    var results: [Result<Answered, DeliberationRefusal>?] = decisions.map { _ in nil }
    var drafts: [(place: Int, draft: EntryDraft, review: ReviewOpening?)] = []
    for (place, decision) in decisions.enumerated() {
      switch decision {
      case .failure(let refusal): results[place] = .failure(refusal)
      case .success(let (decided, state)):
        let id = ids?[place] ?? surroundings.identifier("dlb_")
        if requests[place].options.dryRun {
          results[place] = .success(
            Answered(
              id: id, trace: trace, decided: decided, review: nil, cache: state, permit: nil, receipt: nil,
              options: requests[place].options))
          continue
        }
        let (draft, review) = entry(of: decided, state, id: id, by: caller, trace: trace)
        drafts.append((place, draft, review))
      }
    }
    let proof = requests.contains { $0.options.receipt == .proof }
    let receipts = await recorder.appendAll(drafts.map(\.draft), receipt: proof ? .proof : .index)
    timer.passed(.ledger(entries: drafts.count))
    for (written, receipt) in zip(drafts, receipts) {
      results[written.place] = Result { () throws(DeliberationRefusal) in
        guard case .success(let (decided, state)) = decisions[written.place] else { throw .notRecorded(.closed) }
        switch receipt {
        case .failure(let error): throw .notRecorded(error)
        case .success(let receipt):
          guard receipt.isFirst else { throw .identifierTaken(receipt) }
          return try conclude(
            Found(decided: decided, state: state), requests[written.place].options, written.draft, written.review,
            receipt)
        }
      }
    }
    for (place, result) in results.enumerated() {
      guard case .success(let answered)? = result else { continue }
      settings.answered?(answered, caller)
      watch?.concluded(answered)
      if answered.options.explain { results[place] = .success(await answered.explained(by: sitting.council)) }
    }
    return results.map { $0 ?? .failure(.notRecorded(.outcomeUnknown)) }
  }

  /// Every decision from the cache where it may be; the others decided together, by the critics asked.
  private func decideAll(
    _ requests: [DeliberationRequest], _ sitting: Sitting
  ) async -> [Result<(DecidedCase, Answered.CacheState), DeliberationRefusal>] {
    var decisions: [Result<(DecidedCase, Answered.CacheState), DeliberationRefusal>?] = requests.map { _ in nil }
    var open: [[String]?: [Int]] = [:]
    for (place, request) in requests.enumerated() {
      let errors = sitting.council.faults(inAsked: request.options.critics ?? [])
      if !errors.isEmpty {
        decisions[place] = .failure(.invalid(errors))
      } else if request.options.caching == .standard,
        let decided = cached(sitting.key(of: request.matter, asked: request.options.critics))
      {
        decisions[place] = .success((decided, .hit))
      } else {
        open[request.options.critics, default: []].append(place)
      }
    }
    for (asked, places) in open {
      let decided = await sitting.decideAll(
        places.map { requests[$0].matter }, asked: asked, watch: settings.watch)
      var seen: Set<Digest> = []
      for (place, one) in zip(places, decided) {
        if requests[place].options.caching == .bypass {
          decisions[place] = .success((one, .bypass))
          continue
        }
        let isFirst = seen.insert(one.decision.matter.hash).inserted
        if isFirst { keep(one, sitting.key(of: one.decision.matter, asked: asked)) }
        decisions[place] = .success((one, isFirst ? .miss : .hit))
      }
    }
    return decisions.map { $0 ?? .failure(.notRecorded(.outcomeUnknown)) }
  }
}
