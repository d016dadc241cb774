// A script in Lua that the server runs as one command. It is named by its SHA-1, so that it crosses the wire once.
import COpenSSL
import Crypto

package struct RedisScript: Sendable {
  package let text: String
  private let name: String

  package init(_ text: String) {
    self.text = text
    name = Self.name(of: Array(text.utf8))
  }

  /// SHA-1, by which Redis names scripts; nothing rests on its strength.
  private static func name(of text: [UInt8]) -> String {
    let digest = [UInt8](unsafeUninitializedCapacity: 20) { target, filled in
      let status = text.withUnsafeBytes {
        EVP_Q_digest(nil, "SHA1", nil, $0.baseAddress, $0.count, target.baseAddress, &filled)
      }
      precondition(status == 1 && filled == 20, "a digest could not be made")
    }
    return Hex.encode(digest)
  }

  func known(_ keys: [RedisCommand.Word], _ arguments: [RedisCommand.Word]) -> RedisCommand {
    RedisCommand(["EVALSHA", .init(name), .init(keys.count)] + keys + arguments)
  }

  func whole(_ keys: [RedisCommand.Word], _ arguments: [RedisCommand.Word]) -> RedisCommand {
    RedisCommand(["EVAL", .init(text), .init(keys.count)] + keys + arguments)
  }
}
