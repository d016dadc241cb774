// What only administrators ask: read the configuration anew, copy the ledger, verify it, close a breaker. Each is an entry.
import Chamber
import HTTP
import JSON
import Ledger
import Resilience

struct AdministrationRoutes {
  let chamber: Chamber
  let administration: Administration
  let undertakings: Undertakings

  /// How long a request waits for work that may take longer; then it is told to look at the status.
  static let patience: Duration = .seconds(20)

  var operations: [Operation] { [reload, backup, integrity, resetBreaker] }

  private var reload: Operation {
    Operation(
      "reload", .post, "/v1/admin/reload", .administration,
      "Reads the configuration and the certificates anew, as SIGHUP does. A bad file leaves the old configuration in force.",
      access: .roles([.admin]),
      answers: [
        .json(.ok, "Which settings changed, and which wait for a restart.", Schemas.reloaded),
        .problem(.conflict, "The configuration that was found is refused, and the old one stays."),
      ]
    ) { [chamber, administration] exchange in
      let reloaded: Administration.Reloaded
      do throws(Administration.ReloadRefused) { reloaded = try administration.reload() } catch {
        throw Problem(.conflict, title: "The new configuration is refused", detail: error.reason)
      }
      try await chamber.note("reload", by: exchange.principal.subject, trace: exchange.traceID)
      return .json { writer in
        writer.beginObject()
        writer.member("applied", reloaded.applied)
        writer.member("need_restart", reloaded.needRestart)
        writer.endObject()
      }
    }
  }

  private static let undertaken: [AnswerDeclaration] = [
    .json(.ok, "It has ended; `result` says how.", Schemas.undertaking),
    .json(.accepted, "It still runs; `GET /v1/status` tells of it.", Schemas.undertaking),
    .problem(.serviceUnavailable, "The ledger cannot record that it was asked for."),
  ]

  private var backup: Operation {
    Operation(
      "backup", .post, "/v1/admin/backup", .administration,
      "Copies the ledger, without private keys, into a new folder `backups/…` of the data folder, and checks the copy.",
      access: .roles([.admin]), answers: Self.undertaken
    ) { [administration] exchange in
      try await undertake(undertakings.backup, exchange) {
        let (folder, report) = try administration.backup()
        return report.json { $0.member("folder", folder) }
      }
    }
  }

  private var integrity: Operation {
    Operation(
      "integrity", .post, "/v1/admin/integrity", .administration,
      "Verifies the ledger from the first entry to the last: every hash, signature and payload.",
      access: .roles([.admin]), answers: Self.undertaken
    ) { [administration] exchange in
      try await undertake(undertakings.integrity, exchange) { try administration.integrity().json { _ in } }
    }
  }

  private func undertake(
    _ undertaking: Undertaking, _ exchange: Exchange, _ work: @escaping @Sendable () throws -> [UInt8]
  ) async throws -> Response {
    let by = exchange.principal.subject
    if undertaking.begin(by: by, aside: administration.aside, work) {
      try await chamber.note(undertaking.name, by: by, trace: exchange.traceID)
    }
    let state = await undertaking.state(within: Self.patience)
    return .json(state.jsonBytes, status: state.phase == .running ? .accepted : .ok)
  }

  private var resetBreaker: Operation {
    Operation(
      "resetBreaker", .post, "/v1/admin/breakers/{name}/reset", .administration,
      "Closes a breaker at once, so that what it guards is called again. `GET /v1/status` lists them.",
      access: .roles([.admin]),
      parameters: [.path("name", .text(.name), example: "redis.cache", "The breaker.")],
      answers: [
        .json(.ok, "The breaker as it now stands.", Schemas.breaker),
        .problem(.notFound, "There is no such breaker."),
      ]
    ) { [chamber, administration] exchange in
      let name = try exchange.request.parameter("name")
      guard administration.resetBreaker(name) else { throw Problem.notFound("breaker \(name)") }
      try await chamber.note("breaker_reset", by: exchange.principal.subject, trace: exchange.traceID, about: name)
      guard let breaker = administration.breakers().first(where: { $0.name == name }) else {
        throw Problem.notFound("breaker \(name)")
      }
      return .json(breaker)
    }.forRepair()
  }
}

/// The kinds of work that run beside requests.
struct Undertakings: Sendable {
  let backup = Undertaking("backup")
  let integrity = Undertaking("integrity")

  var all: [Undertaking] { [backup, integrity] }
}

extension BreakerReport: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("name", name)
    writer.member("state", state.rawValue)
    writer.member("failure_rate", failureRate)
    writer.member("calls", calls)
    writer.member("openings", openings)
    writer.member("refusals", refusals)
    writer.endObject()
  }
}

extension Administration.Listener: JSONWritable {
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("address", address)
    writer.member("breaker", breaker)
    writer.member("pending", pending)
    writer.member("delivered", delivered)
    writer.member("dead", dead)
    writer.member("last_failure", lastFailure)
    writer.endObject()
  }
}

extension AuditReport {
  /// What was checked and what was found.
  func json(_ more: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    more(&writer)
    writer.member("ok", isFine)
    writer.member("entries", Int(entries))
    writer.member("size", Int(size))
    writer.member("payloads", Int(payloads))
    writer.member("erased", Int(erasedPayloads))
    writer.member("faults", faultCount)
    writer.member("found", faults.map(\.description))
    writer.member("remarks", remarks)
    writer.endObject()
    return writer.array
  }
}
