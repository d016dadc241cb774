// The server's side of TLS: gives each accepted connection a session of the context that is in force, and changes the
// context while connections go on with the one they began with.
import Locking
import Net

/// TLS for a server's connections.
///
///     let tls = try TLSServer(TLSOptions(certificate: "cert.pem", key: "key.pem"))
///     options.transport = tls.transport
///     …
///     try tls.reload()  // when the files have changed: new connections use what they hold now
package final class TLSServer: Sendable {
  private struct State {
    var options: TLSOptions
    var context: TLSContext
    var madeAt: UInt64
  }

  private let state: Locked<State>

  /// Throws where the files cannot be used or do not belong together.
  package init(_ options: TLSOptions) throws(TLSError) {
    state = Locked(State(options: options, context: try TLSContext(options), madeAt: monotonicNanoseconds()))
  }

  /// Reads the files anew, with other options where some are given. If that fails, what was in force stays.
  package func reload(_ options: TLSOptions? = nil) throws(TLSError) { use(try read(options)) }

  /// What the files hold now, not yet in force.
  package struct Reading: Sendable {
    fileprivate let options: TLSOptions
    fileprivate let context: TLSContext
  }

  /// Reads the files and changes nothing.
  package func read(_ options: TLSOptions? = nil) throws(TLSError) -> Reading {
    let options = options ?? state.withLock { $0.options }
    return Reading(options: options, context: try TLSContext(options))
  }

  /// Puts in force what was read.
  package func use(_ reading: Reading) {
    state.withLock {
      $0 = State(options: reading.options, context: reading.context, madeAt: monotonicNanoseconds())
    }
  }

  /// For `ServerOptions.transport`.
  package var transport: @Sendable (Int32, EventLoop) -> any ByteTransport {
    { [self] descriptor, loop in
      TLSSession(currentContext(loop.now).makeSession(descriptor), descriptor)
    }
  }

  private func currentContext(_ now: UInt64) -> TLSContext {
    state.withLock { state in
      let lifetime = UInt64(max(1, state.options.ticketKeyLifetime.components.seconds)) * 1_000_000_000
      if now > state.madeAt &+ lifetime {
        state.madeAt = now
        // Where that fails, the old key goes on for another while.
        if let renewed = try? TLSContext(renewing: state.context) { state.context = renewed }
      }
      return state.context
    }
  }
}
