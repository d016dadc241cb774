// gzip (RFC 1952) piece by piece: what has been put in can be read by the client at once, at some cost to the ratio.
import CZlib

/// Holds about 64 KB while it lives. Proof for `@unchecked Sendable`: used on its connection's loop only, and by one
/// piece of a body at a time.
final class GzipStream: @unchecked Sendable {
  /// At one place for its whole life: zlib keeps its address.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

  /// nil where zlib has no memory for it.
  init?(level: Int32) {
    // A window of 8 KB in the place of 32: streams may be many.
    stream.initialize(to: z_stream())
    guard witan_begin_gzip(stream, level, 13, 6) == Z_OK else { return nil }
  }

  /// Harmless where `init` failed: the stream has no state then.
  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// The compressed form of `bytes`, readable without anything that follows.
  func compress(_ bytes: [UInt8]) -> [UInt8] { run(bytes, Z_SYNC_FLUSH) }

  /// What ends the stream. Nothing is to be compressed afterwards.
  func finish() -> [UInt8] { run([], Z_FINISH) }

  private func run(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
    var output: [UInt8] = []
    bytes.withUnsafeBufferPointer { input in
      // zlib reads through a pointer that it declares as mutable.
      stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.pointee.avail_in = UInt32(input.count)
      let room = 4096
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { buffer in
        repeat {
          stream.pointee.next_out = buffer.baseAddress
          stream.pointee.avail_out = UInt32(room)
          deflate(stream, flush)
          output.append(contentsOf: buffer[..<(room - Int(stream.pointee.avail_out))])
        } while stream.pointee.avail_out == 0
      }
      stream.pointee.next_in = nil
    }
    return output
  }
}
