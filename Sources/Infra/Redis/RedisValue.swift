// What Redis answers (RESP, version 2), as values that may leave the loop.
import CHiredis

package enum RedisValue: Sendable, Hashable {
  /// There is no such value.
  case null
  /// A short text of the protocol itself: `OK`, `PONG`.
  case status(String)
  case integer(Int)
  case bytes([UInt8])
  case list([RedisValue])
  /// The first word of the message is its kind: `WRONGTYPE`, `READONLY`, `OOM`.
  case failure(String)

  package var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
  package var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  package var list: [RedisValue]? { if case .list(let values) = self { values } else { nil } }

  package var text: String? {
    switch self {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .status(let text): text
    default: nil
    }
  }
}

extension RedisValue {
  init(_ reply: UnsafePointer<redisReply>) {
    let reply = reply.pointee
    switch reply.type {
    case REDIS_REPLY_STRING: self = .bytes(Self.bytes(reply))
    case REDIS_REPLY_STATUS: self = .status(String(decoding: Self.bytes(reply), as: UTF8.self))
    case REDIS_REPLY_ERROR: self = .failure(String(decoding: Self.bytes(reply), as: UTF8.self))
    case REDIS_REPLY_INTEGER: self = .integer(Int(reply.integer))
    case REDIS_REPLY_ARRAY:
      self = .list(
        (0..<reply.elements).map { index in
          withUnsafePointer(to: reply) { witan_redis_element($0, index).map { RedisValue($0) } ?? .null }
        })
    default: self = .null
    }
  }

  private static func bytes(_ reply: redisReply) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: reply.str, count: reply.len))
  }
}

/// Why there is no value.
package enum RedisError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is no connection now; nothing was sent.
  case notConnected(String)
  /// Too many commands wait for their answers; nothing was sent.
  case overloaded(limit: Int)
  /// No answer in time; whether the command was carried out is not known.
  case deadlinePassed
  /// The connection ended before the answer; whether the command was carried out is not known.
  case connectionLost(String)
  /// Redis says no.
  case refused(String)
  /// The answer is not of the kind that the command has.
  case unexpected(String)
  case closed

  /// `READONLY`, `OOM`, …: the first word of what Redis says.
  package var code: Substring? {
    if case .refused(let message) = self { message.prefix { $0 != " " } } else { nil }
  }

  package var description: String {
    switch self {
    case .notConnected(let reason): "Redis is not connected: \(reason)"
    case .overloaded(let limit): "more than \(limit) commands wait for Redis"
    case .deadlinePassed: "Redis did not answer in time"
    case .connectionLost(let reason): "the connection to Redis was lost: \(reason)"
    case .refused(let message): "Redis refuses: \(message)"
    case .unexpected(let what): "Redis answered something else than expected: \(what)"
    case .closed: "the client of Redis is closed"
    }
  }
}
