// hiredis' parser of replies. Only the parser is used, and not hiredis' own connection: in the version that Debian 12 has,
// that one ends the whole process by an assertion when a peer sends a reply that nobody asked for, looks names up while
// everybody waits, and knows no TLS.
import CHiredis

/// Belongs to its connection's loop.
final class ReplyReader {
  struct Garbage: Error {
    let reason: String
  }

  private let reader: UnsafeMutablePointer<redisReader>
  private let byteLimit: Int

  /// Nil when there is no memory for it.
  init?(byteLimit: Int) {
    guard let reader = redisReaderCreate() else { return nil }
    reader.pointee.fn = ReplyBuilding.bounded
    self.reader = reader
    self.byteLimit = byteLimit
  }

  deinit { redisReaderFree(reader) }

  func feed(_ bytes: UnsafeRawBufferPointer) throws(Garbage) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    guard redisReaderFeed(reader, start.assumingMemoryBound(to: CChar.self), bytes.count) == REDIS_OK else {
      throw Garbage(reason: String(cString: witan_redis_reason(reader)))
    }
  }

  /// The next whole reply, or nil until more bytes have come.
  func next() throws(Garbage) -> RedisValue? {
    var reply: UnsafeMutableRawPointer?
    guard redisReaderGetReply(reader, &reply) == REDIS_OK else {
      throw Garbage(reason: String(cString: witan_redis_reason(reader)))
    }
    guard let reply else {
      guard witan_redis_unread(reader) <= byteLimit else {
        throw Garbage(reason: "a reply is longer than \(byteLimit) bytes")
      }
      return nil
    }
    defer { freeReplyObject(reply) }
    return RedisValue(UnsafePointer(reply.assumingMemoryBound(to: redisReply.self)))
  }
}

/// How hiredis builds replies, with a limit put in: what a list costs is allocated before its first element has come.
private enum ReplyBuilding {
  static let longestList: Int32 = 65_536

  /// hiredis' own functions.
  static let plain: redisReplyObjectFunctions = {
    guard let reader = redisReaderCreate() else { fatalError("out of memory") }
    defer { redisReaderFree(reader) }
    return reader.pointee.fn.pointee
  }()

  /// The same, with lists bounded. Written once, before anybody reads it, and never freed.
  nonisolated(unsafe) static let bounded: UnsafeMutablePointer<redisReplyObjectFunctions> = {
    let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    functions.initialize(to: plain)
    functions.pointee.createArray = { task, count in
      count >= 0 && count <= longestList ? plain.createArray(task, count) : nil
    }
    return functions
  }()
}
