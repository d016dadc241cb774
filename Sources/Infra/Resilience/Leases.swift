// Who of several does a thing that one should do: whoever holds its lease. A lease ends by itself, so that nothing is held
// up for long by one who has died. It saves work; what must not be done twice has to be made sure of elsewhere.

package protocol Leases: Sendable {
  /// Takes the lease of a name, or holds it for longer; false while somebody else has it.
  func take(_ name: String, for time: Duration) async -> Bool
  func release(_ name: String) async
}

/// For a single instance: there is nobody else.
package struct OwnLeases: Leases {
  package init() {}

  package func take(_ name: String, for time: Duration) async -> Bool { true }
  package func release(_ name: String) async {}
}
