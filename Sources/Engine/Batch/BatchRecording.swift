// A batch on its way: decided and handed to the ledger first, concluded when it is on disk. Between the two the next batch
// can be decided, so that no core waits for the disk; entries stand in the order in which batches were begun. Whatever is
// done for each case alone is shared across the cores.
import Crypto
import Ledger

/// A batch that the ledger has been given and that nobody has been answered for yet. Whoever began it concludes it, also
/// where the answers reach nobody any more: a review opens when it is concluded.
package struct BatchUnderWay: Sendable {
  fileprivate struct Draft: Sendable {
    let place: Int
    let ready: ReadyDraft
    let review: ReviewOpening?
  }

  fileprivate let requests: [DeliberationRequest]
  fileprivate let decisions: [Result<Found, DeliberationRefusal>]
  fileprivate let ids: [String]
  fileprivate let drafts: [Draft]
  fileprivate let submission: Submission
  fileprivate let sitting: Sitting
  fileprivate let caller: String
  fileprivate let trace: String?
  fileprivate let watch: (any DeliberationWatch)?
  fileprivate let timer: PartTimer
}

extension Proceedings {
  /// Decides and records a batch. Results stand in the order of the requests; one that fails is an error in its place.
  /// `ids` names the deliberations, for a caller who must not do a thing twice.
  package func deliberateAll(
    _ requests: [DeliberationRequest], by caller: String, trace: String?, ids: [String]? = nil,
    watch: (any DeliberationWatch)? = nil
  ) async -> [Result<Answered, DeliberationRefusal>] {
    await conclude(await beginAll(requests, by: caller, trace: trace, ids: ids, watch: watch))
  }

  /// Decides a batch and gives it to the ledger, behind what that was given before.
  package func beginAll(
    _ requests: [DeliberationRequest], by caller: String, trace: String?, ids: [String]? = nil,
    watch: (any DeliberationWatch)? = nil
  ) async -> BatchUnderWay {
    let watch = watch ?? settings.watch
    let sitting = sitting
    var timer = PartTimer(watch)
    let decisions = await decideAll(requests, sitting, watch)
    timer.passed(.batch(cases: requests.count))
    let ids = ids ?? requests.map { _ in surroundings.identifier("dlb_") }
    let made = await SharedWork(requests.count, piece: Sitting.chunk, on: sitting.council.executor).run { range in
      range.compactMap { place -> BatchUnderWay.Draft? in
        guard case .success(let found) = decisions[place], !requests[place].options.dryRun else { return nil }
        let (draft, review) = self.entry(of: found.decided, found.state, id: ids[place], by: caller, trace: trace)
        return BatchUnderWay.Draft(place: place, ready: self.recorder.ready(draft), review: review)
      }
    }.flatMap { $0 }
    let proof = requests.contains { $0.options.receipt == .proof }
    return BatchUnderWay(
      requests: requests, decisions: decisions, ids: ids, drafts: made,
      submission: recorder.submitAll(made.map(\.ready), receipt: proof ? .proof : .index), sitting: sitting,
      caller: caller,
      trace: trace, watch: watch, timer: timer)
  }

  /// Waits until the batch is on disk, and answers: permits are signed, reviews are open.
  package func conclude(_ batch: BatchUnderWay) async -> [Result<Answered, DeliberationRefusal>] {
    var timer = batch.timer
    let receipts = await batch.submission.receipts()
    timer.passed(.ledger(entries: batch.drafts.count))
    var written: [(BatchUnderWay.Draft, Result<Receipt, LedgerError>)?] = batch.requests.map { _ in nil }
    for (draft, receipt) in zip(batch.drafts, receipts) { written[draft.place] = (draft, receipt) }
    let places = written
    let work = SharedWork(batch.requests.count, piece: Sitting.chunk, on: batch.sitting.council.executor)
    var results = await work.run { range in
      amongMany(batch.watch) { watch in
        range.map { place in
          var timer = PartTimer(watch)
          let result = Result { () throws(DeliberationRefusal) in try self.conclude(batch, place, places[place]) }
          if case .success(let answered) = result {
            if answered.permit != nil { timer.passed(.permit) }
            self.settings.answered?(answered, batch.caller)
            batch.watch?.concluded(answered)
          }
          return result
        }
      }
    }.flatMap { $0 }
    for (place, result) in results.enumerated() {
      guard case .success(let answered) = result, answered.options.explain else { continue }
      results[place] = .success(await answered.explained(by: batch.sitting.council, among: batch.sitting.precedents))
    }
    return results
  }

