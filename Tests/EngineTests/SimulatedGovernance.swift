// What administrators ask of a simulated service: other weights, another constitution, what either would change, and tokens
// taken away.
import Chamber
import JSON
import Ledger
import Tokens

@testable import Engine

extension SimulatedService {
  func askForWeights(_ risk: Double, rollsBack: Bool) {
    ask { service, chamber, isHeard in
      let version = chamber.weightsHistory.current.version
      do {
        let weights =
          rollsBack
          ? try await chamber.rollBackWeights(to: 1, expecting: version, reason: "back", by: "admin")
          : try await chamber.setWeights(["risk": risk], expecting: version, reason: "trial", by: "admin")
        guard isHeard() else { return }
        service.acknowledge { $0.weights.append(weights) }
        if chamber.inForce.weights.version < weights.version { service.complain("new weights are not in force") }
      } catch is WeightsRefusal, is LedgerError {
        // Not in force, or overtaken.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  func askForConstitution(_ seed: UInt64) {
    ask { service, chamber, isHeard in
      var random = Randomness(seed: seed)
      let history = chamber.constitutionHistory
      let expected = history.current?.version ?? ""
      let reason = "reason \(seed)"
      do {
        if random.chance(0.4) {
          try await chamber.rollBackConstitution(
            to: 1 + random.below(history.versions.count), expecting: expected, reason: reason, by: "admin")
        } else {
          let edition = Edition(number: random.pick(Array(Edition.numbers)), people: service.edition.people)
          try await chamber.setConstitution(edition.document, expecting: expected, reason: reason, by: "admin")
        }
        guard isHeard() else { return }
        guard let made = chamber.constitutionHistory.versions.first(where: { $0.reason == reason }) else {
          return service.complain("a change of the constitution without a version")
        }
        service.acknowledge { $0.constitutions.append(made) }
      } catch ConstitutionRefusal.versionConflict(let current) {
        if isHeard() && chamber.inForce.constitution.version != current {
          service.complain("another constitution is in force than \(current), which is said to be")
        }
      } catch is ConstitutionRefusal, is LedgerError {
        // In force already, or not known to be on record.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  /// What a change would do, looked at while others go on; it changes nothing itself.
  func askForPreview(_ seed: UInt64) {
    ask(hangingUpAfter: seed % 8 == 0 ? .microseconds(Int64(seed % 3000)) : nil) { service, chamber, isHeard in
      var random = Randomness(seed: seed)
      let (count, known) = (1 + random.below(100), service.acknowledged.decisions.count)
      let (governs, changes) = (random.chance(0.5), random.chance(0.5))
      do {
        let report: PreviewReport
        if governs {
          let risk = changes ? 10 : chamber.inForce.weights.values["risk"] ?? 1
          report = try await chamber.previewWeights(["risk": risk], last: count) { _, _ in }
        } else {
          let document =
            changes
            ? Edition(number: random.pick(Array(Edition.numbers)), people: service.edition.people).document
            : Array(chamber.inForce.constitution.document.utf8)
          report = try await chamber.previewConstitution(document, last: count) { _, _ in }
        }
        guard isHeard() else { return }
        let seen = report.evaluated + report.unavailable
        if !report.isComplete || seen > count || seen < min(count, known) {
          service.complain("a preview of \(count) cases saw \(seen)")
        }
        if !changes && report.changed != 0 { service.complain("what is in force would change \(report.changed) cases") }
      } catch is LedgerError, is CancellationError {
        // The log could not be read, or nobody waits any more.
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }

  /// Revoking the same twice is one revocation.
  func askForRevocation(_ number: Int) {
    ask { service, chamber, isHeard in
      let revoked: Revoked =
        number < 3 ? .key("kid \(number)") : .token(id: "jti \(number)", until: number == 3 ? .infinity : 2_000_000_000)
      do {
        let made = try await chamber.revoke(revoked, reason: "lost", by: "admin")
        guard isHeard() else { return }
        if !service.revoked.contains(made.revocation.id) { service.complain("a revocation is not obeyed") }
        if made.revocation.revoked != revoked { service.complain("something else was revoked") }
        service.acknowledge {
          if let first = $0.revocations.first(where: { $0.id == made.revocation.id }), first != made.revocation {
            service.complain("two revocations of one name")
          }
          $0.revocations.append(made.revocation)
        }
      } catch is LedgerError {
      } catch { if isHeard() { service.complain("\(error)") } }
    }
  }
}
