// How the chambers of several instances keep to the same weights, constitution and revocations: each change is made in one
// of them, told to the others, and written by each to its own log before it is in force there.
import Engine
import JSON
import Ledger

/// Where changes are told and heard. Whoever connects instances provides it.
package protocol ChangeExchange: Sendable {
  /// Runs `work`, which changes something, while no other instance does, with all their changes taken into account before;
  /// where the others cannot be reached, runs it alone.
  func alone<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value
  /// Tells the others, now or as soon as they can be reached.
  func tell(_ change: SharedChange) async
}

extension Chamber {
  /// Makes a change in turn with other instances, and tells them what `change` finds of it afterwards.
  func sharing<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value,
    telling change: @escaping @Sendable (Value) -> SharedChange?
  ) async throws -> Value {
    guard let exchange = exchange.withLock({ $0 }) else { return try await work() }
    return try await exchange.alone {
      let value = try await work()
      if let change = change(value) { await exchange.tell(change) }
      return value
    }
  }

  /// Takes a change into account that another instance made.
  package func adopt(_ change: SharedChange) async throws -> Bool {
    try await proceedings.adopt(change, assemble: assemble)
  }

  package func connect(_ exchange: any ChangeExchange) { self.exchange.withLock { $0 = exchange } }

  private func origin(_ index: UInt64, _ time: Timestamp) -> Origin {
    Origin(log: proceedings.settings.logName, index: Int(index), time: time)
  }

  /// The weights in force, where they were made here.
  var ownWeights: SharedChange? {
    guard let last = weightsHistory.versions.last, last.origin == nil else { return nil }
    return SharedChange(
      .weights(version: last.weights.version, values: last.weights.values, restores: last.restores),
      by: last.by,
      reason: last.reason, origin: origin(last.index, last.time))
  }

  /// The constitution in force, where it was made here and is not the one that the log began with.
  var ownConstitution: SharedChange? {
    guard let last = constitutionHistory.current, last.sequence > 1, last.origin == nil else {
      return nil
    }
    return SharedChange(
      .constitution(Array(inForce.constitution.document.utf8)), by: last.by, reason: last.reason,
      origin: origin(last.index, last.time))
  }

  func shared(_ revocation: Revocation) -> SharedChange? {
    guard revocation.origin == nil else { return nil }
    return SharedChange(
      .revocation(revocation.revoked), by: revocation.by, reason: revocation.reason,
      origin: origin(revocation.index, revocation.time))
  }

  /// All that is in force and was made here: what others need to hear where they may have missed it.
  package var ownChanges: [SharedChange] {
    [ownConstitution, ownWeights].compactMap { $0 }
      + revocations.inForce(at: .now()).compactMap(shared)
  }
}
