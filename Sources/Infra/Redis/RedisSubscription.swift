// Messages that other processes publish. The connection is its own, because one that listens takes no other commands.
import Net

/// Listens to one channel for as long as it lives.
package final class RedisSubscription: Sendable {
  private let link: RedisLink

  /// `heard` gets every message, and `joined` is called each time that the channel is listened to from then on: what was
  /// said before was missed. Both on the loop; they must not wait.
  package init(
    on loop: EventLoop, settings: RedisSettings, channel: String, joined: @escaping @Sendable () -> Void,
    heard: @escaping @Sendable ([UInt8]) -> Void
  ) {
    link = RedisLink(on: loop, settings: settings) { connection in
      connection.messages = { message in
        guard case .list(let words) = message, words.first?.text == "message", words.count == 3,
          words[1].text == channel, let body = words[2].bytes
        else { return }
        heard(body)
      }
      connection.subscribe(channel, joined)
    }
    link.start()
  }

  deinit { link.close() }

  package func close() { link.close() }

  package var isConnected: Bool { link.health.withLock { $0.connected > 0 } }
}

extension RedisConnection {
  /// Asks for a channel's messages.
  fileprivate func subscribe(_ channel: String, _ joined: @escaping () -> Void) {
    let messages = messages
    // The answer has the form of a message; the first one of its kind says that the channel is joined.
    self.messages = { [weak self] message in
      if case .list(let words) = message, words.first?.text == "subscribe" {
        self?.messages = messages
        joined()
      } else {
        messages?(message)
      }
    }
    tell(RedisCommand("SUBSCRIBE", .init(channel)))
  }
}
