// The ledger for auditors: entries, proofs, checkpoints, counts, export.
import Chamber
import HTTP
import JSON
import Ledger
import TransparencyLog

struct AuditRoutes {
  let chamber: Chamber
  private var ledger: Ledger { chamber.ledger }

  var operations: [Operation] { [entry, proof, checkpoint, consistency] }

  private var entry: Operation {
    Operation(
      "readEntry", .get, "/v1/audit/entries/{index:int}", .audit, "One entry, exactly as its hash covers it.",
      access: .roles([.auditor]), answers: [.json(.ok, "The entry."), .problem(.notFound, "There is no such entry.")]
    ) { [ledger] exchange in
      .json(try ledger.entry(at: exchange.request.parameter("index", as: UInt64.self)).bytes)
    }
  }

  private var proof: Operation {
    Operation(
      "proveEntry", .get, "/v1/audit/entries/{index:int}/proof", .audit,
      "The inclusion proof (RFC 6962) of an entry in the tree of a size, and the entry's leaf hash.",
      access: .roles([.auditor]),
      parameters: [Parameter("size", .integer(1...Int.max), "The size of the tree; the newest if not given.")],
      answers: [.json(.ok, "The proof."), .problem(.notFound, "There is no such entry.")]
    ) { [ledger] exchange in
      let index = try exchange.request.parameter("index", as: UInt64.self)
      let proof = try ledger.inclusionProof(index: index, size: exchange.query.integer("size").map { UInt64($0) })
      let entry = try ledger.entry(at: index)
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("index", Int(proof.index))
      writer.member("size", Int(proof.size))
      writer.member("leaf_hash", MerkleHash.leaf(entry.bytes).hex)
      writer.member("proof", proof.hashes.map(\.hex))
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var checkpoint: Operation {
    Operation(
      "readCheckpoint", .get, "/v1/audit/checkpoint", .audit, "The newest checkpoint: a C2SP signed note.",
      access: .roles([.auditor]), answers: [.other("text/plain", "The note.")]
    ) { [ledger] _ in
      .text(ledger.checkpoint)
    }
  }

  private var consistency: Operation {
    Operation(
      "proveConsistency", .get, "/v1/audit/consistency", .audit,
      "The proof (RFC 6962) that the tree of one size is a prefix of the tree of another.", access: .roles([.auditor]),
      parameters: [
        Parameter("from", .integer(1...Int.max), "The older size."),
        Parameter("to", .integer(1...Int.max), "The newer size; the newest if not given."),
      ],
      answers: [.json(.ok, "The proof.")]
    ) { [ledger] exchange in
      guard let from = exchange.query.integer("from") else {
        throw Problem(
          .unprocessableContent, detail: "one field is wrong", errors: [.init("/query/from", "is required")])
      }
      let proof = try ledger.consistencyProof(
        from: UInt64(from), to: exchange.query.integer("to").map { UInt64($0) })
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("from", Int(proof.oldSize))
      writer.member("to", Int(proof.size))
      writer.member("proof", proof.hashes.map(\.hex))
      writer.endObject()
      return .json(writer.array)
    }
  }
}
