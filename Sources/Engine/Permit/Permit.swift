// A permit says: this case, this verdict, this entry of the log; the action may go ahead until then. It can only be made of
// an entry that is in the ledger and of a gate that is open, by itself or by a human act.
import Crypto
import JSON
import Ledger
import Tokens

/// The claims of a permit. Their JSON is the payload of a JWS (RFC 7515) with `typ` `witan-permit+jwt`.
package struct Permit: Sendable, Hashable {
  package static let type = "witan-permit+jwt"

  /// Single use: who honours a permit only once remembers this, or asks whether it was used.
  package let id: String
  package let issuer: String
  package let deliberation: String
  package let caseHash: Digest
  package let verdict: Verdict
  /// The deliberation's entry in the ledger.
  package let index: UInt64
  package let actor: String?
  /// The review that opened the gate, and the people who did; nil for a gate that was open.
  package let opening: Opening?
  package let issued: Timestamp
  package let expires: Timestamp

  package struct Opening: Sendable, Hashable {
    package let review: String
    package let people: [String]
  }

  /// The permit of a decision whose gate is open; nil for any other, and where not the whole council was heard.
  package init?(
    id: String, issuer: String, for decided: DecidedCase, deliberation: String, receipt: Receipt, at now: Timestamp
  ) {
    let decision = decided.decision
    guard decided.answer.gateIsOpen, decided.answer.verdict <= .allowWithConstraints, decided.isByWholeCouncil else {
      return nil
    }
    self.init(
      id: id, issuer: issuer, deliberation: deliberation, caseHash: decision.matter.hash,
      verdict: decided.answer.verdict,
      index: receipt.index, actor: decision.matter.actor, opening: nil, at: now,
      seconds: decision.constitution.permitSeconds)
  }

  /// The permit after a review; nil unless people opened the gate by it. It names them.
  package init?(
    id: String, issuer: String, after review: Review, at now: Timestamp
  ) {
    guard let people = review.openedBy, !people.isEmpty else { return nil }
    self.init(
      id: id, issuer: issuer, deliberation: review.deliberation, caseHash: review.caseHash, verdict: review.verdict,
      index: review.index, actor: nil, opening: Opening(review: review.id, people: people), at: now,
      seconds: review.opening.permitSeconds)
  }

  private init(
    id: String, issuer: String, deliberation: String, caseHash: Digest, verdict: Verdict, index: UInt64,
    actor: String?, opening: Opening?, at now: Timestamp, seconds: Int
  ) {
    self.id = id
    self.issuer = issuer
    self.deliberation = deliberation
    self.caseHash = caseHash
    self.verdict = verdict
    self.index = index
    self.actor = actor
    self.opening = opening
    issued = now
    expires = Timestamp(microseconds: now.microseconds + Int64(seconds) * 1_000_000)
  }
}

extension Permit: JSONWritable {
  /// The claims, with times in whole seconds (RFC 7519 section 2).
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("iss", issuer)
    writer.member("jti", id)
    if let actor { writer.member("sub", actor) }
    writer.member("iat", Int(issued.microseconds / 1_000_000))
    writer.member("exp", Int(expires.microseconds / 1_000_000))
    writer.member("deliberation", deliberation)
    writer.member("case_hash", caseHash.hex)
    writer.member("verdict", verdict.rawValue)
    writer.member("ledger_index", Int(index))
    if let opening {
      writer.member("review", opening.review)
      writer.member("opened_by", opening.people)
    }
    writer.endObject()
  }
}

extension SigningKey: PermitSigner {
  package func sign(_ claims: [UInt8], type: String) throws(PermitFailure) -> String {
    do throws(CryptoError) {
      return try compact(claims.span.bytes, type: type)
    } catch { throw PermitFailure("\(error)") }
  }
}

/// Signs permits. The key stays where it is.
package protocol PermitSigner: Sendable {
  /// The compact serialisation of a JWS over these claims (RFC 7515 section 7.1).
  func sign(_ claims: [UInt8], type: String) throws(PermitFailure) -> String
}

package struct PermitFailure: Error, Sendable, Hashable {
  package let reason: String

  package init(_ reason: String) { self.reason = reason }
}
