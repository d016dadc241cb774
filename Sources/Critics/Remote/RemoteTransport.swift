// What a remote critic needs of the network: bytes there, bytes back, within a time. Whoever has an HTTP client provides it.

/// Posts JSON to one address and gives back the body of a 200 answer; anything else throws.
package protocol RemoteTransport: Sendable {
  /// `deadline` is how long the whole exchange may take.
  func post(_ body: [UInt8], deadline: Duration) async throws -> [UInt8]
}
