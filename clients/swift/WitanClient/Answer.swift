// What comes back. `Answer.json` holds everything, what is named here and what is not.
import Foundation

public enum Verdict: String, Sendable, Decodable {
  case allow
  case allowWithConstraints = "allow_with_constraints"
  case deny
  case escalate
}

/// Whether the action may go ahead now, and if not, which human act opens it.
public struct Gate: Sendable, Equatable, Decodable {
  public let open: Bool
  public let tier: Int?
  public let requires: String?
  /// The path of the review.
  public let review: String?
}

public struct Answer: Sendable {
  public let id: String
  public let verdict: Verdict
  public let score: Double
  public let gate: Gate
  /// Why, in a sentence.
  public let reason: String
  /// Signed, where the gate is open: it goes with the action.
  public let permit: String?
  public let receipt: Receipt?
  /// The whole answer.
  public let json: JSON

  static func decode(_ data: Data) throws -> Answer {
    let named = try JSONDecoder().decode(Named.self, from: data)
    return Answer(
      id: named.id, verdict: named.verdict, score: named.score, gate: named.gate, reason: named.reason.text,
      permit: named.permit, receipt: named.receipt, json: try JSONDecoder().decode(JSON.self, from: data))
  }

  private struct Named: Decodable {
    struct Reason: Decodable { let text: String }
    let id: String
    let verdict: Verdict
    let score: Double
    let gate: Gate
    let reason: Reason
    let permit: String?
    let receipt: Receipt?
  }
}

/// Proof that an entry is in the log; `checkpoint` and `proof` are there where `receipt: .proof` was asked for.
public struct Receipt: Sendable, Equatable, Codable {
  public let index: UInt64
  public let leafHash: String
  public let time: String
  public let checkpoint: String?
  public let proof: [String]?

  private enum CodingKeys: String, CodingKey { case index, leafHash = "leaf_hash", time, checkpoint, proof }
}

/// A review in brief.
public struct Review: Sendable, Equatable, Decodable {
  public enum Status: String, Sendable, Decodable { case pending, closed, expired }

  public let id: String
  public let status: Status
  public let tier: Int
  /// affirmed, modified, contested, rejected or expired; nil while it waits.
  public let outcome: String?
}

/// How a deliberation stands.
public struct Standing: Sendable, Decodable {
  public let index: UInt64
  public let review: Review?
  public let permit: String?
}

/// An answer that is no success (RFC 9457).
public struct Problem: Error, Sendable, Equatable, Decodable {
  public struct Field: Sendable, Equatable, Decodable {
    public let pointer: String
    public let message: String
  }

  public let status: Int
  public let title: String
  public let detail: String?
  public let traceID: String?
  /// Every wrong field.
  public let errors: [Field]?

  init(status: Int, title: String) {
    self.status = status
    self.title = title
    detail = nil
    traceID = nil
    errors = nil
  }

  private enum CodingKeys: String, CodingKey { case status, title, detail, traceID = "trace_id", errors }
}
