// What cannot be done twice or undone at a simulated service: permits are used, and payloads are erased.
import Chamber
import JSON
import Ledger
import Tokens

@testable import Engine

extension SimulatedService {
  /// Somebody who honours permits asks whether one is good, and mostly uses it up by that.
  func askForUse(_ seed: UInt64) {
    ask { service, chamber, isHeard in
      var random = Randomness(seed: seed)
      guard let permit = service.acknowledged.permits.suffix(8).randomElement(using: &random),
        let claims = try? JSONValue(parsing: JWS(Array(permit.utf8)).payload), let id = claims["jti"]?.string
      else { return }
      let (using, user) = (random.chance(0.8), random.pick(["door", "crane"]))
      let wasUsed = service.acknowledged.uses[id] != nil
      do {
        let standing = try await chamber.checkPermit(
          permit, reader: service.reader, using: using, by: user, trace: "t")
        guard isHeard() else { return }
        switch standing.refusal {
        case nil:
          if wasUsed { service.complain("\(id) was honoured after its use") }
          if using {
            service.acknowledge {
              if $0.uses.updateValue(user, forKey: id) != nil { service.complain("\(id) was honoured twice") }
            }
            if standing.use?.isFirst != true { service.complain("\(id) was honoured though another was first") }
          }
        case .used: if standing.use == nil { service.complain("\(id) is used, and nobody used it") }
        case .expired:
          // Clocks may have jumped since; while they stand still a permit lives out its time.
          if let end = claims["exp"]?.integer, Int64(end) * 1_000_000 > service.latest {
            service.complain("\(id) ran out early")
          }
        case .malformed, .signature, .issuer, .notInLog:
          service.complain("\(id) of ours is refused: \(String(describing: standing.refusal))")
        }
      } catch is LedgerError {
        // Nobody knows whether it was used: it is not honoured.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  func askForErasure(_ seed: UInt64) {
    ask { service, chamber, isHeard in
      var random = Randomness(seed: seed)
      let candidates =
        service.acknowledged.decisions.map(\.index) + chamber.proceedings.reviews.values.map(\.index).sorted()
        + service.acknowledged.constitutions.map(\.index)
      let consulted = chamber.precedents.precedents.values.filter { $0.state == .active }.map(\.review).sorted()
      let rule = consulted.randomElement(using: &random).flatMap { try? chamber.review($0).index }
      guard let any = candidates.randomElement(using: &random) else { return }
      let index = random.chance(0.4) ? rule ?? any : any
      let isPermanent = service.acknowledged.constitutions.contains { $0.index == index }
      let ground = random.chance(0.8) ? "the person asked for it" : nil
      let copies = chamber.precedents.copies(of: index)
      do {
        _ = try await chamber.erase(index, ground: ground, reason: "asked", by: "officer")
        guard isHeard() else { return }
        if isPermanent { service.complain("a constitution was erased") }
        service.acknowledge { $0.erasures[index] = copies }
        for erased in [index] + copies where try chamber.ledger.payload(at: erased) != .erased {
          service.complain("payload \(erased) was erased and is there")
        }
        let precedents = chamber.precedents
        if !precedents.copies(of: index).isEmpty { service.complain("a copy of \(index) is left") }
        for precedent in precedents.precedents.values where precedent.state == .active {
          if try chamber.review(precedent.review).index == index { service.complain("\(precedent.id) is consulted") }
        }
      } catch LedgerError.permanent where isPermanent {
      } catch LedgerError.retained where ground == nil {
      } catch LedgerError.permanent, LedgerError.retained, LedgerError.held, LedgerError.noPayload {
        service.complain("payload \(index) may not be erased")
      } catch is LedgerError {
        // Not known to be on record.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }
}
