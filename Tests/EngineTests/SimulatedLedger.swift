// A ledger in memory that keeps its promises exactly, or fails on command: what the engine may rely on, and no more.
import Crypto
import JSON
import Ledger
import Locking
import Synchronization

@testable import Engine

final class SimulatedLedger: Recorder, Sendable {
  /// What happens to the next appends.
  enum Fate: Sendable {
    case written
    /// Nothing is written, and the caller is told.
    case refused(LedgerError)
    /// It is written, but the caller is told that nobody knows.
    case unknown
  }

  struct State {
    var entries: [LoggedEntry] = []
    var places: [String: Int] = [:]
    var fate: @Sendable (_ append: Int) -> Fate = { _ in .written }
    var appends = 0
    var now = Timestamp(microseconds: 1_800_000_000_000_000)
  }

  let state: Locked<State>

  init(fate: @escaping @Sendable (Int) -> Fate = { _ in .written }) {
    state = Locked(State(fate: fate))
  }

  var entries: [LoggedEntry] { state.withLock { $0.entries } }
  var now: Timestamp { state.withLock { $0.now } }

  func pass(seconds: Int64) {
    state.withLock { $0.now = Timestamp(microseconds: $0.now.microseconds + seconds * 1_000_000) }
  }

  func append(_ draft: EntryDraft, receipt kind: ReceiptKind) async throws(LedgerError) -> Receipt {
    let result: Result<Receipt, LedgerError> = state.withLock { state in
      state.appends += 1
      let fate = state.fate(state.appends)
      if case .refused(let error) = fate { return .failure(error) }
      let isFirst = state.places[draft.id] == nil
      let index = state.places[draft.id] ?? state.entries.count
      if isFirst {
        state.places[draft.id] = index
        state.entries.append(
          LoggedEntry(
            index: UInt64(index), type: draft.type, id: draft.id, actor: draft.actor, time: state.now, body: draft.body,
            payload: draft.payload))
      }
      if case .unknown = fate { return .failure(.outcomeUnknown) }
      return .success(
        Receipt(
          index: UInt64(index), leafHash: SHA256.digest(draft.body), time: state.entries[index].time.text,
          checkpoint: "simulated", size: UInt64(state.entries.count), isFirst: isFirst))
    }
    return try result.get()
  }

  func appendAll(_ drafts: [EntryDraft], receipt kind: ReceiptKind) async -> [Result<Receipt, LedgerError>] {
    var results: [Result<Receipt, LedgerError>] = []
    for draft in drafts {
      do throws(LedgerError) {
        results.append(.success(try await append(draft, receipt: kind)))
      } catch { results.append(.failure(error)) }
    }
    return results
  }

  func erase(
    index: UInt64, copies: [UInt64], actor: String, ground: String?, reason: String?, trace: String?
  ) async throws(LedgerError) -> Receipt {
    var body = JSONWriter()
    body.beginObject()
    body.key("copies")
    body.beginArray()
    for copy in copies { body.unsigned(copy) }
    body.endArray()
    body.member("erased", Int(index))
    body.endObject()
    let receipt = try await append(
      EntryDraft(type: LedgerEntryType.erasure, id: "erasure:\(index)", actor: actor, body: body.array), receipt: .index
    )
    state.withLock { state in
      for index in [index] + copies { state.entries[Int(index)].payload = nil }
    }
    return receipt
  }

  func entry(at index: UInt64) throws(LedgerError) -> StoredEntry {
    let entry = entries[Int(index)]
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("actor", entry.actor)
    writer.key("body")
    writer.raw(entry.body.span.bytes)
    writer.member("id", entry.id)
    writer.member("index", Int(index))
    writer.member("time", entry.time.text)
    writer.member("type", entry.type)
    writer.endObject()
    return StoredEntry(index: index, bytes: writer.array)
  }

  func payload(at index: UInt64) throws(LedgerError) -> StoredPayload {
    entries[Int(index)].payload.map { .present($0) } ?? .none
  }

  /// The record of a deliberation.
  func record(of id: String) throws -> DecisionRecord {
    let entry = entries.first { $0.id == id }
    return try JSONReader.decode(DecisionRecord.self, from: entry?.payload ?? [])
  }
}

extension Proceedings {
  /// A proceedings of the toy council over a simulated ledger, with identifiers that count up.
  static func simulated(
    _ ledger: SimulatedLedger, constitution: Constitution = Toy.constitution, signer: (any PermitSigner)? = nil,
    settings: ProceedingsSettings = ProceedingsSettings(), replaying: Bool = false
  ) -> Proceedings {
    let counter = Counter()
    let proceedings = Proceedings(
      council: Toy.council(constitution), recorder: ledger, signer: signer,
      surroundings: Surroundings(
        now: { ledger.now },
        identifier: { prefix in
          // Unique over restarts too: the ledger's length is part of it.
          "\(prefix)\(ledger.entries.count)x\(counter.next())"
        }), settings: settings)
    if replaying { proceedings.apply(ledger.entries) }
    return proceedings
  }
}

final class Counter: Sendable {
  private let value = Atomic(0)
  var count: Int { value.load(ordering: .relaxed) }
  @discardableResult func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}

/// Shows the claims instead of signing them.
struct PlainSigner: PermitSigner {
  func sign(_ claims: [UInt8], type: String) throws(PermitFailure) -> String { String(decoding: claims, as: UTF8.self) }
}
