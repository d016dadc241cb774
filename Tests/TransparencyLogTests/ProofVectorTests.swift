// The published accept/reject cases for Merkle proofs, each of which must come out as it says.
import Crypto
import Foundation
import TestSupport
import Testing

@testable import TransparencyLog

private struct Vector: Decodable {
  let desc: String
  let wantErr: Bool
  let leafIdx: UInt64?
  let treeSize: UInt64?
  let start: UInt64?
  let end: UInt64?
  let size: UInt64?
  let size1: UInt64?
  let size2: UInt64?
  let root: Data?
  let leafHash: Data?
  let root1: Data?
  let root2: Data?
  let proof: [Data]?
}

private func digest(_ data: Data?) -> Digest? { data.flatMap { Digest(Array($0)) } }

/// Some cases compare roots that are no hashes at all: what stands for them keeps equal ones equal and different ones
/// different, and equals no hash that a proof could lead to.
private func root(_ data: Data?) -> Digest? { digest(data) ?? data.map { SHA256.digest(Array("no hash".utf8) + $0) } }

/// The verdict on a vector. Hashes of a wrong length cannot even be written as a `Digest`: such a case is refused.
private func accepts(_ vector: Vector, kind: String) throws -> Bool {
  let hashes = (vector.proof ?? []).map(digest)
  guard hashes.allSatisfy({ $0 != nil }) else { return false }
  let proof = hashes.compactMap { $0 }
  switch kind {
  case "inclusion":
    guard let leaf = digest(vector.leafHash), let root = digest(vector.root) else { return false }
    return InclusionProof(index: try #require(vector.leafIdx), size: try #require(vector.treeSize), hashes: proof)
      .verifies(leaf: leaf, root: root)
  case "subtreeinclusion":
    guard let leaf = digest(vector.leafHash), let root = digest(vector.root),
      let subtree = Subtree(start: try #require(vector.start), end: try #require(vector.end))
    else { return false }
    return subtree.inclusionProof(index: try #require(vector.leafIdx), hashes: proof)?
      .verifies(leaf: leaf, root: root) ?? false
  case "consistency":
    guard let old = root(vector.root1), let new = root(vector.root2) else { return false }
    return ConsistencyProof(oldSize: try #require(vector.size1), size: try #require(vector.size2), hashes: proof)
      .verifies(oldRoot: old, root: new)
  default:
    guard let part = root(vector.root1), let whole = root(vector.root2) else { return false }
    let proof = SubtreeConsistencyProof(
      start: try #require(vector.start), end: try #require(vector.end), size: try #require(vector.size), hashes: proof)
    return proof.verifies(subtree: part, root: whole)
  }
}

@Suite struct ProofVectorTests {
  @Test(
    "every published case is accepted or refused as it says", .enabled(if: Fixtures.present("vectors/merkle")),
    arguments: [("inclusion", 98), ("consistency", 98), ("subtreeinclusion", 204), ("subtreeconsistency", 118)])
  func publishedCases(kind: String, count: Int) throws {
    let folder = try #require(Fixtures.url("vectors/merkle/testdata/\(kind)"))
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var seen = 0
    for case let file as URL in files where file.pathExtension == "json" {
      let vector = try JSONDecoder().decode(Vector.self, from: Data(contentsOf: file))
      let accepted = try accepts(vector, kind: kind)
      #expect(accepted == !vector.wantErr, "\(kind): \(file.lastPathComponent): \(vector.desc)")
      seen += 1
    }
    #expect(seen == count)
  }
}
