// Many cases at once: equal ones are decided once, the work is shared across cores, and the order is kept.
import Crypto

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
      amongMany(watch) { watch in cases[range].map { self.decide($0, asked: asked, watch: watch) } }
    }.flatMap { $0 }
  }

  /// As many cases at once as those outside can bear, which is learnt on the way.
  private func decideOutside(
    _ cases: [Case], _ asked: [String]?, _ watch: (any DeliberationWatch)?
  ) async -> [DecidedCase] {
    var pace = OutsidePace()
    var decided: [DecidedCase] = []
    decided.reserveCapacity(cases.count)
    while decided.count < cases.count {
      let group = cases[decided.count..<min(decided.count + pace.size, cases.count)]
      let elapsed = council.stopwatch()
      let watch = watch?.ofMany()
      let part = await withTaskGroup(of: (Int, DecidedCase).self) { tasks in
        for (place, matter) in zip(group.indices, group) {
          tasks.addTask { (place, await self.deliberate(matter, asked: asked, watch: watch)) }
        }
        return await tasks.reduce(into: [(Int, DecidedCase)]()) { $0.append($1) }
      }
      watch?.isDone()
      decided += part.sorted { $0.0 < $1.0 }.map(\.1)
      pace.learn(
        size: group.count, failures: part.count { !$0.1.isSettled },
        milliseconds: Double(elapsed() / .milliseconds(1)))
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
