// The ledger for auditors: entries, proofs, checkpoints, counts, export.
import Chamber
import HTTP
import JSON
import Ledger
import TransparencyLog

struct AuditRoutes {
  let chamber: Chamber
  private var ledger: Ledger { chamber.ledger }

  var operations: [Operation] { [query, entry, statistics, proof, checkpoint, consistency, export, erase] }

  private static let time = Schema.text(atMost: 40, format: "date-time")
  private static let word = Schema.text(atMost: 512)
  private static let index = Parameter.path("index", Schemas.count, example: 2, "The entry.")

  private var query: Operation {
    Operation(
      "listEntries", .get, "/v1/audit/entries", .audit,
      "Entries of the log, newest first, by any of these filters together.", access: .roles([.auditor]),
      parameters: [
        Parameter("type", Self.word, "deliberation, review, weights, …"),
        Parameter("actor", Self.word, "Who caused the entry."),
        Parameter("subject", Self.word, "Whom it concerns."),
        Parameter("verdict", Self.word, example: "escalate", "allow, allow_with_constraints, escalate, deny."),
        Parameter("critic", Self.word, "A critic who raised something."),
        Parameter("clause", Self.word, "A clause that was raised."),
        Parameter("trace_id", Self.word, "The trace of the request."),
        Parameter("from", Self.time, "From this time on."),
        Parameter("to", Self.time, "Before this time."),
        Parameter("q", .text(atMost: 1024), "Words that all occur in the entry."),
        Parameter("order", .word(["newest", "oldest"]), "Which end comes first."),
        Parameter("limit", .integer(1...LedgerQuery.largestPage), example: 2, "Entries a page; 50 if not given."),
        Parameter("cursor", .text(atMost: 1024), "From the page before."),
        Parameter("covers", .integer(0...Int.max), "Wait until this entry is indexed: what a receipt just named."),
      ],
      answers: [
        .json(.ok, "A page of entries; `next` is the cursor of the page that follows.", Schemas.entries),
        .problem(.serviceUnavailable, "What `covers` names is not indexed yet."),
      ]
    ) { [ledger] exchange in
      try Self.page(try await ledger.query(try Self.ledgerQuery(exchange.query)))
    }
  }

  private static func ledgerQuery(_ asked: CheckedQuery) throws(Problem) -> LedgerQuery {
    var query = LedgerQuery()
    query.type = asked.text("type")
    query.actor = asked.text("actor")
    query.subject = asked.text("subject")
    query.verdict = asked.text("verdict")
    query.critic = asked.text("critic")
    query.clause = asked.text("clause")
    query.trace = asked.text("trace_id")
    query.from = try asked.time("from")?.text
    query.to = try asked.time("to")?.text
    query.text = asked.text("q")
    if asked.text("order") == "oldest" { query.order = .oldestFirst }
    if let limit = asked.integer("limit") { query.limit = limit }
    query.cursor = asked.text("cursor")
    query.atLeastIndex = asked.integer("covers").map { UInt64($0) }
    return query
  }

  private static func page(_ page: LedgerPage) throws -> Response {
    var writer = JSONWriter(capacity: 1024 * (page.entries.count + 1))
    writer.beginObject()
    writer.key("entries")
    writer.beginArray()
    for entry in page.entries { writer.raw(entry.bytes.span.bytes) }
    writer.endArray()
    writer.member("next", page.next)
    writer.member("indexed_to", Int(page.indexedTo))
    writer.member("complete", page.complete)
    writer.endObject()
    return .json(writer.array)
  }

  private var entry: Operation {
    Operation(
      "readEntry", .get, "/v1/audit/entries/{index:int}", .audit, "One entry, exactly as its hash covers it.",
      access: .roles([.auditor]), parameters: [Self.index],
      answers: [.json(.ok, "The entry.", Schemas.entry), .problem(.notFound, "There is no such entry.")]
    ) { [ledger] exchange in
      .json(try ledger.entry(at: exchange.request.parameter("index", as: UInt64.self)).bytes)
    }
  }

