// What is in force at one moment: the council, the weights, the precedents. A request takes one sitting when it begins and
// keeps it to its end; a change puts another in its place.
import Crypto

package final class Sitting: Sendable {
  package let council: Council
  package let weights: Weights
  package let precedents: any PrecedentSearch
  package let seats: SeatWeights
  /// SHA-256 over constitution, weights and precedent epoch: decisions under another state have other keys.
  let state: Digest

  package init(council: Council, weights: Weights, precedents: any PrecedentSearch) {
    self.council = council
    self.weights = weights
    self.precedents = precedents
    seats = SeatWeights(weights, under: council.constitution)
    var hash = SHA256()
    hash.update(Array(council.constitution.version.utf8))
    hash.update(weights.jsonBytes)
    hash.update(Array("/\(precedents.epoch)/".utf8))
    state = hash.finish()
  }

  package var constitution: Constitution { council.constitution }

  /// SHA-256 over the case, the state, and the critics asked.
  package func key(of matter: Case, asked: [String]?) -> Digest {
    let whole = SHA256.digest(prefix: 0, matter.hash, state)
    guard let asked else { return whole }
    var hash = SHA256()
    hash.update(whole.bytes)
    for name in asked.sorted() { hash.update(Array("\(name.utf8.count):\(name)".utf8)) }
    return hash.finish()
  }

  /// Decides a case, searching the precedents first.
  package func decide(
    _ matter: Case, asked: [String]? = nil, watch: (any DeliberationWatch)? = nil
  ) -> DecidedCase {
    council.decide(
      matter, weights: weights, seats: seats, precedents: consult(matter, watch), asked: asked, watch: watch)
  }

  func deliberate(_ matter: Case, asked: [String]?, watch: (any DeliberationWatch)?) async -> DecidedCase {
    await council.deliberate(
      matter, weights: weights, seats: seats, precedents: consult(matter, watch), asked: asked, watch: watch)
  }

  func consult(_ matter: Case, _ watch: (any DeliberationWatch)?) -> [ConsultedPrecedent] {
    var timer = PartTimer(watch)
    let found = precedents.consult(matter, under: constitution.precedents)
    timer.passed(.precedents(found: found.count))
    return found
  }
}
