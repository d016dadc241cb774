// Checking without the server: that the log has an entry, by nothing but the log's public key.
import Crypto
import Foundation
import TransparencyLog

/// What was to be checked does not hold.
public enum Unverified: Error, Sendable, Equatable {
  /// The receipt holds no proof: ask for `receipt: .proof`.
  case noProof
  /// Not a key as `witan audit key` prints it.
  case badKey
  /// The entry is not the one that the receipt is for.
  case otherEntry
  /// The entry is that of another deliberation, or has another verdict.
  case otherAnswer
  /// The checkpoint is not signed with this key, or is another log's.
  case checkpoint(String)
  /// The proof does not lead to the root that was signed.
  case proof
}

extension Receipt {
  /// Checks that the log which `logKey` stands for has `entry`; throws `Unverified` if it does not.
  ///
  /// - Parameters:
  ///   - entry: the entry's bytes, as `Witan.entry(at:)` gives them.
  ///   - logKey: what `witan audit key` prints, or the server at its start.
  ///   - answer: where given, the entry must be that of this answer.
  public func verify(entry: Data, logKey: String, answer: Answer? = nil) throws {
    guard let checkpoint, let proof else { throw Unverified.noProof }
    guard let key = NoteVerifier(text: logKey) else { throw Unverified.badKey }
    let leaf = MerkleHash.leaf(Array(entry))
    guard leaf.hex == leafHash else { throw Unverified.otherEntry }
    let head: Checkpoint
    do {
      head = try Checkpoint.open(checkpoint, origin: key.name, verifiers: [key])
    } catch { throw Unverified.checkpoint("\(error)") }
    let hashes = proof.compactMap { Digest(hex: $0) }
    guard hashes.count == proof.count,
      InclusionProof(index: index, size: head.size, hashes: hashes).verifies(leaf: leaf, root: head.root)
    else { throw Unverified.proof }
    guard let read = try? JSONDecoder().decode(LoggedAnswer.self, from: entry), read.index == index else {
      throw Unverified.otherEntry
    }
    if let answer, read.id != answer.id || read.body.verdict != answer.verdict.rawValue {
      throw Unverified.otherAnswer
    }
  }
}

/// What an entry says of its answer.
private struct LoggedAnswer: Decodable {
  struct Body: Decodable { let verdict: String? }
  let index: UInt64
  let id: String
  let body: Body
}
