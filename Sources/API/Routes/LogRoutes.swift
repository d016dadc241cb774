// The log as static files of the C2SP tlog-tiles layout: checkpoint, tiles of hashes, bundles of entries.
import Chamber
import HTTP
import TransparencyLog

struct LogRoutes {
  let chamber: Chamber
  let entriesArePublic: Bool

  var operations: [Operation] { [checkpoint, entries, tile] }

  private static let path = Schema.text(.tile)

  private var checkpoint: Operation {
    Operation(
      "logCheckpoint", .get, "/audit/checkpoint", .log, "The newest checkpoint.", access: .everyone,
      answers: [.other("text/plain", "A C2SP signed note.", example: Examples.note)]
    ) { [chamber] _ in
      Response.text(chamber.ledger.checkpoint).with("Cache-Control", "no-cache")
    }
  }

  private var entries: Operation {
    Operation(
      "logEntries", .get, "/audit/tile/entries/{path...}", .log, "A bundle of entries.",
      access: entriesArePublic ? .everyone : .roles([.auditor]),
      parameters: [.path("path", Self.path, example: "000.p/3", "The bundle, as C2SP tlog-tiles names it.")],
      answers: [.other("application/octet-stream", "The bundle."), .problem(.notFound, "The log has no such bundle.")]
    ) { [chamber] exchange in
      let path = try "tile/entries/" + exchange.request.parameter("path")
      guard case .entries(let tile)? = Tile.parse(path: path), let bytes = try chamber.ledger.entryBundle(tile) else {
        throw Problem.notFound("such bundle")
      }
      return Self.file(bytes, tile)
    }
  }

  private var tile: Operation {
    Operation(
      "logTile", .get, "/audit/tile/{path...}", .log, "A tile of hashes.", access: .everyone,
      parameters: [.path("path", Self.path, example: "0/000.p/3", "Level and tile, as C2SP tlog-tiles names them.")],
      answers: [.other("application/octet-stream", "The tile."), .problem(.notFound, "The log has no such tile.")]
    ) { [chamber] exchange in
      let path = try "tile/" + exchange.request.parameter("path")
      guard case .hashes(let tile)? = Tile.parse(path: path), let bytes = try chamber.ledger.tile(tile) else {
        throw Problem.notFound("such tile")
      }
      return Self.file(bytes, tile)
    }
  }

  /// What is in the log never changes.
  private static func file(_ bytes: [UInt8], _ tile: Tile) -> Response {
    Response(.ok, contentType: .binary, body: bytes).with("Cache-Control", "public, max-age=31536000, immutable")
  }
}