  private var proof: Operation {
    Operation(
      "proveEntry", .get, "/v1/audit/entries/{index:int}/proof", .audit,
      "The inclusion proof (RFC 6962) of an entry in the tree of a size, and the entry's leaf hash.",
      access: .roles([.auditor]),
      parameters: [
        Self.index, Parameter("size", .integer(1...Int.max), "The size of the tree; the newest if not given."),
      ],
      answers: [.json(.ok, "The proof.", Schemas.inclusion), .problem(.notFound, "There is no such entry.")]
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

  private var statistics: Operation {
    Operation(
      "readStatistics", .get, "/v1/audit/stats", .audit, "Counts over the log.", access: .roles([.auditor]),
      answers: [.json(.ok, "The counts.", Schemas.statistics)]
    ) { [ledger] _ in
      let statistics = try await ledger.statistics()
      return .json { writer in
        writer.beginObject()
        writer.member("size", Int(statistics.size))
        writer.member("indexed_to", Int(statistics.indexedTo))
        for (name, counts) in [("types", statistics.byType), ("verdicts", statistics.byVerdict)] {
          writer.key(name)
          writer.beginObject()
          for (value, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.key(value)
            writer.integer(Int(count))
          }
          writer.endObject()
        }
        writer.member("first_time", statistics.firstTime)
        writer.member("last_time", statistics.lastTime)
        writer.member("database_bytes", Int(statistics.databaseBytes))
        writer.endObject()
      }
    }
  }

  private var checkpoint: Operation {
    Operation(
      "readCheckpoint", .get, "/v1/audit/checkpoint", .audit, "The newest checkpoint: a C2SP signed note.",
      access: .roles([.auditor]), answers: [.other("text/plain", "The note.", example: Examples.note)]
    ) { [ledger] _ in
      .text(ledger.checkpoint)
    }
  }

  private var consistency: Operation {
    Operation(
      "proveConsistency", .get, "/v1/audit/consistency", .audit,
      "The proof (RFC 6962) that the tree of one size is a prefix of the tree of another.", access: .roles([.auditor]),
      parameters: [
        Parameter("from", .integer(1...Int.max), required: true, example: 1, "The older size."),
        Parameter("to", .integer(1...Int.max), "The newer size; the newest if not given."),
      ],
      answers: [.json(.ok, "The proof.", Schemas.consistency)]
    ) { [ledger] exchange in
      let proof = try ledger.consistencyProof(
        from: UInt64(exchange.query.integer("from") ?? 1), to: exchange.query.integer("to").map { UInt64($0) })
      var writer = JSONWriter()
      writer.beginObject()
      writer.member("from", Int(proof.oldSize))
      writer.member("to", Int(proof.size))
      writer.member("proof", proof.hashes.map(\.hex))
      writer.endObject()
      return .json(writer.array)
    }
  }

  private var export: Operation {
    Operation(
      "exportEntries", .get, "/v1/audit/export", .audit,
      "The log as NDJSON, of any size, ending with a checkpoint that covers it. `from` resumes it.",
      access: .roles([.auditor]),
      parameters: [
        Parameter("from", .integer(0...Int.max), example: 0, "The first entry; 0 if not given."),
        Parameter("to", .integer(0...Int.max), "Up to this one, exclusive; all there are if not given."),
      ],
      answers: [
        .other("application/x-ndjson", "A line an entry, and the checkpoint.", example: Examples.export),
        .problem(.notFound, "The log does not have the first entry asked for."),
      ]
    ) { [ledger] exchange in
      let export = try ledger.export(
        from: UInt64(exchange.query.integer("from") ?? 0), to: exchange.query.integer("to").map { UInt64($0) })
      return .stream(contentType: .ndjson) { body in
        while let piece = try await ledger.next(of: export) { try await body.write(piece) }
      }
    }
  }

  private var erase: Operation {
    Operation(
      "erasePayload", .delete, "/v1/audit/payloads/{index:int}", .audit,
      "Erases a case's payload by destroying its key, with the copies that precedents made of it live in; the log stays whole "
        + "and provable. Itself an entry. A precedent whose case was erased is consulted no more.",
      access: .roles([.admin]),
      parameters: [
        Self.index,
        Parameter(
          "ground", .text(atMost: 1024, atLeast: 1), example: "GDPR article 17, request of 3 May",
          "The legal ground, which a young payload needs."),
        Parameter("reason", .text(atMost: 1024, atLeast: 1), "Why, in a sentence."),
      ],
      answers: [
        .json(.ok, "The receipt of the erasure.", Schemas.receipt),
        .problem(.notFound, "There is no such entry, or it never had a payload."),
        .problem(.conflict, "The payload, or a copy of it, must be kept: by the retention floor, or by a legal hold."),
      ]
    ) { [chamber] exchange in
      .json(
        try await chamber.erase(
          exchange.request.parameter("index", as: UInt64.self), ground: exchange.query.text("ground"),
          reason: exchange.query.text("reason"), by: exchange.principal.subject, trace: exchange.traceID))
    }
  }
}
