// How a connection's bytes reach the socket and come from it: directly, or through a layer such as TLS.
import Glibc

/// The outcome of one attempt to move bytes without waiting.
package enum TransferOutcome: Equatable {
  case moved(Int)
  case wouldBlock
  /// The peer has finished sending (reading), or nothing can be sent any more (writing).
  case ended
  case failed(Int32)
}

/// A layer between a connection and its socket. It owns the protocol's state, not the descriptor. The connection watches
/// the socket for edges in both directions and, whatever becomes ready, tries again what it wanted: so a layer that has
/// to write in order to read (a handshake, a key update) simply answers `wouldBlock` until it has what it needs.
///
/// A short read from a layer does not mean that the socket is drained: `receive` is called until it says `wouldBlock`, or
/// until `isDrained` says that it would.
package protocol ByteTransport: AnyObject {
  /// Moves what has arrived into `buffer`.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransferOutcome
  /// Nothing is left to be received, in the layer or in the socket, until the socket's next edge.
  var isDrained: Bool { get }
  /// Moves a prefix of `bytes` towards the peer.
  func send(_ bytes: UnsafeRawBufferPointer) -> TransferOutcome
  /// Says that nothing more will be sent, in the layer's own words; the connection shuts the socket down afterwards.
  func finishSending()
  /// Whether bytes can flow: a handshake is over. Until then the handshake's deadline counts.
  var isEstablished: Bool { get }
  /// Who the peer has proved to be, where it was asked.
  var peerCertificate: PeerCertificate? { get }
}

/// The direct way, used without an object on plain connections.
package enum PlainSocket {
  @inlinable
  package static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> TransferOutcome {
    while true {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .moved(count) }
      if count == 0 { return .ended }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      case let code: return .failed(code)
      }
    }
  }

  @inlinable
  package static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> TransferOutcome {
    while true {
      let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .moved(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wouldBlock
      case EPIPE, ECONNRESET: return .ended
      case let code: return .failed(code)
      }
    }
  }

  /// Sends two pieces of memory in one call.
  package static func send(
    _ descriptor: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
  ) -> TransferOutcome {
    var pieces = (
      iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
      iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
    )
    return withUnsafeMutablePointer(to: &pieces) { pointer in
      pointer.withMemoryRebound(to: iovec.self, capacity: 2) { vector in
        var message = msghdr()
        message.msg_iov = vector
        message.msg_iovlen = 2
        while true {
          let count = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
          if count >= 0 { return .moved(count) }
          switch errno {
          case EINTR: continue
          case EAGAIN: return .wouldBlock
          case EPIPE, ECONNRESET: return .ended
          case let code: return .failed(code)
          }
        }
      }
    }
  }
}
