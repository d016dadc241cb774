// What a caller hands to the ledger, and what it gets back.
import Crypto

/// An entry to be. The ledger adds index, time and commitment, and writes RFC 8785 canonical JSON with the members
/// `actor, body, commitment, id, index, subject, time, trace, type, version`.
package struct EntryDraft: Sendable {
  /// What kind of thing happened: `deliberation`, `review`, `weights`, …
  package var type: String
  /// Names the event once and for all: a second append with the same id writes nothing and returns the first receipt.
  /// So an id is also the ledger's compare-and-set: of all who append under one id, exactly one has `isFirst`.
  package var id: String
  package var actor: String
  package var subject: String?
  package var trace: String?
  /// A canonical JSON object, made by the caller. Nil stands for `{}`.
  package var body: [UInt8]
  /// Promised by who made the body with a `JSONWriter`: it is then not read again only to be checked.
  package var bodyIsWellFormed: Bool
  /// Opaque bytes, stored encrypted beside the log; the entry holds a salted commitment to them.
  package var payload: [UInt8]?

  package init(
    type: String, id: String, actor: String, subject: String? = nil, trace: String? = nil,
    body: [UInt8] = Array("{}".utf8), bodyIsWellFormed: Bool = false, payload: [UInt8]? = nil
  ) {
    self.type = type
    self.id = id
    self.actor = actor
    self.subject = subject
    self.trace = trace
    self.body = body
    self.bodyIsWellFormed = bodyIsWellFormed
    self.payload = payload
  }
}

/// The word of the ledger that an entry is on disk. All of it is on disk before anyone sees a receipt.
package struct Receipt: Sendable, Hashable {
  package let index: UInt64
  package let leafHash: Digest
  /// When the entry's group was written; RFC 3339 UTC, as it stands in the entry.
  package let time: String
  /// The signed note that covers the entry.
  package let checkpoint: String
  /// How many entries that checkpoint covers.
  package let size: UInt64
  /// From the leaf up, if it was asked for: verifies `leafHash` against the checkpoint's root.
  package var proof: [Digest]?
  /// False where an earlier append had used the same id: the rest is then that first append's receipt.
  package let isFirst: Bool

  package init(
    index: UInt64, leafHash: Digest, time: String, checkpoint: String, size: UInt64, proof: [Digest]? = nil,
    isFirst: Bool
  ) {
    self.index = index
    self.leafHash = leafHash
    self.time = time
    self.checkpoint = checkpoint
    self.size = size
    self.proof = proof
    self.isFirst = isFirst
  }
}

/// Whether a receipt carries an inclusion proof.
package enum ReceiptKind: Sendable {
  case index
  case proof
}

/// An entry as it is stored.
package struct StoredEntry: Sendable, Hashable {
  package let index: UInt64
  /// Exactly the bytes that the leaf hash is over.
  package let bytes: [UInt8]

  package init(index: UInt64, bytes: [UInt8]) {
    self.index = index
    self.bytes = bytes
  }
}

/// What has become of an entry's payload.
package enum StoredPayload: Sendable, Hashable {
  /// The entry never had one.
  case none
  case present([UInt8])
  /// Its key was destroyed.
  case erased
}