  private func conclude(
    _ batch: BatchUnderWay, _ place: Int, _ written: (BatchUnderWay.Draft, Result<Receipt, LedgerError>)?
  ) throws(DeliberationRefusal) -> Answered {
    let found = try batch.decisions[place].get()
    let options = batch.requests[place].options
    if options.dryRun {
      return Answered(
        id: batch.ids[place], trace: batch.trace, decided: found.decided, review: nil, cache: found.state, permit: nil,
        receipt: nil, options: options, degradation: found.degradation)
    }
    guard let (draft, outcome) = written else { throw .notRecorded(.outcomeUnknown) }
    let receipt: Receipt
    do throws(LedgerError) { receipt = try outcome.get() } catch { throw .notRecorded(error) }
    guard receipt.isFirst else { throw .identifierTaken(receipt) }
    return try conclude(found, options, draft.ready.draft, draft.review, receipt)
  }

  /// Every decision from the caches where it may be; the others decided together, by the critics asked.
  private func decideAll(
    _ requests: [DeliberationRequest], _ sitting: Sitting, _ watch: (any DeliberationWatch)?
  ) async -> [Result<Found, DeliberationRefusal>] {
    let looked = await looked(for: requests, sitting, watch)
    var decisions: [Result<Found, DeliberationRefusal>?] = requests.map { _ in nil }
    var open: [[String]?: [Int]] = [:]
    for (place, request) in requests.enumerated() {
      switch looked[place] {
      case .failure(let refusal): decisions[place] = .failure(refusal)
      case .success((_, let decided?)): decisions[place] = .success(Found(decided: decided, state: .hit))
      case .success((_, nil)): open[request.options.critics, default: []].append(place)
      }
    }
    var fresh: [(DecidedCase, Digest)] = []
    var toLeave: [(key: Digest, decided: DecidedCase)] = []
    for (asked, places) in open.sorted(by: { $0.value[0] < $1.value[0] }) {
      let elsewhere = await seek(places, of: requests, asked: asked, sitting, watch)
      var seen: Set<Digest> = []
      /// Keeps a decision that equal cases of the batch share; true for the first of them.
      func comesFirst(_ place: Int, _ decided: DecidedCase) -> Bool {
        guard seen.insert(decided.decision.matter.hash).inserted else { return false }
        if case .success((let key, _)) = looked[place] { fresh.append((decided, key)) }
        return true
      }
      var rest: [Int] = []
      for place in places {
        let request = requests[place]
        guard request.options.caching == .standard, let decided = elsewhere.found[request.matter.hash] else {
          rest.append(place)
          continue
        }
        decisions[place] = .success(Found(decided: decided, state: comesFirst(place, decided) ? .shared : .hit))
      }
      let decided = await sitting.decideAll(rest.map { requests[$0].matter }, asked: asked, watch: watch)
      for (place, one) in zip(rest, decided) {
        if one.isCutShort {
          decisions[place] = .failure(.cancelled)
          continue
        }
        if requests[place].options.caching == .bypass {
          decisions[place] = .success(Found(decided: one, state: .bypass))
          continue
        }
        let hash = one.decision.matter.hash
        let isFirst = comesFirst(place, one)
        if isFirst, let key = elsewhere.absent[hash] { toLeave.append((key, one)) }
        decisions[place] = .success(
          Found(decided: one, state: isFirst ? .miss : .hit, degradation: elsewhere.unavailable[hash]))
      }
    }
    let kept = fresh
    _ = await SharedWork(kept.count, piece: Sitting.chunk, on: sitting.council.executor).run { range in
      for (decided, key) in kept[range] { self.keep(decided, key) }
    }
    leave(toLeave, sitting)
    return decisions.map { $0 ?? .failure(.notRecorded(.outcomeUnknown)) }
  }

  private typealias Looked = Result<(key: Digest, decided: DecidedCase?), DeliberationRefusal>

  /// The key of each request, and what the cache has under it.
  private func looked(
    for requests: [DeliberationRequest], _ sitting: Sitting, _ watch: (any DeliberationWatch)?
  ) async -> [Looked] {
    await SharedWork(requests.count, piece: Sitting.chunk, on: sitting.council.executor).run { range in
      amongMany(watch) { watch in
        requests[range].map { request -> Looked in
          let options = request.options
          let errors = sitting.council.faults(inAsked: options.critics ?? [])
          if !errors.isEmpty { return .failure(.invalid(errors)) }
          var timer = PartTimer(watch)
          let key = sitting.key(of: request.matter, asked: options.critics)
          guard options.caching == .standard else { return .success((key, nil)) }
          let known = self.cached(key)
          timer.passed(.cache(hit: known != nil))
          return .success((key, known))
        }
      }
    }.flatMap { $0 }
  }
}
