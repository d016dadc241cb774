// How a chamber opens: it reads off the log what is in force, and takes a constitution that the log has never seen as a new
// version. What the log says wins over any file that it has seen before.
import Engine
import JSON
import Ledger

extension Chamber {
  /// Makes a council of a constitution's document: what the executable knows of critics and detectors goes in here.
  package typealias Assembly = @Sendable (_ document: [UInt8]) throws -> Council

  /// Who makes entries that nobody asked for.
  static let clockwork = "witan"

  /// Opens a chamber over a ledger. `council` sits if the log says nothing else.
  package static func open(
    council: Council, assemble: @escaping Assembly, ledger: Ledger, signer: any PermitSigner,
    surroundings: Surroundings = Surroundings(), settings: Settings = Settings(), jobs: JobSettings = JobSettings()
  ) async throws -> Chamber {
    let proceedings = Proceedings(
      council: council, recorder: ledger, signer: signer, surroundings: surroundings, settings: settings)
    // Erasures before precedents: what is gone is never taken in.
    for type in [EntryType.constitution, EntryType.weights, EntryType.revocation, LedgerEntryType.erasure] {
      var query = LedgerQuery()
      query.type = type
      try await ledger.eachPage(query) { entries in proceedings.apply(entries) }
    }
    var reviews = LedgerQuery()
    reviews.review = ""
    try await ledger.eachPage(reviews) { entries in proceedings.apply(entries) }
    var precedents = LedgerQuery()
    precedents.type = EntryType.precedent
    try await ledger.eachPage(precedents) { entries in
      // A precedent is found by its case, which is its payload.
      proceedings.apply(
        try entries.map { entry in
          var entry = entry
          if case .present(let payload) = try ledger.payload(at: entry.index) { entry.payload = payload }
          return entry
        })
    }
    let chamber = Chamber(
      proceedings: proceedings, assemble: assemble, ledger: ledger,
      jobs: try await .open(ledger, jobs, surroundings, council.executor))
    try await chamber.beginWeights(council)
    try await chamber.seat(council)
    try await chamber.plainly { () throws(GovernanceRefusal) in try await proceedings.eraseCopiesLeft() }
    try await chamber.followLate()
    return chamber
  }

  /// The first weights are those of the constitution that the log begins with.
  private func beginWeights(_ council: Council) async throws {
    guard let first = constitutionHistory.versions.first, first.version != council.constitution.version else { return }
    proceedings.begin(with: try await self.council(of: first.version).constitution)
  }

  /// Puts `council` in force if its constitution is new to the log, else the constitution that the log names last.
  private func seat(_ council: Council) async throws {
    let history = constitutionHistory
    let version = council.constitution.version
    guard let current = history.current else {
      return try await adopt(council, expecting: nil, reason: "The log begins with it.", by: Chamber.clockwork)
    }
    if current.version == version { return }
    proceedings.seat(try assemble(try await constitutionDocument(current)))
    if history.versions.contains(where: { $0.version == version }) { return }
    try await adopt(council, expecting: current.version, reason: "It was found at the start.", by: Chamber.clockwork)
  }

  /// A service that ended between a change of the constitution and that of the weights that follows makes good for it.
  func followLate() async throws {
    let versions = constitutionHistory.versions
    guard let current = versions.last, let last = versions.dropLast().last else { return }
    let later = weightsHistory.versions.filter { $0.index > current.index }
    if later.contains(where: { $0.reason == Self.following(current.version) }) { return }
    // Of what administrators have set since, nothing is taken back.
    let before = try await council(of: last.version).constitution
    let due = weightsHistory.inForce(before: current.index).following(inForce.constitution, after: before)
    try await follow(from: before, only: Set(due.keys), by: current.by)
  }

  /// The document of a version, out of the payload of its entry.
  func constitutionDocument(_ version: ConstitutionVersion) async throws -> [UInt8] {
    var query = LedgerQuery()
    query.type = EntryType.constitution
    query.id = "constitution/\(version.sequence)"
    guard let entry = try await ledger.query(query).entries.first,
      case .present(let document) = try ledger.payload(at: entry.index)
    else { throw ChamberError.constitutionMissing(version.version) }
    return document
  }

  /// Writes that the service has begun or ended.
  package func note(_ event: String, release: String) async throws {
    var body = JSONWriter()
    body.beginObject()
    body.member("event", event)
    body.member("release", release)
    body.endObject()
    _ = try await ledger.append(
      EntryDraft(type: "service", id: surroundings.identifier("srv_"), actor: Chamber.clockwork, body: body.array))
  }
}

extension Chamber {
  /// Writes how many tokens and signatures were refused since a time: one entry for all of them.
  package func noteRefusals(_ count: Int, since: Timestamp) async throws {
    var body = JSONWriter()
    body.beginObject()
    body.member("count", count)
    body.member("event", "credentials_refused")
    body.member("since", since.text)
    body.endObject()
    _ = try await ledger.append(
      EntryDraft(type: "service", id: surroundings.identifier("srv_"), actor: Chamber.clockwork, body: body.array))
  }

  /// Writes what an administrator had the service do.
  package func note(_ event: String, by actor: String, trace: String, about: String? = nil) async throws {
    var body = JSONWriter()
    body.beginObject()
    if let about { body.member("about", about) }
    body.member("event", event)
    body.endObject()
    _ = try await ledger.append(
      EntryDraft(type: "service", id: surroundings.identifier("srv_"), actor: actor, trace: trace, body: body.array))
  }
}

/// What a chamber cannot do, and why.
package enum ChamberError: Error, Sendable, Equatable {
  case noSuchDeliberation(String)
  /// The payload was erased: there is nothing left to read or decide again.
  case erased(String)
  case constitutionMissing(String)
  /// The first request under this key has not been answered yet.
  case stillRunning
  /// The key was used for another request.
  case otherRequest
}

extension Ledger {
  /// Every entry that `query` finds, oldest first and many at a time, also where the projection has yet to be made.
  func eachPage(_ query: LedgerQuery, _ body: ([LoggedEntry]) throws -> Void) async throws {
    var query = query
    query.order = .oldestFirst
    query.limit = LedgerQuery.largestPage
    query.atLeastIndex = size == 0 ? nil : size - 1
    while true {
      let page: LedgerPage
      do throws(LedgerError) { page = try await self.query(query) } catch {
        // Making a lost projection again takes longer than one wait; it goes on meanwhile.
        if case .notYetIndexed = error { continue }
        throw error
      }
      try body(page.entries.map { try JSONReader.decode(LoggedEntry.self, from: $0.bytes) })
      guard let next = page.next else { return }
      query.cursor = next
    }
  }
}
